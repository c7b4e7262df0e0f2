/** Transactions beyond the commit and rollback of one publish: what they cover, and what they do not promise. */
import { strict as assert } from 'node:assert';
import { field, type Field } from '../../lib/amqp/field-table';
import { claim } from './harness/claim';
import type { ClaimContext } from './harness/context';
import { type Setting, setting, untilReady } from './setting';

/** Channel 1 transactional, channel 2 not, and a queue with messages m1, m2, ... */
async function transactional(t: ClaimContext, messages = 0, args: Readonly<Record<string, Field>> = {}): Promise<Setting> {
  const s = await setting(t, { channels: [1, 2], messages, args });
  await s.wire.call('tx.select', 1, {}, 'tx.select-ok');
  return s;
}

/** Takes all that is ready, on channel 2. */
async function drain({ wire, queue }: Setting): Promise<string[]> {
  const bodies: string[] = [];
  for (;;) {
    wire.send('basic.get', 2, { queue, noAck: true });
    const got = await wire.next(2);
    if (got?.name !== 'basic.get-ok') return bodies;
    bodies.push(got.body.toString());
  }
}

claim(
  'tx.order',
  'At tx.commit the messages of the transaction stand in the queue in the order of publishing.',
  { notebook: '06' },
  async (t) => {
    const s = await transactional(t);
    for (const body of ['a', 'b']) s.wire.publish(1, { routingKey: s.queue, body });
    s.wire.publish(2, { routingKey: s.queue, body: 'between' });
    await s.wire.call('basic.qos', 2, {}, 'basic.qos-ok');
    s.wire.publish(1, { routingKey: s.queue, body: 'c' });
    await s.wire.call('tx.commit', 1, {}, 'tx.commit-ok');
    assert.deepEqual(await drain(s), ['between', 'a', 'b', 'c']);
  },
);

claim('tx.again', 'After tx.commit and tx.rollback the channel is in a new transaction.', { notebook: '06' }, async (t) => {
  const s = await transactional(t);
  for (const [body, end, ok] of [
    ['a', 'tx.commit', 'tx.commit-ok'],
    ['b', 'tx.rollback', 'tx.rollback-ok'],
    ['c', 'tx.commit', 'tx.commit-ok'],
  ] as const) {
    s.wire.publish(1, { routingKey: s.queue, body });
    await s.wire.call(end, 1, {}, ok);
  }
  s.wire.publish(1, { routingKey: s.queue, body: 'd' });
  assert.deepEqual(await drain(s), ['a', 'c']);
});

claim('tx.empty', 'An empty transaction can be committed and rolled back.', { notebook: '06' }, async (t) => {
  const { wire } = await transactional(t);
  await wire.call('tx.commit', 1, {}, 'tx.commit-ok');
  await wire.call('tx.rollback', 1, {}, 'tx.rollback-ok');
});

claim(
  'tx.routed-at-publish',
  'A message is routed when it is published: a binding that is made before the commit comes too late for it.',
  { notebook: '06' },
  async (t) => {
    const s = await transactional(t);
    const target = { exchange: 'amq.direct', routingKey: t.name('k') };
    s.wire.publish(1, { ...target, body: 'before' });
    await s.wire.call('basic.qos', 1, {}, 'basic.qos-ok');
    await s.wire.call('queue.bind', 2, { queue: s.queue, ...target }, 'queue.bind-ok');
    s.wire.publish(1, { ...target, body: 'after' });
    await s.wire.call('tx.commit', 1, {}, 'tx.commit-ok');
    assert.deepEqual(await drain(s), ['after']);
  },
);

claim(
  'tx.unbound',
  'A binding that goes between publish and commit does not hold the message back.',
  { notebook: '06' },
  async (t) => {
    const s = await transactional(t);
    const target = { exchange: 'amq.direct', routingKey: t.name('k') };
    await s.wire.call('queue.bind', 2, { queue: s.queue, ...target }, 'queue.bind-ok');
    s.wire.publish(1, { ...target, body: 'm' });
    await s.wire.call('basic.qos', 1, {}, 'basic.qos-ok');
    await s.wire.call('queue.unbind', 2, { queue: s.queue, ...target }, 'queue.unbind-ok');
    await s.wire.call('tx.commit', 1, {}, 'tx.commit-ok');
    assert.deepEqual(await drain(s), ['m']);
  },
);

claim(
  'tx.queue-gone',
  'A queue that is deleted before the commit does not fail it; its messages are lost, mandatory ones come back.',
  { notebook: '06' },
  async (t) => {
    const s = await transactional(t);
    s.wire.publish(1, { routingKey: s.queue, body: 'lost' });
    s.wire.publish(1, { routingKey: s.queue, mandatory: true, body: 'returned' });
    await s.wire.call('basic.qos', 1, {}, 'basic.qos-ok');
    await s.wire.call('queue.delete', 2, { queue: s.queue }, 'queue.delete-ok');
    s.wire.send('tx.commit', 1);
    const returned = await s.wire.expect('basic.return', 1);
    assert.deepEqual([returned.args.replyCode, returned.body.toString()], [312, 'returned']);
    await s.wire.expect('tx.commit-ok', 1);
  },
);

claim('tx.returns.rollback', 'A mandatory message that is rolled back is not returned.', { notebook: '06' }, async (t) => {
  const { wire } = await transactional(t);
  wire.publish(1, { routingKey: t.name('nowhere'), mandatory: true, body: 'm' });
  await wire.call('tx.rollback', 1, {}, 'tx.rollback-ok');
  await wire.call('tx.commit', 1, {}, 'tx.commit-ok');
});

claim(
  'tx.refused',
  'A commit whose message a full reject-publish queue refuses closes the channel with 406; the other messages are delivered.',
  { notebook: '06' },
  async (t) => {
    const s = await transactional(t, 0, { 'x-max-length': field.int(1), 'x-overflow': field.text('reject-publish') });
    await s.wire.call('queue.declare', 2, { queue: t.name('open'), exclusive: true }, 'queue.declare-ok');
    for (const [routingKey, body] of [
      [s.queue, 'a'],
      [s.queue, 'refused'],
      [t.name('open'), 'b'],
    ] as const)
      s.wire.publish(1, { routingKey, body });
    s.wire.send('tx.commit', 1);
    await s.wire.expectChannelClose(1, 406, 'PRECONDITION_FAILED - partial tx completion', 'tx.commit');
    assert.deepEqual(await drain(s), ['a']);
    assert.deepEqual(await drain({ ...s, queue: t.name('open') }), ['b']);
  },
);

// --- acknowledgements ---

claim(
  'tx.ack.unknown',
  'An unknown delivery tag closes the channel at the ack, not at the commit; the transaction is lost.',
  { notebook: '06' },
  async (t) => {
    const s = await transactional(t);
    s.wire.publish(1, { routingKey: s.queue, body: 'lost' });
    s.wire.send('basic.ack', 1, { deliveryTag: 5 });
    await s.wire.expectChannelClose(1, 406, 'PRECONDITION_FAILED - unknown delivery tag 5', 'basic.ack');
    assert.deepEqual(await drain(s), []);
  },
);

claim('tx.ack.twice', 'A tag that the transaction has acknowledged already is unknown to it.', { notebook: '06' }, async (t) => {
  const s = await transactional(t, 1);
  await s.wire.call('basic.get', 1, { queue: s.queue }, 'basic.get-ok');
  for (let i = 0; i < 2; i++) s.wire.send('basic.ack', 1, { deliveryTag: 1 });
  await s.wire.expectChannelClose(1, 406, 'PRECONDITION_FAILED - unknown delivery tag 1', 'basic.ack');
  await untilReady(t, s, 1);
  assert.deepEqual(await drain(s), ['m1']);
});

claim(
  'tx.ack.close',
  'Acknowledgements of an open transaction are void when the channel closes: the messages come back.',
  { notebook: '06' },
  async (t) => {
    const s = await transactional(t, 2);
    for (let i = 0; i < 2; i++) await s.wire.call('basic.get', 1, { queue: s.queue }, 'basic.get-ok');
    s.wire.send('basic.ack', 1, { deliveryTag: 2, multiple: true });
    await s.wire.call('channel.close', 1, { replyCode: 200 }, 'channel.close-ok');
    await untilReady(t, s, 2);
    assert.deepEqual(await drain(s), ['m1', 'm2']);
  },
);

claim(
  'tx.ack.rollback-order',
  'After tx.rollback tags are open again in their old order: multiple reaches over them.',
  { notebook: '06' },
  async (t) => {
    const s = await transactional(t, 4);
    for (let i = 0; i < 4; i++) await s.wire.call('basic.get', 1, { queue: s.queue }, 'basic.get-ok');
    s.wire.send('basic.ack', 1, { deliveryTag: 3 });
    s.wire.send('basic.ack', 1, { deliveryTag: 1 });
    await s.wire.call('tx.rollback', 1, {}, 'tx.rollback-ok');
    s.wire.send('basic.ack', 1, { deliveryTag: 3, multiple: true });
    await s.wire.call('tx.commit', 1, {}, 'tx.commit-ok');
    await s.wire.call('channel.close', 1, { replyCode: 200 }, 'channel.close-ok');
    await untilReady(t, s, 1);
    assert.deepEqual(await drain(s), ['m4']);
  },
);

claim(
  'tx.reject',
  'A reject without requeue in a transaction dead-letters at tx.commit, and not at all after tx.rollback.',
  { notebook: '06' },
  async (t) => {
    const s = await transactional(t);
    const args = new Map([
      ['x-dead-letter-exchange', field.text('')],
      ['x-dead-letter-routing-key', field.text(s.queue)],
    ]);
    await s.wire.call('queue.declare', 2, { queue: t.name('source'), exclusive: true, arguments: args }, 'queue.declare-ok');
    s.wire.publish(2, { routingKey: t.name('source'), body: 'm' });
    await s.wire.call('basic.qos', 2, {}, 'basic.qos-ok');
    await s.wire.call('basic.get', 1, { queue: t.name('source') }, 'basic.get-ok');
    s.wire.send('basic.reject', 1, { deliveryTag: 1 });
    await s.wire.call('tx.rollback', 1, {}, 'tx.rollback-ok');
    await t.quiet(100);
    assert.deepEqual(await drain(s), []);
    s.wire.send('basic.reject', 1, { deliveryTag: 1 });
    await s.wire.call('tx.commit', 1, {}, 'tx.commit-ok');
    await untilReady(t, s, 1);
    assert.deepEqual(await drain(s), ['m']);
  },
);

claim(
  'tx.publish-and-ack',
  'What was consumed and what was published from it are committed or rolled back together.',
  { notebook: '06' },
  async (t) => {
    const s = await transactional(t, 1);
    const out = t.name('out');
    await s.wire.call('queue.declare', 2, { queue: out, exclusive: true }, 'queue.declare-ok');
    await s.wire.call('basic.get', 1, { queue: s.queue }, 'basic.get-ok');
    for (const [end, ok, made] of [
      ['tx.rollback', 'tx.rollback-ok', []],
      ['tx.commit', 'tx.commit-ok', ['result']],
    ] as const) {
      s.wire.publish(1, { routingKey: out, body: 'result' });
      s.wire.send('basic.ack', 1, { deliveryTag: 1 });
      await s.wire.call(end, 1, {}, ok);
      assert.deepEqual(await drain({ ...s, queue: out }), made);
    }
    await s.wire.call('channel.close', 1, { replyCode: 200 }, 'channel.close-ok');
    await t.quiet(100);
    assert.deepEqual(await drain(s), []);
  },
);

claim(
  'tx.not-declarations',
  'Declarations are not part of a transaction: tx.rollback does not take them back.',
  { notebook: '06' },
  async (t) => {
    const s = await transactional(t);
    await s.wire.call('queue.declare', 1, { queue: t.name('new'), exclusive: true }, 'queue.declare-ok');
    await s.wire.call('tx.rollback', 1, {}, 'tx.rollback-ok');
    await s.wire.call('queue.declare', 1, { queue: t.name('new'), passive: true }, 'queue.declare-ok');
  },
);

claim('tx.deliveries', 'Deliveries and gets are not held back by a transaction.', { notebook: '06' }, async (t) => {
  const s = await transactional(t, 2);
  await s.wire.call('basic.get', 1, { queue: s.queue }, 'basic.get-ok');
  await s.wire.call('basic.consume', 1, { queue: s.queue }, 'basic.consume-ok');
  assert.equal((await s.wire.expect('basic.deliver', 1)).body.toString(), 'm2');
});
