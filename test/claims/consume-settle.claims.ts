/** What becomes of a delivery: ack, nack, reject, recover, and the place to which it returns. */
import { strict as assert } from 'node:assert';
import { claim } from './harness/claim';
import { type Setting, setting, untilReady } from './setting';

/** Gets so many messages on channel 1, unacknowledged. */
async function hold({ wire, queue }: Setting, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await wire.call('basic.get', 1, { queue }, 'basic.get-ok');
}

/** What is ready, in order, a star for redelivered; looked at on channel 2 and given back. */
async function ready({ wire, queue }: Setting): Promise<string> {
  const seen: string[] = [];
  for (;;) {
    wire.send('basic.get', 2, { queue });
    const got = await wire.next(2);
    if (got?.name !== 'basic.get-ok') break;
    seen.push(`${got.body.toString()}${(got.args as { redelivered: boolean }).redelivered ? '*' : ''}`);
  }
  return seen.join(' ');
}

claim('consume.ack.order', 'Deliveries may be acknowledged in any order.', { notebook: '07' }, async (t) => {
  const s = await setting(t, { channels: [1, 2], messages: 4 });
  await hold(s, 4);
  for (const deliveryTag of [3, 1, 4]) s.wire.send('basic.ack', 1, { deliveryTag });
  await s.wire.call('channel.close', 1, { replyCode: 200 }, 'channel.close-ok');
  await untilReady(t, s, 1);
  assert.equal(await ready(s), 'm2*');
});

claim(
  'consume.ack.multiple-gap',
  'ack with multiple up to a tag that is settled already closes the channel with 406, though lower tags are open.',
  { notebook: '07' },
  async (t) => {
    const s = await setting(t, { channels: [1, 2], messages: 3 });
    await hold(s, 3);
    s.wire.send('basic.ack', 1, { deliveryTag: 2 });
    s.wire.send('basic.ack', 1, { deliveryTag: 2, multiple: true });
    await s.wire.expectChannelClose(1, 406, 'PRECONDITION_FAILED - unknown delivery tag 2', 'basic.ack');
  },
);

claim(
  'consume.ack.multiple-above',
  'ack with multiple up to a tag that was not given yet closes the channel with 406 and settles nothing.',
  { notebook: '07' },
  async (t) => {
    const s = await setting(t, { channels: [1, 2], messages: 2 });
    await hold(s, 2);
    s.wire.send('basic.ack', 1, { deliveryTag: 9, multiple: true });
    await s.wire.expectChannelClose(1, 406, 'PRECONDITION_FAILED - unknown delivery tag 9', 'basic.ack');
    await untilReady(t, s, 2);
    assert.equal(await ready(s), 'm1* m2*');
  },
);

claim(
  'consume.ack.multiple-all-consumers',
  'multiple reaches over all consumers, gets and queues of the channel.',
  { notebook: '07' },
  async (t) => {
    const s = await setting(t, { channels: [1, 2], messages: 2 });
    const other = t.name('other');
    await s.wire.call('queue.declare', 1, { queue: other, exclusive: true }, 'queue.declare-ok');
    await s.wire.call('basic.consume', 1, { queue: other }, 'basic.consume-ok');
    await hold(s, 1);
    s.wire.publish(1, { routingKey: other, body: 'x' });
    await s.wire.expect('basic.deliver', 1);
    await hold(s, 1);
    s.wire.send('basic.ack', 1, { deliveryTag: 3, multiple: true });
    await s.wire.call('channel.close', 1, { replyCode: 200 }, 'channel.close-ok');
    await t.quiet(100);
    assert.equal(await ready(s), '');
    assert.equal(await ready({ ...s, queue: other }), '');
  },
);

for (const name of ['basic.ack', 'basic.nack', 'basic.reject'] as const) {
  claim(
    `consume.${name.slice(6)}.zero`,
    `${name} of tag 0 without multiple closes the channel with 406.`,
    { notebook: '07' },
    async (t) => {
      const s = await setting(t, { channels: [1, 2], messages: 1 });
      await hold(s, 1);
      s.wire.send(name, 1, { deliveryTag: 0 });
      await s.wire.expectChannelClose(1, 406, 'PRECONDITION_FAILED - unknown delivery tag 0', name);
    },
  );
}

claim(
  'consume.nack.all',
  'nack 0 with multiple refuses all that is outstanding, and is silent if nothing is.',
  { notebook: '07' },
  async (t) => {
    const s = await setting(t, { channels: [1, 2], messages: 3 });
    s.wire.send('basic.nack', 1, { deliveryTag: 0, multiple: true, requeue: true });
    await hold(s, 2);
    s.wire.send('basic.nack', 1, { deliveryTag: 0, multiple: true, requeue: true });
    await s.wire.call('basic.qos', 1, {}, 'basic.qos-ok');
    assert.equal(await ready(s), 'm1* m2* m3');
  },
);

claim(
  'consume.nack.discard',
  'Without requeue a refused message is gone, if the queue has no dead-letter exchange.',
  { notebook: '07' },
  async (t) => {
    const s = await setting(t, { channels: [1, 2], messages: 3 });
    await hold(s, 2);
    s.wire.send('basic.nack', 1, { deliveryTag: 1 });
    s.wire.send('basic.reject', 1, { deliveryTag: 2 });
    await s.wire.call('basic.recover', 1, { requeue: true }, 'basic.recover-ok');
    assert.equal(await ready(s), 'm3');
  },
);

claim(
  'consume.unknown.keeps-earlier',
  'An unknown tag closes the channel; what it acknowledged before stays acknowledged.',
  { notebook: '07' },
  async (t) => {
    const s = await setting(t, { channels: [1, 2], messages: 2 });
    await hold(s, 2);
    s.wire.send('basic.ack', 1, { deliveryTag: 1 });
    s.wire.send('basic.ack', 1, { deliveryTag: 7 });
    await s.wire.expectChannelClose(1, 406, 'PRECONDITION_FAILED - unknown delivery tag 7', 'basic.ack');
    await untilReady(t, s, 1);
    assert.equal(await ready(s), 'm2*');
  },
);

// --- requeue ---

claim(
  'consume.requeue.place',
  'A requeued message returns to the place that it had, before those published later.',
  { notebook: '07' },
  async (t) => {
    const s = await setting(t, { channels: [1, 2], messages: 5 });
    await hold(s, 3);
    s.wire.send('basic.reject', 1, { deliveryTag: 2, requeue: true });
    s.wire.publish(1, { routingKey: s.queue, body: 'm6' });
    await s.wire.call('basic.qos', 1, {}, 'basic.qos-ok');
    assert.equal(await ready(s), 'm2* m4 m5 m6');
  },
);

claim(
  'consume.requeue.any-order',
  'However the deliveries come back, one by one or together, the queue is in its old order again.',
  { notebook: '07' },
  async (t) => {
    const s = await setting(t, { channels: [1, 2], messages: 6 });
    await hold(s, 5);
    s.wire.send('basic.reject', 1, { deliveryTag: 4, requeue: true });
    s.wire.send('basic.reject', 1, { deliveryTag: 1, requeue: true });
    s.wire.send('basic.reject', 1, { deliveryTag: 5, requeue: true });
    s.wire.send('basic.nack', 1, { deliveryTag: 3, multiple: true, requeue: true });
    await s.wire.call('basic.qos', 1, {}, 'basic.qos-ok');
    assert.equal(await ready(s), 'm1* m2* m3* m4* m5* m6');
  },
);

claim(
  'consume.requeue.two-channels',
  'Messages that come back from several channels are put in their old order among each other.',
  { notebook: '07' },
  async (t) => {
    const s = await setting(t, { channels: [1, 2], messages: 4 });
    for (const channel of [2, 1, 2, 1]) await s.wire.call('basic.get', channel, { queue: s.queue }, 'basic.get-ok');
    await s.wire.openChannel(3);
    s.wire.send('basic.nack', 2, { multiple: true, requeue: true });
    await s.wire.call('channel.close', 1, { replyCode: 200 }, 'channel.close-ok');
    await untilReady(t, s, 4);
    assert.equal(await ready(s), 'm1* m2* m3* m4*');
  },
);

claim(
  'consume.requeue.loop',
  'A sole consumer that requeues gets the same message again at once, redelivered, under a new tag.',
  { notebook: '07' },
  async (t) => {
    const s = await setting(t, { channels: [1, 2], messages: 2 });
    await s.wire.call('basic.qos', 1, { prefetchCount: 1 }, 'basic.qos-ok');
    await s.wire.call('basic.consume', 1, { queue: s.queue }, 'basic.consume-ok');
    for (const [deliveryTag, redelivered] of [
      [1, false],
      [2, true],
      [3, true],
    ] as const) {
      const { args, body } = await s.wire.expect('basic.deliver', 1);
      assert.deepEqual([body.toString(), args.deliveryTag, args.redelivered], ['m1', deliveryTag, redelivered]);
      s.wire.send('basic.reject', 1, { deliveryTag, requeue: true });
    }
  },
);

claim('consume.requeue.other-consumer', 'A requeued message may go to another consumer.', { notebook: '07' }, async (t) => {
  const s = await setting(t, { channels: [1, 2], messages: 1 });
  await s.wire.call('basic.qos', 1, { prefetchCount: 1 }, 'basic.qos-ok');
  await s.wire.call('basic.consume', 1, { queue: s.queue, consumerTag: 'a' }, 'basic.consume-ok');
  await s.wire.expect('basic.deliver', 1);
  await s.wire.call('basic.consume', 2, { queue: s.queue, consumerTag: 'b' }, 'basic.consume-ok');
  s.wire.send('basic.cancel', 1, { consumerTag: 'a', nowait: true });
  s.wire.send('basic.reject', 1, { deliveryTag: 1, requeue: true });
  const { args } = await s.wire.expect('basic.deliver', 2);
  assert.deepEqual([args.consumerTag, args.redelivered], ['b', true]);
});

claim(
  'consume.requeue.redelivered',
  'redelivered says that the message was delivered before, to anybody; it says nothing of whether it was processed.',
  { notebook: '07' },
  async (t) => {
    const s = await setting(t, { channels: [1, 2], messages: 2 });
    await hold(s, 1);
    await s.wire.call('channel.close', 1, { replyCode: 200 }, 'channel.close-ok');
    await untilReady(t, s, 2);
    await s.wire.call('basic.consume', 2, { queue: s.queue, noAck: true }, 'basic.consume-ok');
    const came = [await s.wire.expect('basic.deliver', 2), await s.wire.expect('basic.deliver', 2)];
    assert.deepEqual(
      came.map(({ args, body }) => [body.toString(), args.redelivered]),
      [
        ['m1', true],
        ['m2', false],
      ],
    );
  },
);

claim(
  'consume.requeue.purged',
  'queue.purge throws away what is ready; unacknowledged messages are not touched and come back.',
  { notebook: '07' },
  async (t) => {
    const s = await setting(t, { channels: [1, 2], messages: 3 });
    await hold(s, 1);
    assert.equal((await s.wire.call('queue.purge', 2, { queue: s.queue }, 'queue.purge-ok')).args.messageCount, 2);
    s.wire.send('basic.reject', 1, { deliveryTag: 1, requeue: true });
    await s.wire.call('basic.qos', 1, {}, 'basic.qos-ok');
    assert.equal(await ready(s), 'm1*');
  },
);

// --- recover ---

claim(
  'consume.recover.consumer',
  'basic.recover delivers unacknowledged messages again under new tags, to the same consumer too.',
  { notebook: '07' },
  async (t) => {
    const s = await setting(t, { channels: [1, 2], messages: 2 });
    await s.wire.call('basic.consume', 1, { queue: s.queue }, 'basic.consume-ok');
    for (let i = 0; i < 2; i++) await s.wire.expect('basic.deliver', 1);
    s.wire.send('basic.recover', 1, { requeue: true });
    const came = [await s.wire.next(1), await s.wire.next(1), await s.wire.next(1)];
    const deliveries = came
      .filter((one) => one?.name === 'basic.deliver')
      .map((one) => [one?.body.toString(), ...Object.values(one?.args ?? {}).slice(1, 3)]);
    assert.deepEqual(deliveries, [
      ['m1', 3, true],
      ['m2', 4, true],
    ]);
    assert.equal(came.filter((one) => one?.name === 'basic.recover-ok').length, 1);
    s.wire.send('basic.ack', 1, { deliveryTag: 1 });
    await s.wire.expectChannelClose(1, 406, 'PRECONDITION_FAILED - unknown delivery tag 1', 'basic.ack');
  },
);

claim(
  'consume.recover.own-only',
  'basic.recover gives back what its own channel holds, nothing else.',
  { notebook: '07' },
  async (t) => {
    const s = await setting(t, { channels: [1, 2], messages: 3 });
    await hold(s, 1);
    await s.wire.call('basic.get', 2, { queue: s.queue }, 'basic.get-ok');
    await s.wire.call('basic.recover', 1, { requeue: true }, 'basic.recover-ok');
    assert.equal(await ready(s), 'm1* m3');
  },
);

claim(
  'consume.recover.async-no-requeue',
  'basic.recover-async without requeue closes the connection with 540.',
  { notebook: '07' },
  async (t) => {
    const { wire } = await setting(t, { channels: [1, 2], messages: 0 });
    wire.send('basic.recover-async', 1, { requeue: false });
    await wire.expectConnectionClose(540, 'NOT_IMPLEMENTED - requeue=false', 'basic.recover-async');
  },
);
