/** Handshakes that fail, and errors that end the connection. */
import { FRAME_BODY, FRAME_HEADER, FRAME_METHOD } from '../../../lib/amqp/constants';
import { encodeMethodPayload, frame } from '../../../lib/amqp/method-codec';
import { scenario } from '../scenario';

/** Longer than the three seconds for which RabbitMQ holds a client that it refuses. */
const REFUSAL_MS = 3500;

scenario('handshake', 'A complete handshake, a channel, and an orderly end.', async (stage) => {
  const client = await stage.handshake({});
  await client.open();
  await client.ask('channel.close', 1, { replyCode: 200, replyText: 'bye' });
  await client.ask('connection.close', 0, { replyCode: 200, replyText: 'bye' });
});

scenario('handshake-amqplain', 'Mechanism AMQPLAIN.', async (stage) => {
  await stage.handshake({ mechanism: 'AMQPLAIN' });
});

scenario('handshake-amqp-0-10', 'The protocol header of AMQP 0-10.', async (stage) => {
  const client = await stage.handshake({ header: Buffer.from('AMQP\x01\x01\x00\x0a', 'latin1') });
  await client.ended();
});

scenario('handshake-amqp-1-0', 'The protocol header of AMQP 1.0, which this server does not speak.', async (stage) => {
  const client = await stage.handshake({ header: Buffer.from('AMQP\x00\x01\x00\x00', 'latin1') });
  await client.ended();
});

scenario('handshake-http', 'A web browser that lost its way.', async (stage) => {
  const client = await stage.handshake({ header: Buffer.from('GET / HTTP/1.1\r\n\r\n') });
  await client.ended();
});

scenario(
  'handshake-wrong-password',
  'A wrong password, for a client that announced authentication_failure_close.',
  async (stage) => {
    const client = await stage.handshake({ password: 'wrong', upTo: 'start-ok' });
    await client.reply();
  },
);

scenario('handshake-unknown-user', 'An unknown user gets the same answer as a wrong password.', async (stage) => {
  const client = await stage.handshake({ user: 'nobody', upTo: 'start-ok' });
  await client.reply();
});

scenario('handshake-wrong-password-amqplain', 'A wrong password by AMQPLAIN.', async (stage) => {
  const client = await stage.handshake({ password: 'wrong', mechanism: 'AMQPLAIN', upTo: 'start-ok' });
  await client.reply();
});

scenario(
  'handshake-wrong-password-silent',
  'A wrong password without authentication_failure_close: nothing, then the end.',
  async (stage) => {
    const client = await stage.handshake({ password: 'wrong', capabilities: {}, upTo: 'start-ok' });
    await stage.advance(REFUSAL_MS);
    await client.ended();
  },
);

scenario('handshake-unknown-mechanism', 'A mechanism that the server did not offer.', async (stage) => {
  const client = await stage.handshake({ mechanism: 'SCRAM-SHA-256', upTo: 'start-ok' });
  await stage.advance(REFUSAL_MS);
  await client.ended();
});

scenario('handshake-malformed-plain', 'A PLAIN response without its zero octets.', async (stage) => {
  const client = await stage.handshake({ response: Buffer.from('guest guest'), upTo: 'start-ok' });
  await stage.advance(REFUSAL_MS);
  await client.ended();
});

scenario('handshake-malformed-amqplain', 'An AMQPLAIN response without a password.', async (stage) => {
  const client = await stage.handshake({
    mechanism: 'AMQPLAIN',
    response: Buffer.from('\x05LOGINS\0\0\0\x05guest', 'latin1'),
    upTo: 'start-ok',
  });
  await stage.advance(REFUSAL_MS);
  await client.ended();
});

scenario('handshake-unknown-vhost', 'A vhost that does not exist.', async (stage) => {
  const client = await stage.handshake({ vhost: '/nope', upTo: 'open' });
  await client.reply();
});

scenario('handshake-vhost-refused', 'A vhost in which the user has no permission.', async (stage) => {
  const client = await stage.handshake({ user: 'none', password: 'none', upTo: 'open' });
  await client.reply();
});

for (const [name, title, tune] of [
  ['channel-max-0', 'channel-max 0 asks for more than the server offers.', { channelMax: 0 }],
  ['channel-max-above', 'channel-max above what the server offers.', { channelMax: 5000 }],
  ['frame-max-0', 'frame-max 0 asks for more than the server offers.', { frameMax: 0 }],
  ['frame-max-above', 'frame-max above what the server offers.', { frameMax: 200_000 }],
  ['frame-max-below', 'frame-max below the 4096 octets that AMQP asks for.', { frameMax: 1000 }],
] as const) {
  scenario(`tune-${name}`, title, async (stage) => {
    const client = await stage.handshake({ tune, upTo: 'tune-ok' });
    await stage.advance(REFUSAL_MS);
    await client.ended();
  });
}

scenario('handshake-open-before-tune-ok', 'connection.open where tune-ok belongs.', async (stage) => {
  const client = await stage.handshake({ upTo: 'start-ok' });
  await client.reply();
  client.wire.send('connection.open', 0, { virtualHost: '/' });
  await stage.advance(REFUSAL_MS);
  await client.ended();
});

scenario('handshake-channel-before-open', 'channel.open before connection.open.', async (stage) => {
  const client = await stage.handshake({ upTo: 'tune-ok' });
  await client.ask('channel.open', 1);
});

scenario('handshake-close', 'A client that changes its mind between tune and open.', async (stage) => {
  const client = await stage.handshake({ upTo: 'tune-ok' });
  await client.ask('connection.close', 0, { replyCode: 200, replyText: 'no' });
});

scenario('second-connection-open', 'A second connection.open.', async (stage) => {
  const client = await stage.client();
  await client.ask('connection.open', 0, { virtualHost: '/' });
});

scenario('second-start-ok', 'start-ok on a connection that is open.', async (stage) => {
  const client = await stage.client();
  await client.ask('connection.start-ok', 0, { mechanism: 'PLAIN', response: Buffer.from('\0guest\0guest'), locale: 'en_US' });
});

scenario('server-method-from-client', 'A method that only a server may send.', async (stage) => {
  const client = await stage.client();
  await client.open();
  await client.ask('channel.open-ok', 1);
});

scenario('server-method-on-channel-0', 'connection.tune from a client.', async (stage) => {
  const client = await stage.client();
  await client.ask('connection.tune', 0, { channelMax: 1, frameMax: 4096 });
});

scenario('channel-method-on-channel-0', 'queue.declare on channel 0.', async (stage) => {
  const client = await stage.client();
  await client.ask('queue.declare', 0, { queue: 'zero' });
});

scenario('connection-method-on-channel-1', 'connection.close on an open channel.', async (stage) => {
  const client = await stage.client();
  await client.open();
  await client.ask('connection.close', 1, { replyCode: 200, replyText: 'bye' });
});

scenario('update-secret', 'connection.update-secret with mechanism PLAIN.', async (stage) => {
  const client = await stage.client();
  await client.ask('connection.update-secret', 0, { newSecret: Buffer.from('guest'), reason: 'rotation' });
});

scenario('update-secret-wrong', 'connection.update-secret with a secret that is not the password.', async (stage) => {
  const client = await stage.client();
  await client.ask('connection.update-secret', 0, { newSecret: Buffer.from('wrong'), reason: 'rotation' });
});

scenario('close-then-more', 'After connection.close the server ignores everything but close-ok.', async (stage) => {
  const client = await stage.client();
  await client.open();
  client.wire.send('basic.qos', 1, { prefetchSize: 7 });
  client.wire.send('queue.declare', 1, { queue: 'too-late' });
  await client.reply();
});

scenario('frame-too-large', 'A body frame larger than the negotiated frame-max.', async (stage) => {
  const client = await stage.client({ tune: { frameMax: 4096 } });
  await client.open();
  client.wire.send('basic.publish', 1, { routingKey: 'nowhere' });
  const header = Buffer.alloc(14);
  header.writeUInt16BE(60, 0);
  header.writeUInt32BE(5000, 8);
  client.wire.sendFrame(frame(FRAME_HEADER, 1, header));
  client.wire.sendBytes(frame(FRAME_BODY, 1, Buffer.alloc(5000)));
  await client.reply();
});

scenario('frame-end-wrong', 'A frame that does not end in 0xCE.', async (stage) => {
  const client = await stage.client();
  const bytes = frame(FRAME_METHOD, 0, Buffer.from([0, 10, 0, 99]));
  bytes[bytes.length - 1] = 0;
  client.wire.sendBytes(bytes);
  await client.reply();
});

scenario('frame-type-unknown', 'A frame of type 5.', async (stage) => {
  const client = await stage.client();
  await client.open();
  client.wire.sendFrame(frame(5, 1, Buffer.from('hello')));
  await client.reply();
});

scenario('frame-type-unknown-channel-0', 'A frame of type 5 on channel 0.', async (stage) => {
  const client = await stage.client();
  client.wire.sendFrame(frame(5, 0, Buffer.from('hello')));
  await client.reply();
});

scenario('heartbeat-on-channel-1', 'A heartbeat on a channel other than 0.', async (stage) => {
  const client = await stage.client();
  await client.open();
  client.wire.sendFrame(frame(8, 1, Buffer.alloc(0)));
  await client.ask('queue.declare', 1, { queue: 'w-beat', exclusive: true });
});

scenario('method-unknown', 'A method that does not exist, of a class that does.', async (stage) => {
  const client = await stage.client();
  await client.open();
  client.wire.sendFrame(frame(FRAME_METHOD, 1, Buffer.from([0, 60, 0, 99])));
  await client.reply();
});

scenario('class-unknown', 'A class that does not exist.', async (stage) => {
  const client = await stage.client();
  await client.open();
  client.wire.sendFrame(frame(FRAME_METHOD, 1, Buffer.from([0, 200, 0, 10])));
  await client.reply();
});

scenario('method-cut-off', 'A queue.declare whose arguments end too early.', async (stage) => {
  const client = await stage.client();
  await client.open();
  client.wire.sendBytes(frame(FRAME_METHOD, 1, Buffer.from([0, 50, 0, 10, 0, 0, 5, 0x61])));
  await client.reply();
});

scenario('table-lies', 'A field table that claims to be longer than its frame.', async (stage) => {
  const client = await stage.client();
  await client.open();
  const args = {
    ticket: 0,
    queue: 'w-lie',
    passive: false,
    durable: false,
    exclusive: false,
    autoDelete: false,
    nowait: false,
    arguments: new Map(),
  };
  const payload = encodeMethodPayload('queue.declare', args);
  payload.writeUInt32BE(999, payload.length - 4);
  client.wire.sendBytes(frame(FRAME_METHOD, 1, payload));
  await client.reply();
});

scenario('empty-method-frame', 'A method frame without a method.', async (stage) => {
  const client = await stage.client();
  await client.open();
  client.wire.sendBytes(frame(FRAME_METHOD, 1, Buffer.alloc(0)));
  await client.reply();
});
