/** How a connection lives and ends: heartbeats, closing, errors that end it. */
import { strict as assert } from 'node:assert';
import { FRAME_BODY, FRAME_HEADER, FRAME_METHOD } from '../../lib/amqp/constants';
import { frame } from '../../lib/amqp/method-codec';
import { encodeHeaderPayload } from '../../lib/amqp/properties';
import { claim } from './harness/claim';

claim(
  'connection.heartbeat.sent',
  'On a silent connection the server sends a heartbeat every half interval.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire({ tune: { heartbeat: 4 } });
    await t.advance(5000);
    await t.eventually(() => assert.ok(wire.heartbeats >= 2, `${wire.heartbeats} heartbeats in 5 s`));
    assert.ok(wire.heartbeats <= 3, `${wire.heartbeats} heartbeats in 5 s`);
  },
);

claim(
  'connection.heartbeat.silence',
  'A client that is silent for three intervals is disconnected, without connection.close.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire({ tune: { heartbeat: 4 } });
    await t.quiet(9000);
    assert.equal(wire.ended, false, 'the server ended the stream before three intervals');
    await t.advance(6000);
    await wire.closed();
  },
);

claim(
  'connection.heartbeat.any-frame',
  'Any frame from the client counts as a sign of life, not only a heartbeat.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire({ tune: { heartbeat: 2 } });
    await wire.openChannel();
    for (let i = 0; i < 6; i++) {
      await t.advance(1600);
      await wire.call('basic.qos', 1, { prefetchCount: i }, 'basic.qos-ok');
    }
  },
);

claim(
  'connection.heartbeat.off',
  'Heartbeat 0 from the client switches heartbeats off in both directions.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire({ tune: { heartbeat: 0 } });
    await t.advance(35_000);
    assert.equal(wire.heartbeats, 0);
    await wire.openChannel();
  },
);

claim(
  'connection.forced.command',
  'rabbitmqctl close_all_connections closes with 320 and the reason that was given.',
  { notebook: '09', vhost: 'own' },
  async (t) => {
    const wire = await t.wire();
    const { exitCode } = await t.ctl('close_all_connections', '--vhost', t.vhost, 'maintenance');
    assert.equal(exitCode, 0);
    await wire.expectConnectionClose(320, 'CONNECTION_FORCED - maintenance');
  },
);

claim(
  'connection.forced.vhost',
  'Deleting a vhost closes the connections in it with 320.',
  { notebook: '05', vhost: 'own' },
  async (t) => {
    const wire = await t.wire();
    const { exitCode } = await t.ctl('delete_vhost', t.vhost);
    assert.equal(exitCode, 0);
    // Which of the two it says is a race within RabbitMQ.
    await wire.expectConnectionClose(320, new RegExp(`^CONNECTION_FORCED - vhost '${t.vhost}' is (deleted|down)$`));
  },
);

claim(
  'connection.forced.user',
  'Deleting a user closes the connections of that user with 320.',
  { notebook: '05' },
  async (t) => {
    const login = await t.user({ configure: '.*', write: '.*', read: '.*' });
    const wire = await t.wire(login);
    const { exitCode } = await t.ctl('delete_user', login.user);
    assert.equal(exitCode, 0);
    await wire.expectConnectionClose(320, `CONNECTION_FORCED - user '${login.user}' is deleted`);
  },
);

claim(
  'connection.list',
  'rabbitmqctl list_connections shows user, vhost, state and channels of each connection.',
  { vhost: 'own', notebook: '02' },
  async (t) => {
    const wire = await t.wire();
    for (const channel of [1, 2]) await wire.openChannel(channel);
    await t.eventually(async () => {
      const { stdout } = await t.ctl('list_connections', 'user', 'vhost', 'state', 'channels');
      const lines = stdout.split('\n').filter((line) => line.includes(t.vhost));
      assert.deepEqual(lines, [['guest', t.vhost, 'running', '2'].join('\t')]);
    });
  },
);

claim(
  'connection.heartbeat.own-value',
  'The interval is what the client asks for, above or below what the server offered.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire({ tune: { heartbeat: 90 } });
    await t.advance(35_000);
    assert.equal(wire.heartbeats, 0, 'with 60 s there would be one after 30 s');
  },
);

claim(
  'connection.close.client',
  'connection.close is answered with close-ok; unacknowledged messages go back to their queue, redelivered.',
  { notebook: '02' },
  async (t) => {
    const other = await t.confirmChannel();
    await other.assertQueue(t.name('q'));
    await t.publish(other, '', t.name('q'), 'm');
    const wire = await t.wire();
    await wire.openChannel();
    await wire.call('basic.get', 1, { queue: t.name('q') }, 'basic.get-ok');
    await wire.call('connection.close', 0, { replyCode: 200 }, 'connection.close-ok');
    await t.untilReady(other, t.name('q'), 1);
    const [message] = await t.drainMessages(other, t.name('q'));
    assert.equal(message?.fields.redelivered, true);
  },
);

claim(
  'connection.close.lost',
  'A connection that is lost gives back its unacknowledged messages as one that is closed.',
  { notebook: '07' },
  async (t) => {
    const other = await t.confirmChannel();
    await other.assertQueue(t.name('q'));
    await t.publish(other, '', t.name('q'), 'm');
    const wire = await t.wire();
    await wire.openChannel();
    await wire.call('basic.get', 1, { queue: t.name('q') }, 'basic.get-ok');
    wire.abort();
    await t.untilReady(other, t.name('q'), 1);
    const [message] = await t.drainMessages(other, t.name('q'));
    assert.equal(message?.fields.redelivered, true);
  },
);

claim('connection.close.exclusive-queues', 'With its connection goes an exclusive queue.', { notebook: '05' }, async (t) => {
  const wire = await t.wire();
  await wire.openChannel();
  await wire.call('queue.declare', 1, { queue: t.name('q'), exclusive: true }, 'queue.declare-ok');
  await wire.call('connection.close', 0, { replyCode: 200 }, 'connection.close-ok');
  await t.untilRefused((ch) => ch.checkQueue(t.name('q')), 404, "NOT_FOUND - no queue '{q}' in vhost '{vhost}'");
});

claim(
  'connection.close.unanswered',
  'A client that does not answer connection.close is disconnected all the same.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    wire.send('basic.qos', 1, { prefetchSize: 1 });
    await wire.expect('connection.close');
    await t.advance(35_000);
    await wire.closed();
  },
);

claim(
  'connection.close.ignores',
  'After the server has sent connection.close it ignores what the client sends, up to close-ok.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    wire.send('basic.qos', 1, { prefetchSize: 1 });
    wire.send('queue.declare', 1, { queue: t.name('q') });
    await wire.expectConnectionClose(540, 'NOT_IMPLEMENTED - prefetch_size!=0 (1)', 'basic.qos');
    await t.refused((await t.channel()).checkQueue(t.name('q')), 404, "NOT_FOUND - no queue '{q}' in vhost '{vhost}'");
  },
);

claim(
  'connection.error.all-channels',
  'A hard error on one channel closes the connection with all its channels.',
  { notebook: '02' },
  async (t) => {
    const connection = await t.connect();
    const [one, other] = [await t.channel(connection), await t.channel(connection)];
    await other.assertQueue(t.name('q'), { exclusive: true });
    await t.refused(one.assertExchange(t.name('x'), 'nope'), 503, "COMMAND_INVALID - unknown exchange type 'nope'");
    await t.untilRefused((ch) => ch.checkQueue(t.name('q')), 404, "NOT_FOUND - no queue '{q}' in vhost '{vhost}'");
  },
);

claim(
  'connection.error.frame-too-large',
  'A frame of more than eight octets above the negotiated size closes the connection with 501.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire({ tune: { frameMax: 4096 } });
    await wire.openChannel();
    wire.send('basic.publish', 1, { routingKey: t.name('nowhere') });
    wire.sendFrame(frame(FRAME_HEADER, 1, encodeHeaderPayload(10_000, {})));
    wire.sendFrame(frame(FRAME_BODY, 1, Buffer.alloc(4096)));
    wire.sendFrame(frame(FRAME_BODY, 1, Buffer.alloc(4097)));
    await wire.expectConnectionClose(501, 'FRAME_ERROR - type 3, all octets = <<>>: {frame_too_large,4097,4088}');
  },
);

claim(
  'connection.error.frame-end',
  'A frame that does not end in 0xCE closes the connection with 501.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire();
    const bytes = frame(FRAME_METHOD, 1, Buffer.from([0, 20, 0, 10, 0]));
    bytes[bytes.length - 1] = 0xcd;
    wire.sendBytes(bytes);
    await wire.expectConnectionClose(501, 'FRAME_ERROR - type 1, all octets = <<0,20,0,10,0>>: {invalid_frame_end_marker,205}');
  },
);

claim(
  'connection.error.frame-type',
  'A frame of an unknown type closes the connection with 501.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire();
    wire.sendFrame(frame(4, 1, Buffer.from('abc')));
    await wire.expectConnectionClose(501, 'FRAME_ERROR - type 4, all octets = <<"abc">>: unknown_frame');
  },
);

claim(
  'connection.error.undecodable',
  'A method whose arguments cannot be read closes the connection with 501 and names the method.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    wire.sendBytes(frame(FRAME_METHOD, 1, Buffer.from([0, 50, 0, 10, 0, 0, 9])));
    await wire.expectConnectionClose(501, 'FRAME_ERROR - cannot decode <<0,0,9>>', 'queue.declare');
  },
);

claim(
  'connection.error.unknown-method',
  'An unknown method or class ends the stream without connection.close.',
  { notebook: '02' },
  async (t) => {
    for (const id of [
      [0, 60, 0, 99],
      [0, 200, 0, 10],
    ]) {
      const wire = await t.wire();
      await wire.openChannel();
      wire.sendFrame(frame(FRAME_METHOD, 1, Buffer.from(id)));
      await wire.closed();
    }
  },
);

claim(
  'connection.error.server-method',
  'A method that only servers send closes the connection with 503.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    wire.send('queue.declare-ok', 1, { queue: 'q' });
    await wire.expectConnectionClose(503, 'COMMAND_INVALID - unimplemented method', 'queue.declare-ok');
  },
);

claim(
  'connection.error.channel-zero',
  'A method of another class than connection on channel 0 closes the connection with 504.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire();
    wire.send('queue.declare', 0, { queue: t.name('q') });
    await wire.expectConnectionClose(504, 'CHANNEL_ERROR - unexpected method in connection state running', 'queue.declare');
  },
);
