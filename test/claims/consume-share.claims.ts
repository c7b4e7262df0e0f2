/** Several consumers of one queue: round robin, priorities, single active consumer. */
import { strict as assert } from 'node:assert';
import { field, type Field } from '../../lib/amqp/field-table';
import { claim } from './harness/claim';
import { type Setting, setting } from './setting';

const SINGLE = { args: { 'x-single-active-consumer': field.bool(true) } };

/** Starts a consumer on a channel of its own, which may hold so many unacknowledged (0: any number). */
async function consumer({ wire, queue }: Setting, channel: number, prefetchCount = 0, priority?: number): Promise<void> {
  if (channel !== 1) await wire.openChannel(channel);
  await wire.call('basic.qos', channel, { prefetchCount }, 'basic.qos-ok');
  const args = new Map(priority === undefined ? [] : [['x-priority', field.int(priority)]]);
  await wire.call('basic.consume', channel, { queue, consumerTag: `c${channel}`, arguments: args }, 'basic.consume-ok');
}

function publish({ wire, queue }: Setting, from: number, to: number): void {
  for (let i = from; i <= to; i++) wire.publish(1, { routingKey: queue, body: `m${i}` });
}

/** The next `count` deliveries as `channel:body`, a star for redelivered; by channel, for among channels no order is promised. */
async function deliveries({ wire }: Setting, count: number): Promise<string> {
  const seen: (readonly [number, string])[] = [];
  for (let i = 0; i < count; i++) {
    const { channel, args, body } = await wire.expect('basic.deliver');
    seen.push([channel, `${channel}:${body.toString()}${args.redelivered ? '*' : ''}`]);
  }
  return seen
    .sort(([a], [b]) => a - b)
    .map(([, text]) => text)
    .join(' ');
}

// --- round robin ---

claim('consume.round-robin', 'Consumers of equal priority take turns, message by message.', { notebook: '03' }, async (t) => {
  const s = await setting(t);
  for (const channel of [1, 2, 3]) await consumer(s, channel);
  publish(s, 1, 9);
  assert.equal(await deliveries(s, 9), '1:m1 1:m4 1:m7 2:m2 2:m5 2:m8 3:m3 3:m6 3:m9');
});

claim(
  'consume.round-robin.one-channel',
  'Two consumers on one channel take turns like those of two channels.',
  { notebook: '03' },
  async (t) => {
    const s = await setting(t);
    for (const consumerTag of ['a', 'b'])
      await s.wire.call('basic.consume', 1, { queue: s.queue, consumerTag }, 'basic.consume-ok');
    publish(s, 1, 4);
    const tags: string[] = [];
    for (let i = 0; i < 4; i++) tags.push((await s.wire.expect('basic.deliver', 1)).args.consumerTag);
    assert.deepEqual(tags, ['a', 'b', 'a', 'b']);
  },
);

claim(
  'consume.round-robin.full',
  'A consumer whose window is full is passed over; the others go on taking turns.',
  { notebook: '07' },
  async (t) => {
    const s = await setting(t);
    await consumer(s, 1, 1);
    await consumer(s, 2);
    await consumer(s, 3);
    publish(s, 1, 7);
    assert.equal(await deliveries(s, 7), '1:m1 2:m2 2:m4 2:m6 3:m3 3:m5 3:m7');
  },
);

claim(
  'consume.backlog-first',
  'The first consumer of a queue gets all that waits, if its window is open; one that comes later gets what is left.',
  { notebook: '03' },
  async (t) => {
    const s = await setting(t);
    publish(s, 1, 5);
    await consumer(s, 1, 4);
    assert.equal(await deliveries(s, 4), '1:m1 1:m2 1:m3 1:m4');
    await consumer(s, 2);
    assert.equal(await deliveries(s, 1), '2:m5');
  },
);

// --- x-priority ---

claim(
  'consume.priority',
  'The consumer with the highest x-priority gets everything until its window is full; then the next lower one.',
  { notebook: '07' },
  async (t) => {
    const s = await setting(t);
    await consumer(s, 1, 2, 0);
    await consumer(s, 2, 2, 10);
    publish(s, 1, 6);
    assert.equal(await deliveries(s, 4), '1:m3 1:m4 2:m1 2:m2');
    await t.quiet();
    s.wire.send('basic.ack', 1, { deliveryTag: 1 });
    assert.equal(await deliveries(s, 1), '1:m5');
  },
);

claim(
  'consume.priority.equal',
  'Consumers of the same x-priority take turns; without the argument the priority is 0.',
  { notebook: '07' },
  async (t) => {
    const s = await setting(t);
    await consumer(s, 1, 0);
    await consumer(s, 2, 0, -1);
    await consumer(s, 3, 0, 0);
    publish(s, 1, 4);
    assert.equal(await deliveries(s, 4), '1:m1 1:m3 3:m2 3:m4');
    await t.quiet();
  },
);

claim('consume.priority.type', 'An x-priority that is no integer closes the channel with 406.', { notebook: '07' }, async (t) => {
  const s = await setting(t);
  const wrong: ReadonlyArray<readonly [Field, string]> = [
    [field.text('10'), 'longstr'],
    [{ kind: 'double', value: 1.5 }, 'double'],
    [field.bool(true), 'bool'],
  ];
  for (const [value, kind] of wrong) {
    await s.wire.openChannel(2);
    s.wire.send('basic.consume', 2, { queue: s.queue, arguments: new Map([['x-priority', value]]) });
    const text = t.filled(
      `PRECONDITION_FAILED - invalid arg 'x-priority' for queue '{q}' in vhost '{vhost}': "expected integer, got ${kind}"`,
    );
    await s.wire.expectChannelClose(2, 406, text, 'basic.consume');
  }
});

// --- x-single-active-consumer ---

claim(
  'consume.single',
  'With x-single-active-consumer one consumer gets everything; the others are counted and wait.',
  { notebook: '07' },
  async (t) => {
    const s = await setting(t, SINGLE);
    await consumer(s, 1);
    await consumer(s, 2);
    publish(s, 1, 4);
    assert.equal(await deliveries(s, 4), '1:m1 1:m2 1:m3 1:m4');
    await t.quiet();
    assert.equal(
      (await s.wire.call('queue.declare', 1, { queue: s.queue, passive: true }, 'queue.declare-ok')).args.consumerCount,
      2,
    );
  },
);

claim(
  'consume.single.window',
  'The others wait also while the window of the active one is full: that is what keeps the order.',
  { notebook: '07' },
  async (t) => {
    const s = await setting(t, SINGLE);
    await consumer(s, 1, 1);
    await consumer(s, 2);
    publish(s, 1, 3);
    assert.equal(await deliveries(s, 1), '1:m1');
    await t.quiet();
    s.wire.send('basic.ack', 1, { deliveryTag: 1 });
    assert.equal(await deliveries(s, 1), '1:m2');
  },
);

claim(
  'consume.single.takeover',
  'When the active consumer is cancelled the next takes over; what the first holds stays with its channel until that closes.',
  { notebook: '07' },
  async (t) => {
    const s = await setting(t, SINGLE);
    await consumer(s, 2);
    await consumer(s, 3);
    publish(s, 1, 2);
    assert.equal(await deliveries(s, 2), '2:m1 2:m2');
    await s.wire.call('basic.cancel', 2, { consumerTag: 'c2' }, 'basic.cancel-ok');
    publish(s, 3, 3);
    assert.equal(await deliveries(s, 1), '3:m3');
    await t.quiet();
    await s.wire.call('channel.close', 2, { replyCode: 200 }, 'channel.close-ok');
    assert.equal(await deliveries(s, 2), '3:m1* 3:m2*');
  },
);

claim(
  'consume.single.closed',
  'When the channel of the active consumer closes the next gets what waits at once, redelivered messages first.',
  { notebook: '07' },
  async (t) => {
    const s = await setting(t, SINGLE);
    await consumer(s, 2, 1);
    await consumer(s, 3);
    publish(s, 1, 3);
    assert.equal(await deliveries(s, 1), '2:m1');
    await s.wire.call('channel.close', 2, { replyCode: 200 }, 'channel.close-ok');
    assert.equal(await deliveries(s, 3), '3:m1* 3:m2 3:m3');
  },
);

claim(
  'consume.single.takeover-late',
  'What is ready when the active consumer is cancelled is not handed to the next one.',
  {
    notebook: '07',
    differs: 'Warren hands it over at once, as later versions of RabbitMQ do; in 3.10.8 the next publish makes the queue crash.',
  },
  async (t) => {
    const s = await setting(t, SINGLE);
    await consumer(s, 2, 1);
    await consumer(s, 3);
    publish(s, 1, 3);
    assert.equal(await deliveries(s, 1), '2:m1');
    await s.wire.call('basic.cancel', 2, { consumerTag: 'c2' }, 'basic.cancel-ok');
    if (t.engine === 'warren') assert.equal(await deliveries(s, 2), '3:m2 3:m3');
    await t.quiet(200);
  },
);

claim(
  'consume.single.waiting-leaves',
  'A waiting consumer that leaves changes nothing; the active one stays active.',
  { notebook: '07' },
  async (t) => {
    const s = await setting(t, SINGLE);
    for (const channel of [1, 2, 3]) await consumer(s, channel);
    await s.wire.call('basic.cancel', 2, { consumerTag: 'c2' }, 'basic.cancel-ok');
    publish(s, 1, 1);
    assert.equal(await deliveries(s, 1), '1:m1');
    await s.wire.call('basic.cancel', 1, { consumerTag: 'c1' }, 'basic.cancel-ok');
    publish(s, 2, 2);
    assert.equal(await deliveries(s, 1), '3:m2');
  },
);

claim(
  'consume.single.priority',
  'A consumer of higher x-priority does not displace the active one, but is the first to follow it.',
  { notebook: '07' },
  async (t) => {
    const s = await setting(t, SINGLE);
    await consumer(s, 1, 0, 0);
    await consumer(s, 2, 0, 5);
    await consumer(s, 3, 0, 9);
    publish(s, 1, 1);
    assert.equal(await deliveries(s, 1), '1:m1');
    await s.wire.call('basic.cancel', 1, { consumerTag: 'c1' }, 'basic.cancel-ok');
    publish(s, 2, 2);
    assert.equal(await deliveries(s, 1), '3:m2');
  },
);

claim(
  'consume.single.exclusive',
  'An exclusive consumer is refused with 403 on a queue with x-single-active-consumer.',
  { notebook: '07' },
  async (t) => {
    const s = await setting(t, SINGLE);
    s.wire.send('basic.consume', 1, { queue: s.queue, exclusive: true });
    await s.wire.expectChannelClose(
      1,
      403,
      t.filled("ACCESS_REFUSED - queue '{q}' in vhost '{vhost}' in exclusive use"),
      'basic.consume',
    );
  },
);

claim('consume.single.get', 'basic.get is not held back by a single active consumer.', { notebook: '07' }, async (t) => {
  const s = await setting(t, SINGLE);
  await consumer(s, 1, 1);
  publish(s, 1, 2);
  assert.equal(await deliveries(s, 1), '1:m1');
  assert.equal((await s.wire.call('basic.get', 1, { queue: s.queue }, 'basic.get-ok')).body.toString(), 'm2');
});
