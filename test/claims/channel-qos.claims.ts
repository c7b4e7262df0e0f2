/** basic.qos: how much may be on its way unacknowledged. */
import { strict as assert } from 'node:assert';
import type { Channel, ConfirmChannel } from 'amqplib';
import { claim } from './harness/claim';
import type { Collector } from './harness/collector';
import type { ClaimContext } from './harness/context';

/** A queue with `count` messages m1, m2, ... and a channel to consume them on. */
async function filled(t: ClaimContext, count: number): Promise<{ ch: Channel; keeper: ConfirmChannel; queue: string }> {
  const connection = await t.connect();
  const [keeper, ch] = [await t.confirmChannel(connection), await t.channel(connection)];
  const queue = t.name('q');
  await keeper.assertQueue(queue);
  for (let i = 1; i <= count; i++) await t.publish(keeper, '', queue, `m${i}`);
  return { ch, keeper, queue };
}

/** How many deliveries each consumer holds, once no more come. */
async function held(t: ClaimContext, consumers: readonly Collector[], expected: readonly number[]): Promise<void> {
  for (const [i, consumer] of consumers.entries()) await consumer.take(expected[i] as number);
  await t.quiet(100);
}

claim('channel.qos.none', 'Without basic.qos a consumer is sent everything at once.', { notebook: '07' }, async (t) => {
  const { ch, queue } = await filled(t, 50);
  await held(t, [await t.collect(ch, queue)], [50]);
});

claim(
  'channel.qos.per-consumer',
  'basic.qos with global off gives each later consumer of the channel a limit of its own.',
  { notebook: '07' },
  async (t) => {
    const { ch, queue } = await filled(t, 20);
    await ch.prefetch(3, false);
    await held(t, [await t.collect(ch, queue), await t.collect(ch, queue)], [3, 3]);
  },
);

claim(
  'channel.qos.earlier-consumers',
  'basic.qos with global off leaves consumers that were there before as they are.',
  { notebook: '07' },
  async (t) => {
    const { ch, queue } = await filled(t, 20);
    await ch.prefetch(2, false);
    const earlier = await t.collect(ch, queue);
    await ch.prefetch(5, false);
    await held(t, [earlier, await t.collect(ch, queue)], [2, 5]);
  },
);

claim(
  'channel.qos.global',
  'basic.qos with global on limits the channel, all its consumers together; it is not refused, as is often said.',
  { notebook: '07' },
  async (t) => {
    const { ch, queue } = await filled(t, 20);
    await ch.prefetch(3, true);
    await held(t, [await t.collect(ch, queue), await t.collect(ch, queue)], [3, 0]);
  },
);

claim(
  'channel.qos.global-other-channel',
  'basic.qos with global on does not limit other channels of the connection, whatever AMQP says.',
  { notebook: '07' },
  async (t) => {
    const { ch, keeper, queue } = await filled(t, 20);
    await ch.prefetch(3, true);
    await held(t, [await t.collect(ch, queue), await t.collect(keeper, queue)], [3, 17]);
  },
);

claim(
  'channel.qos.global-running',
  'basic.qos with global on limits consumers that are there already.',
  { notebook: '07' },
  async (t) => {
    const { ch, keeper, queue } = await filled(t, 0);
    const consumer = await t.collect(ch, queue);
    await ch.prefetch(2, true);
    for (let i = 0; i < 5; i++) await t.publish(keeper, '', queue, 'm');
    await held(t, [consumer], [2]);
  },
);

claim(
  'channel.qos.global-raised',
  'Raising the limit of the channel, or setting it to 0, lets waiting messages flow at once.',
  { notebook: '07' },
  async (t) => {
    const { ch, queue } = await filled(t, 10);
    await ch.prefetch(2, true);
    const consumer = await t.collect(ch, queue);
    await held(t, [consumer], [2]);
    await ch.prefetch(5, true);
    await held(t, [consumer], [3]);
    await ch.prefetch(0, true);
    await held(t, [consumer], [5]);
  },
);

claim(
  'channel.qos.both',
  'Both limits hold together: 2 a consumer and 5 for the channel give 2, 2, 1 and none.',
  { notebook: '07' },
  async (t) => {
    const { ch, queue } = await filled(t, 20);
    await ch.prefetch(2, false);
    await ch.prefetch(5, true);
    const consumers: Collector[] = [];
    for (let i = 0; i < 4; i++) consumers.push(await t.collect(ch, queue));
    await held(t, consumers, [2, 2, 1, 0]);
  },
);

claim(
  'channel.qos.ack-refills',
  'An acknowledgement makes room for the next delivery, one for one.',
  { notebook: '07' },
  async (t) => {
    const { ch, queue } = await filled(t, 10);
    await ch.prefetch(2);
    const consumer = await t.collect(ch, queue);
    const [first] = await consumer.take(2);
    await t.quiet();
    ch.ack(first ?? assert.fail());
    await held(t, [consumer], [1]);
  },
);

claim(
  'channel.qos.ack-multiple-refills',
  'Acknowledging several at once makes room for as many.',
  { notebook: '07' },
  async (t) => {
    const { ch, queue } = await filled(t, 20);
    await ch.prefetch(5);
    const consumer = await t.collect(ch, queue);
    const batch = await consumer.take(5);
    ch.ack(batch[3] ?? assert.fail(), true);
    await held(t, [consumer], [4]);
  },
);

claim('channel.qos.no-ack', 'Consumers without acknowledgement are not limited.', { notebook: '07' }, async (t) => {
  const { ch, queue } = await filled(t, 20);
  await ch.prefetch(3, false);
  await ch.prefetch(3, true);
  await held(t, [await t.collect(ch, queue, { noAck: true })], [20]);
});

claim('channel.qos.get', 'basic.get is not limited by basic.qos.', { notebook: '07' }, async (t) => {
  const { ch, queue } = await filled(t, 5);
  await ch.prefetch(1, false);
  await ch.prefetch(1, true);
  for (let i = 1; i <= 3; i++) {
    const message = (await ch.get(queue)) || assert.fail();
    assert.equal(message.content.toString(), `m${i}`);
  }
});

claim(
  'channel.qos.get-not-counted',
  'A message got with basic.get takes no room in the limit of the channel.',
  { notebook: '07' },
  async (t) => {
    const { ch, queue } = await filled(t, 5);
    await ch.prefetch(1, true);
    await ch.get(queue);
    const consumer = await t.collect(ch, queue);
    const delivered = await consumer.next();
    await ch.get(queue);
    await t.quiet();
    ch.ack(delivered);
    await held(t, [consumer], [1]);
  },
);

claim('channel.qos.zero', 'A prefetch count of 0 means no limit.', { notebook: '07' }, async (t) => {
  const { ch, queue } = await filled(t, 20);
  await ch.prefetch(1, false);
  await ch.prefetch(0, false);
  await held(t, [await t.collect(ch, queue)], [20]);
});

claim(
  'channel.qos.size',
  'A prefetch size closes the connection with 540: only counts are implemented.',
  { notebook: '07' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    wire.send('basic.qos', 1, { prefetchSize: 4096, prefetchCount: 1 });
    await wire.expectConnectionClose(540, 'NOT_IMPLEMENTED - prefetch_size!=0 (4096)', 'basic.qos');
  },
);

claim(
  'channel.qos.fair',
  'With a prefetch of 1 a slow consumer does not hold up what a fast one could do.',
  { notebook: '07' },
  async (t) => {
    const { ch, keeper, queue } = await filled(t, 6);
    await ch.prefetch(1);
    const slow = await t.collect(ch, queue);
    await slow.next();
    await keeper.prefetch(1);
    const fast = await t.collect(keeper, queue);
    for (let i = 2; i <= 6; i++) {
      const message = await fast.next();
      assert.equal(message.content.toString(), `m${i}`);
      keeper.ack(message);
    }
  },
);
