/** How a connection begins: the handshake, who is let in, what is negotiated. */
import { strict as assert } from 'node:assert';
import { FRAME_BODY, FRAME_HEADER } from '../../lib/amqp/constants';
import { plainTable } from '../../lib/amqp/field-table';
import { frame } from '../../lib/amqp/method-codec';
import { encodeHeaderPayload } from '../../lib/amqp/properties';
import { claim } from './harness/claim';

const LOGIN_REFUSED =
  'ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. For details see the broker logfile.';

claim(
  'connection.start.offers',
  'connection.start offers AMQP 0-9, the mechanisms PLAIN and AMQPLAIN, and the locale en_US.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire();
    const { versionMajor, versionMinor, mechanisms, locales } = wire.start ?? assert.fail();
    assert.deepEqual([versionMajor, versionMinor], [0, 9]);
    assert.deepEqual(mechanisms.toString().split(' ').sort(), ['AMQPLAIN', 'PLAIN']);
    assert.equal(locales.toString(), 'en_US');
  },
);

claim(
  'connection.start.product',
  'The server properties tell product, version, platform, cluster name, copyright and license.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire();
    const properties = plainTable((wire.start ?? assert.fail()).serverProperties);
    for (const key of ['product', 'version', 'platform', 'cluster_name', 'copyright', 'information']) {
      assert.equal(typeof properties[key], 'string', key);
      assert.notEqual(properties[key], '', key);
    }
  },
);

claim('connection.start.capabilities', 'The server announces nine capabilities.', { notebook: '02' }, async (t) => {
  const wire = await t.wire();
  const { capabilities } = plainTable((wire.start ?? assert.fail()).serverProperties);
  assert.deepEqual(capabilities, {
    publisher_confirms: true,
    exchange_exchange_bindings: true,
    'basic.nack': true,
    consumer_cancel_notify: true,
    'connection.blocked': true,
    consumer_priorities: true,
    authentication_failure_close: true,
    per_consumer_qos: true,
    direct_reply_to: true,
  });
});

claim(
  'connection.header.wrong',
  'A wrong protocol header is answered with `AMQP 0 0 9 1` and the end of the stream.',
  { notebook: '02' },
  async (t) => {
    for (const header of ['AMQP\x00\x01\x00\x00', 'AMQP\x01\x01\x00\x0a', 'GET / HT']) {
      const wire = await t.wire({ header: Buffer.from(header, 'latin1') });
      assert.deepEqual([...(await wire.expectProtocolHeader())], [...Buffer.from('AMQP\x00\x00\x09\x01', 'latin1')]);
      await wire.closed();
    }
  },
);

claim(
  'connection.header.old',
  'A client of AMQP 0-8 is served.',
  { notebook: '02', differs: 'Warren speaks 0-9-1 only and answers an older client with the header of 0-9-1.' },
  async (t) => {
    const wire = await t.wire({ header: Buffer.from('AMQP\x01\x01\x08\x00', 'latin1') });
    if (t.engine === 'warren') {
      await wire.expectProtocolHeader();
      await wire.closed();
    } else {
      const { args } = await wire.expect('connection.start');
      assert.deepEqual([args.versionMajor, args.versionMinor], [8, 0]);
    }
  },
);

claim('connection.auth.plain', 'PLAIN: the response is two zero-led texts, user and password.', { notebook: '02' }, async (t) => {
  await t.wire({ mechanism: 'PLAIN', response: Buffer.from('\0guest\0guest') });
});

claim(
  'connection.auth.amqplain',
  'AMQPLAIN: the response is a field table with LOGIN and PASSWORD.',
  { notebook: '02' },
  async (t) => {
    await t.wire({ mechanism: 'AMQPLAIN' });
  },
);

claim(
  'connection.auth.wrong-password',
  'A wrong password closes the connection with 403 at once, if the client announced authentication_failure_close.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire({ password: 'wrong', upTo: 'start-ok' });
    await wire.expectConnectionClose(403, LOGIN_REFUSED);
  },
);

claim(
  'connection.auth.unknown-user',
  'An unknown user gets the same answer as a wrong password.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire({ user: t.name('nobody'), upTo: 'start-ok' });
    await wire.expectConnectionClose(403, LOGIN_REFUSED);
  },
);

claim('connection.auth.empty-password', 'An empty password is always refused.', { notebook: '02' }, async (t) => {
  const wire = await t.wire({ password: '', upTo: 'start-ok' });
  await wire.expectConnectionClose(403, LOGIN_REFUSED);
});

claim(
  'connection.auth.silent',
  'Without authentication_failure_close a refused login sees nothing for three seconds, then the end of the stream.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire({ password: 'wrong', capabilities: {}, upTo: 'start-ok' });
    await t.quiet(1500);
    assert.equal(wire.ended, false, 'the server ended the stream before three seconds');
    await t.advance(2500);
    await wire.closed();
  },
);

claim(
  'connection.auth.unknown-mechanism',
  'A mechanism that was not offered ends the stream after three seconds, without a word.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire({ mechanism: 'EXTERNAL', upTo: 'start-ok' });
    await t.quiet(1500);
    assert.equal(wire.ended, false, 'the server ended the stream before three seconds');
    await t.advance(2500);
    await wire.closed();
  },
);

claim(
  'connection.auth.malformed',
  'A PLAIN response that is not zero-led ends the stream after three seconds, without a word.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire({ response: Buffer.from('guest\0guest\0guest'), upTo: 'start-ok' });
    await t.quiet(1500);
    assert.equal(wire.ended, false, 'the server ended the stream before three seconds');
    await t.advance(2500);
    await wire.closed();
  },
);

claim(
  'connection.handshake.timeout',
  'A client that says nothing is disconnected after ten seconds.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire({ upTo: 'connect' });
    await t.quiet(8000);
    assert.equal(wire.ended, false, 'the server ended the stream before ten seconds');
    await t.advance(2500);
    await wire.closed();
  },
);

claim(
  'connection.handshake.timeout-whole',
  'The ten seconds are for the whole handshake: a step in between gives no new ones.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire({ upTo: 'connect' });
    await t.advance(6000);
    wire.sendBytes(Buffer.from('AMQP\x00\x00\x09\x01', 'latin1'));
    await wire.expect('connection.start');
    await t.quiet(2000);
    assert.equal(wire.ended, false, 'the server ended the stream before ten seconds');
    await t.advance(2500);
    await wire.closed();
  },
);

claim(
  'connection.handshake.order',
  'A method on another channel before connection.open closes the connection with 505.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire({ upTo: 'tune-ok' });
    wire.send('channel.open', 1);
    await wire.expectConnectionClose(505, 'UNEXPECTED_FRAME - type 1, all octets = <<0,20,0,10,0>>');
  },
);

claim(
  'connection.open.twice',
  'A second connection.open closes the connection with 504, not 503.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire();
    wire.send('connection.open', 0, { virtualHost: t.vhost });
    await wire.expectConnectionClose(504, 'CHANNEL_ERROR - unexpected method in connection state running', 'connection.open');
  },
);

claim(
  'connection.vhost.missing',
  'A vhost that does not exist closes the connection with 530.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire({ vhost: t.name('nope'), upTo: 'open' });
    await wire.expectConnectionClose(530, `NOT_ALLOWED - vhost ${t.name('nope')} not found`, 'connection.open');
  },
);

claim(
  'connection.vhost.refused',
  'A vhost in which the user has no permission entry closes the connection with 530.',
  { notebook: '02' },
  async (t) => {
    const login = await t.user();
    const wire = await t.wire({ ...login, upTo: 'open' });
    await wire.expectConnectionClose(
      530,
      `NOT_ALLOWED - access to vhost '${t.vhost}' refused for user '${login.user}'`,
      'connection.open',
    );
  },
);

claim(
  'connection.vhost.empty-permissions',
  'A permission entry lets a user into the vhost, even if it allows nothing there.',
  { notebook: '02' },
  async (t) => {
    await t.wire(await t.user({}));
  },
);

claim(
  'connection.tune.offer',
  'connection.tune offers 2047 channels, frames of 131072 octets and a heartbeat of 60 s.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire();
    assert.deepEqual(wire.tune, { channelMax: 2047, frameMax: 131072, heartbeat: 60 });
  },
);

claim(
  'connection.tune.lower',
  'A client may lower what connection.tune offered: channel-max 1, frame-max 4096.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire({ tune: { channelMax: 1, frameMax: 4096 } });
    await wire.openChannel(1);
    wire.send('channel.open', 2);
    await wire.expectConnectionClose(
      530,
      'NOT_ALLOWED - number of channels opened (1) has reached the negotiated channel_max (1)',
    );
  },
);

for (const [id, sentence, tune] of [
  [
    'channel-max',
    'A client that asks for more channels than offered (or 0, no limit) is disconnected after three seconds without a word.',
    [{ channelMax: 2048 }, { channelMax: 0 }],
  ],
  [
    'frame-max',
    'A client that asks for larger frames than offered (or 0, no limit) is disconnected after three seconds without a word.',
    [{ frameMax: 131073 }, { frameMax: 0 }],
  ],
  [
    'frame-max-small',
    'A client that asks for frames below 4096 octets is disconnected after three seconds without a word.',
    [{ frameMax: 4095 }],
  ],
] as const) {
  claim(`connection.tune.${id}`, sentence, { notebook: '02' }, async (t) => {
    const wires = await Promise.all(tune.map((values) => t.wire({ tune: values, upTo: 'tune-ok' })));
    await t.quiet(1500);
    for (const wire of wires) assert.equal(wire.ended, false, 'the server ended the stream before three seconds');
    await t.advance(2500);
    for (const wire of wires) await wire.closed();
  });
}

claim(
  'connection.tune.frame-size',
  'The server cuts bodies into frames of the size negotiated with the receiver, eight octets of it for the frame itself.',
  { notebook: '02' },
  async (t) => {
    const publisher = await t.confirmChannel();
    await publisher.assertQueue(t.name('q'));
    await t.publish(publisher, '', t.name('q'), 'x'.repeat(10_000));
    const wire = await t.wire({ tune: { frameMax: 4096 } });
    await wire.openChannel();
    const got = await wire.call('basic.get', 1, { queue: t.name('q'), noAck: true }, 'basic.get-ok');
    assert.equal(got.body.toString(), 'x'.repeat(10_000));
    const sizes = wire.transcript.flatMap((line) => /^S 1 body (\d+)/.exec(line)?.[1] ?? []);
    assert.deepEqual(sizes, ['4088', '4088', '1824']);
  },
);

claim(
  'connection.tune.payload',
  'The payload of a frame may be as large as frame-max, although AMQP counts the eight octets around it too.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire({ tune: { frameMax: 4096 } });
    await wire.openChannel();
    await wire.call('queue.declare', 1, { queue: t.name('q'), exclusive: true }, 'queue.declare-ok');
    wire.send('basic.publish', 1, { routingKey: t.name('q') });
    wire.sendFrame(frame(FRAME_HEADER, 1, encodeHeaderPayload(4096, {})));
    wire.sendFrame(frame(FRAME_BODY, 1, Buffer.alloc(4096)));
    const got = await wire.call('basic.get', 1, { queue: t.name('q'), noAck: true }, 'basic.get-ok');
    assert.equal(got.body.length, 4096);
  },
);

claim(
  'connection.update-secret',
  'connection.update-secret is answered with update-secret-ok; with PLAIN it changes nothing.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire();
    await wire.call(
      'connection.update-secret',
      0,
      { newSecret: Buffer.from('other'), reason: 'rotation' },
      'connection.update-secret-ok',
    );
    await wire.openChannel();
  },
);
