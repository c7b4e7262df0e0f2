/** Commands, messages and numbers as octets, and back. */
import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { Destination } from '../../../../lib/broker/destination';
import { decodeCommand, encodeCommand, withTime } from '../../../../lib/cluster/quorum/machine/command-codec';
import { PLAIN_CONFIG, type QuorumConfig } from '../../../../lib/cluster/quorum/machine/config';
import type { Command } from '../../../../lib/cluster/quorum/machine/commands';
import { MessageBatch, octetsAt } from '../../../../lib/cluster/quorum/machine/message-batch';
import { MessageReader, readMessage, writeMessage } from '../../../../lib/cluster/remote/message-octets';
import { OctetReader, OctetWriter } from '../../../../lib/cluster/quorum/machine/octets';
import { messageOf } from '../../broker/messages';

const number = fc.maxSafeNat();
const deliveries = fc.array(fc.nat());
const octets = fc.uint8Array().map((bytes) => Buffer.from(bytes));
const limit = fc.option(fc.nat());
const messages = fc
  .array(fc.record({ ttl: limit, bodySize: number, octets }), { minLength: 1, maxLength: 5 })
  .map((list) => MessageBatch.of(...list));
const consumer = number;
const session = number;
const node = fc.string();
const config: fc.Arbitrary<QuorumConfig> = plainRecord({
  deliveryLimit: limit,
  maxLength: limit,
  maxBytes: limit,
  overflow: fc.constantFrom('drop-head', 'reject-publish'),
  messageTtl: limit,
  expires: limit,
  singleActive: fc.boolean(),
  deadLettering: fc.constantFrom('none', 'at-most-once', 'at-least-once'),
});

/** Objects as the decoder makes them. */
function plainRecord<T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(fields, { noNullPrototype: true });
}

function of<T extends string, F>(type: T, fields: fc.Arbitrary<F>): fc.Arbitrary<{ type: T } & F> {
  return fields.map((values) => ({ type, ...values }));
}

const command: fc.Arbitrary<Command> = fc.oneof(
  of('open', plainRecord({ key: fc.string({ unit: 'binary' }), node })),
  of('close', plainRecord({ session })),
  of('enqueue', plainRecord({ session, sequence: number, messages })),
  of('subscribe', plainRecord({ session, tag: fc.string(), credit: number, priority: fc.integer() })),
  of('cancel', plainRecord({ consumer })),
  of('leave', plainRecord({ consumers: fc.array(fc.nat()) })),
  of('get', plainRecord({ session, tag: fc.string(), noAck: fc.boolean() })),
  of('settle', plainRecord({ consumer, deliveries })),
  of('return', plainRecord({ consumer, deliveries })),
  of('requeue', plainRecord({ consumer, delivery: number, message: messages })),
  of('discard', plainRecord({ consumer, deliveries })),
  of('purge', fc.constant({})),
  of('configure', plainRecord({ config })),
  of('expire', fc.constant({})),
  of('nodeDown', plainRecord({ node })),
  of('nodeUp', plainRecord({ node })),
  of('forgetNodes', plainRecord({ nodes: fc.array(node) })),
  of('collectDead', plainRecord({ credit: number })),
  of('settleDead', plainRecord({ deliveries })),
);

/** With its messages one by one, wherever their octets lie. */
function listed(one: Command): unknown {
  if (one.type === 'enqueue') return { ...one, messages: listOf(one.messages) };
  if (one.type === 'requeue') return { ...one, message: listOf(one.message) };
  return one;
}

function listOf(batch: MessageBatch): unknown[] {
  const cursor = batch.cursor();
  return Array.from({ length: batch.count }, () => {
    cursor.next();
    return { ttl: cursor.ttl, bodySize: cursor.bodySize, octets: octetsAt(batch.bytes, cursor.at).toString('hex') };
  });
}

describe('a command of a quorum queue', () => {
  it('is the same when it is read from its octets', () => {
    fc.assert(
      fc.property(command, fc.nat(), (one, time) => {
        const read = decodeCommand(encodeCommand(one, time));
        assert.equal(read.time, time);
        assert.deepEqual(listed(read.command), listed(one));
        assert.deepEqual(listed(decodeCommand(withTime(encodeCommand(one, 1), time)).command), listed(one));
      }),
      { numRuns: 2000 },
    );
  });

  it('is small: a settled delivery takes as many octets as its numbers', () => {
    const bytes = encodeCommand({ type: 'settle', consumer: 5, deliveries: [1000, 1001, 1002] }, 1_790_000_000_000);
    assert.equal(bytes.length, 1 + 6 + 1 + 1 + 2 + 1 + 1);
  });

  it('keeps its number in the log, whatever others there come to be', () => {
    const first = 'enqueue settle return discard requeue open close subscribe cancel get purge configure expire';
    const kinds = `${first} nodeDown nodeUp forgetNodes collectDead settleDead leave`.split(' ');
    // Numbers of one octet, and texts and lists of none: enough of them for any kind.
    const fields = Array<number>(20).fill(0);
    const read = kinds.map((_, kind) => decodeCommand(Buffer.from([kind, 1, ...fields])).command.type);
    assert.deepEqual(read, kinds);
  });

  it('is refused if its octets are none', () => {
    assert.throws(() => decodeCommand(Buffer.from([200, 1])), RangeError);
    const whole = encodeCommand({ type: 'configure', config: PLAIN_CONFIG }, 1);
    for (let size = 0; size < whole.length; size++) assert.throws(() => decodeCommand(whole.subarray(0, size)), RangeError);
  });
});

describe('numbers as octets', () => {
  it('reach to 2^53 - 1, and no further', () => {
    for (const value of [0, 127, 128, 2 ** 31, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER]) {
      const out = new OctetWriter();
      out.number(value);
      assert.equal(new OctetReader(out.take()).number(), value);
    }
    for (const value of [-1, 0.5, 2 ** 53, Number.NaN]) assert.throws(() => new OctetWriter().number(value), RangeError);
    assert.throws(() => new OctetReader(Buffer.alloc(20, 0xff)).number(), RangeError);
  });
});

describe('messages that are read one after the other', () => {
  it('each have their own destination', () => {
    const reader = new MessageReader();
    const keys = ['k', 'k', 'key', 'k', '', 'kez', 'key'];
    for (const key of keys) {
      const read = reader.read(writeMessage(messageOf({}, 3, Destination.of('x', key))));
      assert.equal(read.destination.routingKey, key);
      assert.equal(read.bodySize, 3);
    }
  });
});

describe('a message in a command', () => {
  it('keeps destination, properties, body and what the broker acts on', () => {
    const properties = { deliveryMode: 2, expiration: '50', messageId: 'm1' };
    for (const sent of [
      messageOf(),
      messageOf({ deliveryMode: 2 }, 20),
      messageOf(properties, 9, Destination.of('größe', 'a.b')),
    ]) {
      const read = readMessage(writeMessage(sent));
      assert.deepEqual(
        [read.destination.exchange, read.destination.routingKey, read.id, read.bodySize],
        [sent.destination.exchange, sent.destination.routingKey, sent.id, sent.bodySize],
      );
      assert.deepEqual(read.properties(), sent.properties());
      assert.deepEqual(read.traits, sent.traits);
      assert.ok(read.body().equals(sent.body()));
    }
  });
});
