/** Channels: opening and closing, errors, content. */
import { strict as assert } from 'node:assert';
import { FRAME_BODY, FRAME_HEADER } from '../../lib/amqp/constants';
import { frame } from '../../lib/amqp/method-codec';
import { encodeHeaderPayload } from '../../lib/amqp/properties';
import { claim } from './harness/claim';

claim(
  'channel.open.twice',
  'A second channel.open on an open channel closes the connection with 504.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    wire.send('channel.open', 1);
    await wire.expectConnectionClose(504, "CHANNEL_ERROR - second 'channel.open' seen", 'channel.open');
  },
);

claim(
  'channel.open.missing',
  'A method on a channel that is not open closes the connection with 504.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire();
    wire.send('queue.declare', 5, { queue: t.name('q') });
    await wire.expectConnectionClose(504, "CHANNEL_ERROR - expected 'channel.open'", 'queue.declare');
  },
);

claim(
  'channel.max.exceeded',
  'One channel more than channel-max closes the connection with 530.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire({ tune: { channelMax: 2 } });
    await wire.openChannel(1);
    await wire.openChannel(2);
    wire.send('channel.open', 3);
    await wire.expectConnectionClose(
      530,
      'NOT_ALLOWED - number of channels opened (2) has reached the negotiated channel_max (2)',
    );
  },
);

claim(
  'channel.max.counts',
  'channel-max limits how many channels are open, not their numbers.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire({ tune: { channelMax: 2 } });
    await wire.openChannel(900);
    await wire.openChannel(65_535);
    await wire.call('channel.close', 900, { replyCode: 200 }, 'channel.close-ok');
    await wire.openChannel(7);
  },
);

claim(
  'channel.close.requeues',
  'Closing a channel gives its unacknowledged messages back to their queue, redelivered.',
  { notebook: '07' },
  async (t) => {
    const connection = await t.connect();
    const [keeper, ch] = [await t.confirmChannel(connection), await t.channel(connection)];
    await keeper.assertQueue(t.name('q'));
    for (const body of ['m1', 'm2']) await t.publish(keeper, '', t.name('q'), body);
    const consumer = await t.collect(ch, t.name('q'));
    await consumer.take(2);
    await ch.close();
    await t.untilReady(keeper, t.name('q'), 2);
    const messages = await t.drainMessages(keeper, t.name('q'));
    assert.deepEqual(
      messages.map(({ content, fields }) => [content.toString(), fields.redelivered]),
      [
        ['m1', true],
        ['m2', true],
      ],
    );
  },
);

claim(
  'channel.close.reuse',
  'A channel number can be opened again at once; delivery tags then count from 1 again.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    await wire.call('queue.declare', 1, { queue: t.name('q'), exclusive: true }, 'queue.declare-ok');
    for (const body of ['m1', 'm2']) wire.publish(1, { routingKey: t.name('q'), body });
    for (const tag of [1, 2]) {
      const got = await wire.call('basic.get', 1, { queue: t.name('q'), noAck: true }, 'basic.get-ok');
      assert.equal(got.args.deliveryTag, tag);
    }
    wire.publish(1, { routingKey: t.name('q'), body: 'm3' });
    await wire.call('channel.close', 1, { replyCode: 200 }, 'channel.close-ok');
    await wire.openChannel();
    const again = await wire.call('basic.get', 1, { queue: t.name('q'), noAck: true }, 'basic.get-ok');
    assert.equal(again.args.deliveryTag, 1);
  },
);

claim('channel.close.consumers', 'Closing a channel ends its consumers.', { notebook: '03' }, async (t) => {
  const connection = await t.connect();
  const [keeper, ch] = [await t.channel(connection), await t.channel(connection)];
  await keeper.assertQueue(t.name('q'));
  await t.collect(ch, t.name('q'));
  assert.equal((await keeper.checkQueue(t.name('q'))).consumerCount, 1);
  await ch.close();
  await t.eventually(async () => assert.equal((await keeper.checkQueue(t.name('q'))).consumerCount, 0));
});

claim(
  'channel.error.not-found',
  'A soft error closes the channel: a passive declare of a missing queue with 404.',
  { notebook: '02' },
  async (t) => {
    const ch = await t.channel();
    await t.refused(ch.checkQueue(t.name('q')), 404, "NOT_FOUND - no queue '{q}' in vhost '{vhost}'");
  },
);

claim(
  'channel.error.leaves-connection',
  'A channel that the broker closed leaves the other channels of its connection open.',
  { notebook: '02' },
  async (t) => {
    const connection = await t.connect();
    const [one, other] = [await t.channel(connection), await t.channel(connection)];
    await t.refused(one.checkQueue(t.name('q')), 404, "NOT_FOUND - no queue '{q}' in vhost '{vhost}'");
    await other.assertQueue(t.name('q'), { exclusive: true });
  },
);

claim(
  'channel.error.names-method',
  'channel.close names the class and method of what it refuses.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    wire.send('queue.purge', 1, { queue: t.name('q') });
    await wire.expectChannelClose(1, 404, t.filled("NOT_FOUND - no queue '{q}' in vhost '{vhost}'"), 'queue.purge');
    await wire.openChannel();
    wire.publish(1, { exchange: t.name('x'), body: 'm' });
    await wire.expectChannelClose(1, 404, t.filled("NOT_FOUND - no exchange '{x}' in vhost '{vhost}'"), 'basic.publish');
  },
);

claim(
  'channel.error.ignores',
  'After the server has sent channel.close it ignores the channel up to close-ok.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    wire.send('queue.declare', 1, { queue: t.name('missing'), passive: true });
    wire.send('queue.declare', 1, { queue: t.name('q') });
    wire.publish(1, { exchange: t.name('x'), body: 'm' });
    await wire.expectChannelClose(1, 404, t.filled("NOT_FOUND - no queue '{missing}' in vhost '{vhost}'"), 'queue.declare');
    await wire.openChannel();
    wire.send('queue.declare', 1, { queue: t.name('q'), passive: true });
    await wire.expectChannelClose(1, 404, t.filled("NOT_FOUND - no queue '{q}' in vhost '{vhost}'"), 'queue.declare');
  },
);

claim(
  'channel.error.requeues',
  'A channel closed by an error gives back its unacknowledged messages.',
  { notebook: '07' },
  async (t) => {
    const connection = await t.connect();
    const [keeper, ch] = [await t.confirmChannel(connection), await t.channel(connection)];
    await keeper.assertQueue(t.name('q'));
    await t.publish(keeper, '', t.name('q'), 'm');
    await (await t.collect(ch, t.name('q'))).next();
    await t.refused(ch.checkQueue(t.name('none')), 404, "NOT_FOUND - no queue '{none}' in vhost '{vhost}'");
    await t.untilReady(keeper, t.name('q'), 1);
  },
);

claim('channel.flow.on', 'channel.flow with active is answered with flow-ok.', { notebook: '02' }, async (t) => {
  const wire = await t.wire();
  await wire.openChannel();
  assert.equal((await wire.call('channel.flow', 1, { active: true }, 'channel.flow-ok')).args.active, true);
});

claim(
  'channel.flow.off',
  'channel.flow without active closes the connection with 540: a client cannot stop the server.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    wire.send('channel.flow', 1, { active: false });
    await wire.expectConnectionClose(540, 'NOT_IMPLEMENTED - active=false', 'channel.flow');
  },
);

claim(
  'channel.access-request',
  'access.request, a remnant of AMQP 0-8, is answered with ticket 1.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    assert.equal((await wire.call('access.request', 1, { realm: '/data' }, 'access.request-ok')).args.ticket, 1);
  },
);

claim(
  'channel.nowait.errors',
  'A method with nowait is not answered, but its error closes the channel.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    wire.send('queue.declare', 1, { queue: t.name('q'), exclusive: true, nowait: true });
    wire.send('queue.declare', 1, { queue: t.name('missing'), passive: true, nowait: true });
    await wire.expectChannelClose(1, 404, t.filled("NOT_FOUND - no queue '{missing}' in vhost '{vhost}'"), 'queue.declare');
    await wire.openChannel();
    await wire.call('queue.declare', 1, { queue: t.name('q'), passive: true }, 'queue.declare-ok');
  },
);

claim(
  'channel.content.order',
  'A content frame where a method belongs, or a method within content, closes the connection with 505.',
  { notebook: '02' },
  async (t) => {
    const first = await t.wire();
    await first.openChannel();
    first.sendFrame(frame(FRAME_BODY, 1, Buffer.from('x')));
    await first.expectConnectionClose(505, 'UNEXPECTED_FRAME - expected method frame, got non method frame instead');
    const second = await t.wire();
    await second.openChannel();
    second.send('basic.publish', 1);
    second.send('basic.qos', 1);
    await second.expectConnectionClose(
      505,
      'UNEXPECTED_FRAME - expected content header for class 60, got non content header frame instead',
      'basic.publish',
    );
    const third = await t.wire();
    await third.openChannel();
    third.send('basic.publish', 1);
    third.sendFrame(frame(FRAME_HEADER, 1, encodeHeaderPayload(5, {})));
    third.send('basic.qos', 1);
    await third.expectConnectionClose(
      505,
      'UNEXPECTED_FRAME - expected content body, got non content body frame instead',
      'basic.publish',
    );
  },
);

claim(
  'channel.content.interleaved',
  'Frames of other channels may stand between the frames of a message.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel(1);
    await wire.openChannel(2);
    await wire.call('queue.declare', 1, { queue: t.name('q'), exclusive: true }, 'queue.declare-ok');
    wire.send('basic.publish', 1, { routingKey: t.name('q') });
    await wire.call('basic.qos', 2, {}, 'basic.qos-ok');
    wire.sendFrame(frame(FRAME_HEADER, 1, encodeHeaderPayload(4, {})));
    wire.publish(2, { routingKey: t.name('q'), body: 'two' });
    await wire.call('basic.qos', 2, {}, 'basic.qos-ok');
    wire.sendFrame(frame(FRAME_BODY, 1, Buffer.from('on')));
    wire.sendFrame(frame(FRAME_BODY, 1, Buffer.from('e!')));
    const bodies: string[] = [];
    for (let i = 0; i < 2; i++)
      bodies.push((await wire.call('basic.get', 1, { queue: t.name('q'), noAck: true }, 'basic.get-ok')).body.toString());
    assert.deepEqual(bodies, ['two', 'one!']);
  },
);

claim('channel.content.empty', 'An empty message is a header without a body frame.', { notebook: '02' }, async (t) => {
  const wire = await t.wire();
  await wire.openChannel();
  await wire.call('queue.declare', 1, { queue: t.name('q'), exclusive: true }, 'queue.declare-ok');
  wire.publish(1, { routingKey: t.name('q') });
  await wire.call('basic.get', 1, { queue: t.name('q'), noAck: true }, 'basic.get-ok');
  await wire.call('basic.get', 1, { queue: t.name('q'), noAck: true }, 'basic.get-empty');
  assert.equal(wire.transcript.filter((line) => line.startsWith('S 1 body')).length, 0);
});

claim('channel.content.too-large', 'A message above 128 MiB closes the channel with 406.', { notebook: '02' }, async (t) => {
  const wire = await t.wire();
  await wire.openChannel();
  wire.publish(1, { routingKey: t.name('nowhere'), body: Buffer.alloc(134_217_729) });
  await wire.expectChannelClose(
    1,
    406,
    'PRECONDITION_FAILED - message size 134217729 is larger than configured max size 134217728',
    'basic.publish',
  );
});
