/** Acknowledgement on a channel: delivery tags, ack, nack, recover. */
import { strict as assert } from 'node:assert';
import { claim } from './harness/claim';

claim(
  'channel.tags.per-channel',
  'Delivery tags count the deliveries of a channel from 1, over all its consumers, gets and queues.',
  { notebook: '07' },
  async (t) => {
    const ch = await t.confirmChannel();
    for (const q of ['q1', 'q2']) await ch.assertQueue(t.name(q), { exclusive: true });
    const [one, two] = [await t.collect(ch, t.name('q1')), await t.collect(ch, t.name('q2'), { noAck: true })];
    const tags: number[] = [];
    for (let round = 0; round < 2; round++) {
      await t.publish(ch, '', t.name('q1'), 'm');
      tags.push((await one.next()).fields.deliveryTag);
      await t.publish(ch, '', t.name('q2'), 'm');
      tags.push((await two.next()).fields.deliveryTag);
    }
    assert.deepEqual(tags, [1, 2, 3, 4]);
  },
);

claim(
  'channel.ack.other-channel',
  'A delivery is acknowledged on the channel that it came by; on another its tag is unknown.',
  { notebook: '07' },
  async (t) => {
    const connection = await t.connect();
    const [ch, other] = [await t.confirmChannel(connection), await t.channel(connection)];
    await ch.assertQueue(t.name('q'), { exclusive: true });
    await t.publish(ch, '', t.name('q'), 'm');
    const message = await (await t.collect(ch, t.name('q'))).next();
    await t.refused(() => other.ack(message), 406, 'PRECONDITION_FAILED - unknown delivery tag 1');
  },
);

claim(
  'channel.ack.unknown',
  'Acknowledging an unknown or already settled tag closes the channel with 406.',
  { notebook: '07' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    await wire.call('queue.declare', 1, { queue: t.name('q'), exclusive: true }, 'queue.declare-ok');
    wire.publish(1, { routingKey: t.name('q'), body: 'm' });
    await wire.call('basic.get', 1, { queue: t.name('q') }, 'basic.get-ok');
    wire.send('basic.ack', 1, { deliveryTag: 1 });
    wire.send('basic.ack', 1, { deliveryTag: 1 });
    await wire.expectChannelClose(1, 406, 'PRECONDITION_FAILED - unknown delivery tag 1', 'basic.ack');
  },
);

claim(
  'channel.ack.multiple',
  'ack with multiple settles every outstanding tag up to the given one.',
  { notebook: '07' },
  async (t) => {
    const ch = await t.confirmChannel();
    await ch.assertQueue(t.name('q'));
    for (const body of ['m1', 'm2', 'm3']) await t.publish(ch, '', t.name('q'), body);
    const consumer = await t.collect(ch, t.name('q'));
    const [, second] = await consumer.take(3);
    ch.ack(second ?? assert.fail(), true);
    await ch.close();
    const keeper = await t.channel();
    await t.untilReady(keeper, t.name('q'), 1);
    assert.deepEqual(await t.drain(keeper, t.name('q')), ['m3']);
  },
);

claim(
  'channel.ack.all',
  'ack 0 with multiple settles all that is outstanding, and is silent if nothing is.',
  { notebook: '07' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    wire.send('basic.ack', 1, { deliveryTag: 0, multiple: true });
    await wire.call('queue.declare', 1, { queue: t.name('q'), exclusive: true }, 'queue.declare-ok');
    for (const body of ['m1', 'm2']) wire.publish(1, { routingKey: t.name('q'), body });
    for (let i = 0; i < 2; i++) await wire.call('basic.get', 1, { queue: t.name('q') }, 'basic.get-ok');
    wire.send('basic.ack', 1, { deliveryTag: 0, multiple: true });
    await wire.call('basic.recover', 1, { requeue: true }, 'basic.recover-ok');
    await wire.call('basic.get', 1, { queue: t.name('q') }, 'basic.get-empty');
  },
);

claim(
  'channel.nack.multiple',
  'nack with multiple and requeue puts every outstanding message up to the tag back in its old place.',
  { notebook: '07' },
  async (t) => {
    const ch = await t.confirmChannel();
    await ch.assertQueue(t.name('q'), { exclusive: true });
    for (const body of ['m1', 'm2', 'm3']) await t.publish(ch, '', t.name('q'), body);
    const taken = [await ch.get(t.name('q')), await ch.get(t.name('q'))];
    ch.nack(taken[1] || assert.fail(), true, true);
    assert.deepEqual(await t.drain(ch, t.name('q')), ['m1', 'm2', 'm3']);
  },
);

claim(
  'channel.recover.requeue',
  'basic.recover puts back all that the channel has not acknowledged, redelivered.',
  { notebook: '07' },
  async (t) => {
    const ch = await t.confirmChannel();
    await ch.assertQueue(t.name('q'), { exclusive: true });
    for (const body of ['m1', 'm2']) await t.publish(ch, '', t.name('q'), body);
    const consumer = await t.collect(ch, t.name('q'));
    await consumer.take(2);
    await ch.recover();
    const again = await consumer.take(2);
    assert.deepEqual(
      again.map(({ content, fields }) => [content.toString(), fields.redelivered]),
      [
        ['m1', true],
        ['m2', true],
      ],
    );
  },
);

claim(
  'channel.recover.no-requeue',
  'basic.recover without requeue closes the connection with 540.',
  { notebook: '07' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    wire.send('basic.recover', 1, { requeue: false });
    await wire.expectConnectionClose(540, 'NOT_IMPLEMENTED - requeue=false', 'basic.recover');
  },
);

claim(
  'channel.recover.async',
  'basic.recover-async requeues like basic.recover, but is not answered.',
  { notebook: '07' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    await wire.call('queue.declare', 1, { queue: t.name('q'), exclusive: true }, 'queue.declare-ok');
    wire.publish(1, { routingKey: t.name('q'), body: 'm' });
    await wire.call('basic.get', 1, { queue: t.name('q') }, 'basic.get-ok');
    wire.send('basic.recover-async', 1, { requeue: true });
    const got = await wire.call('basic.get', 1, { queue: t.name('q') }, 'basic.get-ok');
    assert.equal(got.args.redelivered, true);
  },
);
