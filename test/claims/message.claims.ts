/** What a message carries: properties, headers, routing key, body; and what the broker reads in its expiration. */
import { strict as assert } from 'node:assert';
import { encodeTable, field, type Field, type FieldTable } from '../../lib/amqp/field-table';
import type { Properties } from '../../lib/amqp/properties';
import { claim } from './harness/claim';
import type { ClaimContext } from './harness/context';
import type { Received } from './harness/wire-client';
import { setting } from './setting';

/** Publishes to the queue and gets the message back. */
async function roundTrip(
  t: ClaimContext,
  properties: Properties,
  body: string | Buffer = 'm',
): Promise<Received<'basic.get-ok'>> {
  const { wire, queue } = await setting(t);
  wire.publish(1, { routingKey: queue, properties, body });
  return wire.call('basic.get', 1, { queue, noAck: true }, 'basic.get-ok');
}

/** One value of every type that RabbitMQ reads, at the ends of its range where it has one. */
const EVERY_TYPE: readonly Field[] = [
  field.text('text'),
  field.text(''),
  field.bool(true),
  { kind: 'byte', value: -128 },
  { kind: 'unsignedbyte', value: 255 },
  { kind: 'short', value: -32768 },
  { kind: 'unsignedshort', value: 65535 },
  { kind: 'signedint', value: -2147483648 },
  { kind: 'unsignedint', value: 4294967295 },
  { kind: 'long', value: -9223372036854775808n },
  { kind: 'float', value: 0.5 },
  { kind: 'double', value: Math.PI },
  { kind: 'decimal', value: { scale: 2, unscaled: 314 } },
  { kind: 'timestamp', value: 1700000000 },
  { kind: 'binary', value: Buffer.from([0, 0xce, 0xff]) },
  { kind: 'void', value: null },
];

function everyType(): FieldTable {
  const flat: FieldTable = new Map(EVERY_TYPE.map((value, i) => [`z${EVERY_TYPE.length - i}`, value]));
  return new Map([...flat, ['array', field.array(EVERY_TYPE)], ['table', field.table(new Map([['inner', field.table(flat)]]))]]);
}

claim('message.properties.all', 'All fourteen properties arrive as they were sent.', { notebook: '05' }, async (t) => {
  const properties: Required<Properties> = {
    contentType: 'text/plain',
    contentEncoding: 'utf-8',
    headers: new Map([['k', field.text('v')]]),
    deliveryMode: 2,
    priority: 7,
    correlationId: 'c-1',
    replyTo: 'answers',
    expiration: '60000',
    messageId: 'm-1',
    timestamp: 1700000000,
    type: 'order.created',
    userId: 'guest',
    appId: 'shop',
    clusterId: 'old',
  };
  assert.deepEqual((await roundTrip(t, properties)).properties, properties);
});

claim(
  'message.properties.none',
  'The broker adds no property: neither an id nor a timestamp nor a delivery mode.',
  { notebook: '05' },
  async (t) => {
    assert.deepEqual((await roundTrip(t, {})).properties, {});
  },
);

claim(
  'message.properties.empty',
  'A property with an empty value is not the same as none, and arrives as it was sent.',
  { notebook: '05' },
  async (t) => {
    const properties: Properties = { contentType: '', headers: new Map(), correlationId: '', messageId: '', timestamp: 0 };
    assert.deepEqual((await roundTrip(t, properties)).properties, properties);
  },
);

claim(
  'message.headers.types',
  'Headers arrive byte for byte: every field type, nested, in the order in which they were sent.',
  { notebook: '05' },
  async (t) => {
    const { properties } = await roundTrip(t, { headers: everyType() });
    assert.equal(encodeTable(properties.headers ?? assert.fail()).toString('hex'), encodeTable(everyType()).toString('hex'));
  },
);

claim(
  'message.headers.not-utf8',
  'Texts need not be UTF-8: headers and properties are octets to the broker.',
  { notebook: '05' },
  async (t) => {
    const odd = 'caf\udce9';
    const { properties } = await roundTrip(t, { messageId: odd, headers: new Map([[odd, field.text(odd)]]) });
    assert.deepEqual(properties, { messageId: odd, headers: new Map([[odd, field.text(odd)]]) });
  },
);

claim(
  'message.delivery-mode.unknown',
  'A delivery mode other than 1 and 2 closes the channel with 406.',
  { notebook: '05' },
  async (t) => {
    const { wire, queue } = await setting(t);
    wire.publish(1, { routingKey: queue, properties: { deliveryMode: 3 }, body: 'm' });
    await wire.expectChannelClose(1, 406, 'PRECONDITION_FAILED - invalid message: {delivery_mode_unknown,3}', 'basic.publish');
    await wire.openChannel();
    wire.publish(1, { routingKey: queue, properties: { deliveryMode: 0, messageId: 'm' }, body: 'm' });
    await wire.expectChannelClose(1, 406, 'PRECONDITION_FAILED - invalid message: {delivery_mode_unknown,0}', 'basic.publish');
  },
);

claim(
  'message.delivery-mode.none',
  'A message without delivery mode is transient, and arrives without one.',
  { notebook: '05' },
  async (t) => {
    assert.equal((await roundTrip(t, { messageId: 'm' })).properties.deliveryMode, undefined);
  },
);

claim(
  'message.body.bytes',
  'A body is octets: every value from 0 to 255 arrives, frame ends among them.',
  { notebook: '05' },
  async (t) => {
    const body = Buffer.from(Array.from({ length: 1024 }, (_, i) => (i * 7) & 255));
    assert.equal((await roundTrip(t, {}, body)).body.toString('hex'), body.toString('hex'));
  },
);

claim(
  'message.body.frames',
  'A body of many frames arrives whole, also where publisher and consumer use frames of different sizes.',
  { notebook: '02' },
  async (t) => {
    const body = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 31) & 255));
    for (const [from, to] of [
      [4096, 131072],
      [131072, 4096],
      [131072, 131072],
      [10_000, 4096],
    ] as const) {
      const publisher = await t.wire({ tune: { frameMax: from } });
      const consumer = await t.wire({ tune: { frameMax: to } });
      const queue = `${t.name('q')}.${from}.${to}`;
      for (const wire of [publisher, consumer]) await wire.openChannel();
      await consumer.call('queue.declare', 1, { queue, autoDelete: true }, 'queue.declare-ok');
      await consumer.call('basic.consume', 1, { queue, noAck: true }, 'basic.consume-ok');
      publisher.publish(1, { routingKey: queue, properties: { messageId: 'large' }, body });
      const received = await consumer.expect('basic.deliver', 1);
      assert.equal(received.properties.messageId, 'large');
      assert.ok(received.body.equals(body), `cut wrongly from frames of ${from} to frames of ${to}`);
      const sizes = consumer.transcript.flatMap((line) => /^S 1 body (\d+)/.exec(line)?.[1] ?? []).map(Number);
      assert.ok(Math.max(...sizes) <= to - 8, 'a frame is larger than the consumer asked for');
    }
  },
);

claim(
  'message.body.refilled',
  'The server fills frames to the size negotiated with the consumer, however the publisher had cut the body.',
  { notebook: '02' },
  async (t) => {
    const wire = await t.wire({ tune: { frameMax: 4096 } });
    const other = await t.wire();
    for (const one of [wire, other]) await one.openChannel();
    const queue = t.name('q');
    await wire.call('queue.declare', 1, { queue, autoDelete: true }, 'queue.declare-ok');
    await other.call('basic.consume', 1, { queue, noAck: true }, 'basic.consume-ok');
    wire.publish(1, { routingKey: queue, body: Buffer.alloc(10_000) });
    await other.expect('basic.deliver', 1);
    const sizes = other.transcript.flatMap((line) => /^S 1 body (\d+)/.exec(line)?.[1] ?? []);
    assert.deepEqual(sizes, ['10000']);
  },
);

claim(
  'message.key.octets',
  'The routing key of a publish has up to 255 octets of any value and arrives as it was sent.',
  { notebook: '02' },
  async (t) => {
    const { wire, queue } = await setting(t);
    await wire.call('exchange.declare', 1, { exchange: t.name('x'), type: 'fanout' }, 'exchange.declare-ok');
    await wire.call('queue.bind', 1, { queue, exchange: t.name('x') }, 'queue.bind-ok');
    for (const routingKey of ['', 'k'.repeat(255), 'schlüssel.キー', '\u0000', 'not UTF-8: \udcff\udc80']) {
      wire.publish(1, { exchange: t.name('x'), routingKey, body: 'm' });
      const { args } = await wire.call('basic.get', 1, { queue, noAck: true }, 'basic.get-ok');
      assert.deepEqual([args.exchange, args.routingKey], [t.name('x'), routingKey]);
    }
  },
);

claim(
  'message.key.not-utf8',
  'In every other method a short text must be UTF-8, the key of a binding say; else the connection closes with 501.',
  { notebook: '02' },
  async (t) => {
    const { wire, queue } = await setting(t);
    wire.send('queue.bind', 1, { queue, exchange: 'amq.direct', routingKey: '\udcff' });
    await wire.expectConnectionClose(501, 'FRAME_ERROR - Malformed UTF-8 in shortstr');
  },
);

claim(
  'message.order',
  'Messages of one channel to one queue are delivered in the order of publishing, persistent or not.',
  { notebook: '03' },
  async (t) => {
    const ch = await t.channel();
    await ch.assertQueue(t.name('q'), { durable: true });
    const consumer = await t.collect(ch, t.name('q'), { noAck: true });
    const sent = Array.from({ length: 300 }, (_, i) => `m${i}`);
    for (const [i, body] of sent.entries()) ch.sendToQueue(t.name('q'), Buffer.from(body), { persistent: i % 3 === 0 });
    assert.deepEqual(await consumer.bodies(sent.length), sent);
  },
);

claim(
  'message.copies',
  'Each queue has its own copy: what is acknowledged in one queue still waits in the other.',
  { notebook: '05' },
  async (t) => {
    const ch = await t.confirmChannel();
    for (const q of ['q1', 'q2']) {
      await ch.assertQueue(t.name(q));
      await ch.bindQueue(t.name(q), 'amq.direct', t.name('k'));
    }
    await t.publish(ch, 'amq.direct', t.name('k'), 'm');
    ch.ack((await ch.get(t.name('q1'))) || assert.fail());
    assert.deepEqual(await t.drain(ch, t.name('q2')), ['m']);
    assert.deepEqual(await t.drain(ch, t.name('q1')), []);
  },
);

claim(
  'message.immediate',
  'Publishing with immediate closes the connection with 540: the flag was given up in RabbitMQ 3.',
  { notebook: '06' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    wire.publish(1, { routingKey: t.name('q'), immediate: true, body: 'm' });
    await wire.expectConnectionClose(540, 'NOT_IMPLEMENTED - immediate=true', 'basic.publish');
  },
);

claim(
  'message.lost.unroutable',
  'A message that matches no queue is gone, without a word, unless it is mandatory.',
  { notebook: '06' },
  async (t) => {
    const { wire, queue } = await setting(t);
    wire.publish(1, { exchange: 'amq.direct', routingKey: t.name('later'), body: 'm' });
    await wire.call('queue.bind', 1, { queue, exchange: 'amq.direct', routingKey: t.name('later') }, 'queue.bind-ok');
    await wire.call('basic.get', 1, { queue }, 'basic.get-empty');
  },
);

// --- expiration, as a property ---

for (const [id, sentence, refused] of [
  [
    'no-number',
    'An expiration that is no number closes the channel with 406.',
    [
      ['abc', 'no_integer'],
      ['', 'no_integer'],
      [' 5', 'no_integer'],
    ],
  ],
  [
    'leftover',
    'An expiration with something behind its number closes the channel with 406.',
    [
      ['1.5', '{leftover_string,".5"}'],
      ['10s', '{leftover_string,"s"}'],
      ['7 ', '{leftover_string," "}'],
    ],
  ],
  [
    'range',
    'An expiration below 0 or above ten years closes the channel with 406.',
    [
      ['-1', '{value_negative,-1}'],
      ['315360000001', '{value_too_large,315360000001}'],
    ],
  ],
] as const) {
  claim(`message.expiration.${id}`, sentence, { notebook: '07' }, async (t) => {
    const wire = await t.wire();
    for (const [expiration, reason] of refused) {
      await wire.openChannel();
      wire.publish(1, { routingKey: t.name('q'), properties: { expiration }, body: 'm' });
      await wire.expectChannelClose(
        1,
        406,
        `PRECONDITION_FAILED - invalid expiration '${expiration}': ${reason}`,
        'basic.publish',
      );
    }
  });
}

claim(
  'message.expiration.accepted',
  'An expiration may be 0, may have a sign, and stays on the message.',
  { notebook: '07' },
  async (t) => {
    const { wire, queue } = await setting(t);
    await wire.call('basic.consume', 1, { queue, noAck: true }, 'basic.consume-ok');
    for (const expiration of ['0', '+60000', '00060000', '315360000000']) {
      wire.publish(1, { routingKey: queue, properties: { expiration }, body: 'm' });
      assert.equal((await wire.expect('basic.deliver', 1)).properties.expiration, expiration);
    }
  },
);
