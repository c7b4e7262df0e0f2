import { strict as assert } from 'node:assert';
import { FRAME_BODY, FRAME_HEADER, FRAME_HEARTBEAT, PROTOCOL_HEADER } from '../../../lib/amqp/constants';
import { encodeTable, field, type FieldTable, tableOf } from '../../../lib/amqp/field-table';
import { encodeMethod, frame } from '../../../lib/amqp/method-codec';
import { encodeHeaderPayload } from '../../../lib/amqp/properties';
import { WireCapture } from '../../../lib/lab/wire-capture';

function startOk(mechanism: string, response: Buffer): Buffer {
  return encodeMethod(0, 'connection.start-ok', {
    clientProperties: tableOf({ product: 'p' }),
    mechanism,
    response,
    locale: 'en_US',
  });
}

describe('WireCapture', () => {
  let now: number;
  let capture: WireCapture;

  beforeEach(() => {
    now = 5;
    capture = new WireCapture(() => now);
  });

  it('keeps each frame with its name, fields, bytes and moment', () => {
    const tap = capture.newConnection();
    const declare = encodeMethod(1, 'queue.declare', {
      ticket: 0,
      queue: 'orders',
      passive: false,
      durable: true,
      exclusive: false,
      autoDelete: false,
      nowait: false,
      arguments: tableOf({ 'x-max-length': 10 }),
    });
    tap.onBytes('client', Buffer.concat([Buffer.from(PROTOCOL_HEADER), declare]));
    now = 7;
    tap.onBytes('node', encodeMethod(1, 'queue.declare-ok', { queue: 'orders', messageCount: 0, consumerCount: 0 }));
    const shown = capture.frames.map(({ number, at, from, kind, channel, name }) => [number, at, from, kind, channel, name]);
    assert.deepEqual(shown, [
      [1, 5, 'client', 'protocol header', 0, 'protocol header'],
      [2, 5, 'client', 'method', 1, 'queue.declare'],
      [3, 7, 'server', 'method', 1, 'queue.declare-ok'],
    ]);
    assert.deepEqual(capture.frames[0]?.fields, { protocol: 'AMQP', id: 0, version: '0.9.1' });
    const { fields, bytes } = capture.frames[1] as (typeof capture.frames)[number];
    assert.deepEqual([fields.queue, fields.durable, fields.arguments], ['orders', true, { 'x-max-length': 10 }]);
    assert.deepEqual(bytes, declare);
  });

  it('shows contents: properties, text bodies, other bodies as octets', () => {
    const tap = capture.newConnection();
    tap.onBytes('client', Buffer.from(PROTOCOL_HEADER));
    tap.onBytes(
      'client',
      frame(FRAME_HEADER, 1, encodeHeaderPayload(2, { contentType: 'text/plain', headers: tableOf({ k: 'v' }) })),
    );
    tap.onBytes('client', frame(FRAME_BODY, 1, Buffer.from('hé\0')));
    tap.onBytes('client', frame(FRAME_BODY, 1, Buffer.from([0xff, 0x00])));
    tap.onBytes('client', frame(FRAME_HEARTBEAT, 0, Buffer.alloc(0)));
    assert.deepEqual(
      capture.frames.slice(1).map(({ fields }) => fields),
      [{ class: 60, bodySize: 2, contentType: 'text/plain', headers: { k: 'v' } }, { body: 'hé\\0' }, { body: 'ff 00' }, {}],
    );
  });

  const amqplain = encodeTable(
    new Map([
      ['LOGIN', field.text('e')],
      ['PASSWORD', field.text('en_US')],
    ]) as FieldTable,
  ).subarray(4);
  for (const [mechanism, response, secret, shown] of [
    ['PLAIN', Buffer.from('\0guest\0guest'), 'guest', '\\0guest\\0********'],
    // A password that stands elsewhere in the frame too: the right place must be masked.
    ['PLAIN', Buffer.from('\0alice\0e'), 'e', '\\0alice\\0********'],
    ['PLAIN', Buffer.from('\0alice\0'), '', '\\0alice\\0********'],
    ['AMQPLAIN', amqplain, 'en_US', null],
    ['OTHER', Buffer.from('token'), 'token', '********'],
  ] as const) {
    it(`masks the password of ${mechanism} (${JSON.stringify(secret)})`, () => {
      const tap = capture.newConnection();
      const sent = startOk(mechanism, response);
      tap.onBytes('client', Buffer.concat([Buffer.from(PROTOCOL_HEADER), sent]));
      const { fields, bytes } = capture.frames[1] as (typeof capture.frames)[number];
      if (shown !== null) assert.equal(fields.response, shown);
      assert.ok(String(fields.response).endsWith('********'));
      const end = sent.length - 1 - 6;
      assert.equal(sent.toString('latin1', end - secret.length, end), secret);
      assert.equal(bytes.toString('latin1', end - secret.length, end), '*'.repeat(secret.length));
      bytes.copy(sent, end - secret.length, end - secret.length, end);
      assert.deepEqual(bytes, sent, 'nothing else may change');
    });
  }

  it('masks a new secret', () => {
    const tap = capture.newConnection();
    tap.onBytes('client', Buffer.from(PROTOCOL_HEADER));
    tap.onBytes('client', encodeMethod(0, 'connection.update-secret', { newSecret: Buffer.from('s3cret'), reason: 'expired' }));
    const { fields, bytes } = capture.frames[1] as (typeof capture.frames)[number];
    assert.deepEqual(fields, { newSecret: '********', reason: 'expired' });
    assert.ok(!bytes.includes('s3cret') && bytes.includes('expired'));
  });

  it('does not keep what it was lent', () => {
    const tap = capture.newConnection();
    const chunk = Buffer.concat([Buffer.from(PROTOCOL_HEADER), encodeMethod(3, 'basic.recover-ok', {})]);
    tap.onBytes('client', chunk.subarray(0, 12));
    const rest = Buffer.from(chunk.subarray(12));
    tap.onBytes('client', rest);
    chunk.fill(0);
    rest.fill(0);
    assert.deepEqual(
      capture.frames.map(({ name, channel }) => [name, channel]),
      [
        ['protocol header', 0],
        ['basic.recover-ok', 3],
      ],
    );
    assert.equal(capture.frames[0]?.bytes.toString('latin1', 0, 4), 'AMQP');
  });

  it('tells connections apart and ends on bytes that are no frames', () => {
    const first = capture.newConnection();
    const second = capture.newConnection();
    second.onBytes('client', Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    second.onBytes('client', Buffer.from('more'));
    first.onBytes('client', Buffer.from(PROTOCOL_HEADER));
    assert.deepEqual(
      capture.frames.map(({ connection, kind }) => [connection, kind]),
      [
        [2, 'protocol header'],
        [2, 'unreadable'],
        [1, 'protocol header'],
      ],
    );
  });

  it('shows tables and lists with spaces, so that a narrow column need not break words', () => {
    const tap = capture.newConnection();
    tap.onBytes('client', Buffer.from(PROTOCOL_HEADER));
    const args = tableOf({ 'x-max-length': 10, note: 'a,b:\n c' });
    const flags = { ticket: 0, queue: 'q', passive: false, durable: true, exclusive: false, autoDelete: false, nowait: false };
    tap.onBytes('client', encodeMethod(1, 'queue.declare', { ...flags, arguments: args }));
    const { html } = capture.table();
    const shown = '{ "x-max-length": 10, "note": "a,b:\\n c" }'.replaceAll('"', '&quot;');
    assert.ok(html.includes(`arguments=${shown}`), html);
  });
});
