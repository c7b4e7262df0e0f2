/** The windows of basic.qos where they meet something else: other consumers, basic.get, requeueing, cancelling, transactions. */
import { strict as assert } from 'node:assert';
import { claim } from './harness/claim';
import type { ClaimContext } from './harness/context';
import { type Setting, setting } from './setting';

/** Takes so many deliveries of channel 1, then asserts that no more come. */
async function exactly(t: ClaimContext, { wire }: Setting, count: number): Promise<string[]> {
  const bodies: string[] = [];
  for (let i = 0; i < count; i++) bodies.push((await wire.expect('basic.deliver', 1)).body.toString());
  await t.quiet(50);
  return bodies;
}

claim(
  'consume.window.no-ack-held',
  'A channel limit that others have used up holds its consumers without acknowledgement too; otherwise they do not count.',
  { notebook: '07' },
  async (t) => {
    const s = await setting(t, { channels: [1, 2], messages: 5 });
    await s.wire.call('queue.declare', 2, { queue: t.name('other'), exclusive: true }, 'queue.declare-ok');
    await s.wire.call('basic.qos', 1, { prefetchCount: 2, global: true }, 'basic.qos-ok');
    await s.wire.call('basic.consume', 1, { queue: t.name('other'), noAck: true }, 'basic.consume-ok');
    s.wire.publish(2, { routingKey: t.name('other'), body: 'x1' });
    assert.deepEqual(await exactly(t, s, 1), ['x1']);
    await s.wire.call('basic.consume', 1, { queue: s.queue }, 'basic.consume-ok');
    assert.deepEqual(await exactly(t, s, 2), ['m1', 'm2']);
    s.wire.publish(2, { routingKey: t.name('other'), body: 'x2' });
    await t.quiet(50);
    s.wire.send('basic.ack', 1, { deliveryTag: 3 });
    assert.match((await s.wire.expect('basic.deliver', 1)).body.toString(), /^(x2|m3)$/);
  },
);

claim(
  'consume.window.get-before',
  'What basic.get holds when the channel limit is set counts against it; what it gets later does not.',
  { notebook: '07' },
  async (t) => {
    const s = await setting(t, { channels: [1, 2], messages: 6 });
    await s.wire.call('basic.get', 1, { queue: s.queue }, 'basic.get-ok');
    await s.wire.call('basic.qos', 1, { prefetchCount: 3, global: true }, 'basic.qos-ok');
    await s.wire.call('basic.get', 1, { queue: s.queue }, 'basic.get-ok');
    await s.wire.call('basic.consume', 1, { queue: s.queue }, 'basic.consume-ok');
    assert.deepEqual(await exactly(t, s, 2), ['m3', 'm4']);
  },
);

claim(
  'consume.window.get-between',
  'Only the first limit of a channel counts what basic.get holds; setting another one does not count what was got since.',
  { notebook: '07' },
  async (t) => {
    const s = await setting(t, { channels: [1, 2], messages: 8 });
    await s.wire.call('basic.get', 1, { queue: s.queue }, 'basic.get-ok');
    await s.wire.call('basic.qos', 1, { prefetchCount: 9, global: true }, 'basic.qos-ok');
    for (let i = 0; i < 2; i++) await s.wire.call('basic.get', 1, { queue: s.queue }, 'basic.get-ok');
    await s.wire.call('basic.qos', 1, { prefetchCount: 4, global: true }, 'basic.qos-ok');
    await s.wire.call('basic.consume', 1, { queue: s.queue }, 'basic.consume-ok');
    assert.deepEqual(await exactly(t, s, 3), ['m4', 'm5', 'm6']);
  },
);

claim(
  'consume.window.lowered',
  'A limit set below what is outstanding stops deliveries until enough is acknowledged.',
  { notebook: '07' },
  async (t) => {
    const s = await setting(t, { channels: [1, 2], messages: 8 });
    await s.wire.call('basic.qos', 1, { prefetchCount: 4, global: true }, 'basic.qos-ok');
    await s.wire.call('basic.consume', 1, { queue: s.queue }, 'basic.consume-ok');
    assert.equal((await exactly(t, s, 4)).length, 4);
    await s.wire.call('basic.qos', 1, { prefetchCount: 2, global: true }, 'basic.qos-ok');
    s.wire.send('basic.ack', 1, { deliveryTag: 2, multiple: true });
    await t.quiet(50);
    s.wire.send('basic.ack', 1, { deliveryTag: 3 });
    assert.deepEqual(await exactly(t, s, 1), ['m5']);
  },
);

claim(
  'consume.window.reject',
  'Refusing makes room as acknowledging does, with or without requeue.',
  { notebook: '07' },
  async (t) => {
    const s = await setting(t, { channels: [1, 2], messages: 4 });
    await s.wire.call('basic.qos', 1, { prefetchCount: 1 }, 'basic.qos-ok');
    await s.wire.call('basic.consume', 1, { queue: s.queue }, 'basic.consume-ok');
    assert.deepEqual(await exactly(t, s, 1), ['m1']);
    s.wire.send('basic.reject', 1, { deliveryTag: 1 });
    assert.deepEqual(await exactly(t, s, 1), ['m2']);
    s.wire.send('basic.nack', 1, { deliveryTag: 2, requeue: true });
    assert.deepEqual(await exactly(t, s, 1), ['m2']);
  },
);

claim(
  'consume.window.cancelled',
  'What a cancelled consumer holds goes on counting in the limit of the channel, not in that of the next consumer.',
  { notebook: '07' },
  async (t) => {
    const s = await setting(t, { channels: [1, 2], messages: 8 });
    await s.wire.call('basic.qos', 1, { prefetchCount: 2 }, 'basic.qos-ok');
    await s.wire.call('basic.qos', 1, { prefetchCount: 3, global: true }, 'basic.qos-ok');
    await s.wire.call('basic.consume', 1, { queue: s.queue, consumerTag: 'a' }, 'basic.consume-ok');
    assert.deepEqual(await exactly(t, s, 2), ['m1', 'm2']);
    await s.wire.call('basic.cancel', 1, { consumerTag: 'a' }, 'basic.cancel-ok');
    await s.wire.call('basic.consume', 1, { queue: s.queue, consumerTag: 'b' }, 'basic.consume-ok');
    assert.deepEqual(await exactly(t, s, 1), ['m3']);
  },
);

claim(
  'consume.window.gone-queue',
  'Unacknowledged messages of a deleted queue keep their room until they are acknowledged.',
  { notebook: '07' },
  async (t) => {
    const s = await setting(t, { channels: [1, 2], messages: 2 });
    const other = t.name('other');
    await s.wire.call('queue.declare', 2, { queue: other, exclusive: true }, 'queue.declare-ok');
    s.wire.publish(2, { routingKey: other, body: 'x' });
    await s.wire.call('basic.qos', 1, { prefetchCount: 2, global: true }, 'basic.qos-ok');
    await s.wire.call('basic.consume', 1, { queue: s.queue, consumerTag: 'a' }, 'basic.consume-ok');
    assert.deepEqual(await exactly(t, s, 2), ['m1', 'm2']);
    await s.wire.call('queue.delete', 2, { queue: s.queue }, 'queue.delete-ok');
    await s.wire.expect('basic.cancel', 1);
    await s.wire.call('basic.consume', 1, { queue: other }, 'basic.consume-ok');
    await t.quiet(50);
    s.wire.send('basic.ack', 1, { deliveryTag: 1 });
    assert.deepEqual(await exactly(t, s, 1), ['x']);
  },
);

claim(
  'consume.window.transaction',
  'In a transaction an acknowledgement makes room at tx.commit, not before.',
  { notebook: '07' },
  async (t) => {
    const s = await setting(t, { channels: [1, 2], messages: 3 });
    await s.wire.call('tx.select', 1, {}, 'tx.select-ok');
    await s.wire.call('basic.qos', 1, { prefetchCount: 1 }, 'basic.qos-ok');
    await s.wire.call('basic.consume', 1, { queue: s.queue }, 'basic.consume-ok');
    assert.deepEqual(await exactly(t, s, 1), ['m1']);
    s.wire.send('basic.ack', 1, { deliveryTag: 1 });
    await t.quiet(50);
    s.wire.send('tx.commit', 1);
    const came = [await s.wire.next(1), await s.wire.next(1)].map((one) => one?.name);
    assert.deepEqual(came.sort(), ['basic.deliver', 'tx.commit-ok']);
  },
);

claim('consume.window.transaction-global', 'So it is with the limit of the channel.', { notebook: '07' }, async (t) => {
  const s = await setting(t, { channels: [1, 2], messages: 1 });
  await s.wire.call('tx.select', 1, {}, 'tx.select-ok');
  await s.wire.call('basic.qos', 1, { prefetchCount: 1, global: true }, 'basic.qos-ok');
  await s.wire.call('basic.consume', 1, { queue: s.queue }, 'basic.consume-ok');
  assert.deepEqual(await exactly(t, s, 1), ['m1']);
  s.wire.send('basic.ack', 1, { deliveryTag: 1 });
  s.wire.publish(2, { routingKey: s.queue, body: 'm2' });
  await t.quiet(50);
  s.wire.send('tx.commit', 1);
  const came = [await s.wire.next(1), await s.wire.next(1)].map((one) => one?.name);
  assert.deepEqual(came.sort(), ['basic.deliver', 'tx.commit-ok']);
});

claim('consume.window.largest', 'A prefetch count goes up to 65535.', { notebook: '07' }, async (t) => {
  const s = await setting(t, { channels: [1, 2], messages: 3 });
  await s.wire.call('basic.qos', 1, { prefetchCount: 65535 }, 'basic.qos-ok');
  await s.wire.call('basic.consume', 1, { queue: s.queue }, 'basic.consume-ok');
  assert.equal((await exactly(t, s, 3)).length, 3);
});
