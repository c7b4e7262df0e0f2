/**
 * Frames that a client might send, good and bad. The generator knows the protocol: names come from small pools so that
 * declarations meet, channels open and close, deliveries are acknowledged; then some frames are damaged.
 */
import { FRAME_BODY, FRAME_HEADER, FRAME_HEARTBEAT } from '../../lib/amqp/constants';
import { field, type Field, type FieldTable } from '../../lib/amqp/field-table';
import { encodeMethod, frame } from '../../lib/amqp/method-codec';
import { METHODS, type ArgsOf, type MethodName, type WireType } from '../../lib/amqp/methods';
import { encodeHeaderPayload, type Properties } from '../../lib/amqp/properties';
import type { SeededRandom } from '../../lib/world/random';

const QUEUES = ['q0', 'q1', 'q2', 'q3', 'q4', '', 'amq.gen-x', 'amq.rabbitmq.reply-to', 'q\r\n', 'ü中'];
const EXCHANGES = ['x0', 'x1', 'x2', 'amq.direct', 'amq.topic', 'amq.fanout', 'amq.headers', '', 'amq.nope', 'nope'];
const KINDS = ['direct', 'topic', 'fanout', 'headers', 'nope', ''];
const KEYS = ['', 'a', 'a.b', 'a.b.c', '#', '*', 'a.#', '#.a.#.b.#', '*.*', 'q0', 'q1', 'q2', '.'.repeat(200)];
const TAGS = ['', 'c0', 'c1', 'c2'];
const ARGUMENTS: readonly string[] = [
  'x-message-ttl',
  'x-expires',
  'x-max-length',
  'x-max-length-bytes',
  'x-overflow',
  'x-dead-letter-exchange',
  'x-dead-letter-routing-key',
  'x-max-priority',
  'x-single-active-consumer',
  'x-queue-type',
  'x-priority',
  'x-match',
  'alternate-exchange',
  'CC',
  'BCC',
  'x-death',
];
const RISKY_BITS = new Set(['immediate', 'passive', 'ifUnused', 'ifEmpty', 'exclusive']);
const TEXTS = [
  'x0',
  'x1',
  'q0',
  'drop-head',
  'reject-publish',
  'reject-publish-dlx',
  'classic',
  'quorum',
  'all',
  'any',
  'any-with-x',
  '',
];

/** How often each method is made; the rest of the table gets 1. */
const WEIGHTS: Partial<Record<MethodName, number>> = {
  'basic.publish': 60,
  'basic.ack': 12,
  'basic.nack': 8,
  'basic.reject': 6,
  'basic.get': 10,
  'basic.consume': 10,
  'basic.cancel': 4,
  'basic.qos': 4,
  'queue.declare': 16,
  'queue.bind': 8,
  'queue.delete': 3,
  'exchange.declare': 8,
  'exchange.bind': 5,
  'channel.open': 14,
  'channel.close': 3,
  'channel.close-ok': 5,
  'confirm.select': 3,
  'tx.select': 4,
  'tx.commit': 8,
  'connection.close': 0.05,
};
const ALL = Object.keys(METHODS) as MethodName[];
/** What a client may send on an open channel: a session of these alone lives long and goes deep. */
const POLITE = ALL.filter(
  (name) => METHODS[name].from.includes('c') && !name.startsWith('connection.') && !/close|open/.test(name),
);

/** How much nonsense a session makes. */
export interface Manner {
  readonly methods: readonly MethodName[];
  readonly damage: number;
  /** Chance of each wild value: unknown names and types, immediate, channels that are not open. */
  readonly wild: number;
}

export const MANNERS: readonly Manner[] = [
  { methods: POLITE, damage: 0, wild: 0.005 },
  { methods: POLITE, damage: 0.002, wild: 0.05 },
  { methods: ALL, damage: 0.02, wild: 0.2 },
  { methods: ALL, damage: 0.15, wild: 1 },
];

function weightOf(name: MethodName): number {
  return WEIGHTS[name] ?? 1;
}

export class FrameGenerator {
  manner: Manner = MANNERS[0] as Manner;

  constructor(private readonly random: SeededRandom) {}

  /** A wild choice, scaled by the session's manner. */
  private wild(p: number): boolean {
    return this.chance(p * this.manner.wild);
  }

  private pick<T>(from: readonly T[]): T {
    return from[this.random.int(from.length)] as T;
  }

  private chance(p: number): boolean {
    return this.random.float() < p;
  }

  /** One input: mostly one whole method with its content, sometimes something damaged. */
  input(): Buffer {
    const bytes = this.wellFormed();
    return this.chance(this.manner.damage) ? this.damaged(bytes) : bytes;
  }

  private wellFormed(): Buffer {
    const channel = this.wild(0.05) ? this.random.int(70000) & 0xffff : 1 + this.random.int(2);
    if (this.chance(0.01)) return frame(FRAME_HEARTBEAT, 0, Buffer.alloc(0));
    const name = this.methodName();
    const on = name.startsWith('connection.') && this.chance(0.9) ? 0 : this.wild(0.02) ? 0 : channel;
    const method = encodeMethod(on, name, this.argsOf(name));
    return name === 'basic.publish' || this.wild(0.02) ? Buffer.concat([method, ...this.content(on)]) : method;
  }

  private methodName(): MethodName {
    const { methods } = this.manner;
    let at = this.random.float() * methods.reduce((sum, name) => sum + weightOf(name), 0);
    for (const name of methods) {
      at -= weightOf(name);
      if (at < 0) return name;
    }
    return 'basic.publish';
  }

  private argsOf<N extends MethodName>(name: N): ArgsOf<N> {
    const args: Record<string, unknown> = {};
    for (const [key, type] of Object.entries(METHODS[name].fields)) args[key] = this.value(key, type);
    return args as ArgsOf<N>;
  }

  private value(key: string, type: WireType): unknown {
    switch (type) {
      case 'bit':
        return RISKY_BITS.has(key) ? this.wild(0.3) : key === 'requeue' || key === 'active' ? !this.wild(0.5) : this.chance(0.2);
      case 'octet':
        return this.random.int(256);
      case 'short':
        return this.chance(0.7) ? this.random.int(6) : this.random.int(0x10000);
      case 'long':
        return this.wild(0.3) ? this.random.uint32() : 0;
      case 'longlong':
        return this.wild(0.3) ? this.random.int(2 ** 53) : this.random.int(9);
      case 'shortstr':
        return this.text(key);
      case 'longstr':
        return Buffer.from(this.random.bytes(this.random.int(12)));
      default:
        return this.table(0);
    }
  }

  private text(key: string): string {
    if (key === 'queue') return this.pick(this.wild(0.5) ? QUEUES : QUEUES.slice(0, 3));
    if (key === 'exchange' || key === 'source' || key === 'destination')
      return this.pick(this.wild(0.5) ? EXCHANGES : EXCHANGES.slice(0, 8));
    if (key === 'type') return this.pick(this.wild(0.3) ? KINDS : KINDS.slice(0, 4));
    if (key === 'routingKey') return this.pick(KEYS);
    if (key === 'consumerTag') return this.pick(TAGS);
    return this.chance(0.9) ? this.pick(KEYS) : 'z'.repeat(this.random.int(256));
  }

  private table(depth: number): FieldTable {
    const table: FieldTable = new Map();
    if (!this.wild(0.5)) return this.chance(0.9) ? table : this.soundArguments();
    for (let i = this.random.int(4); i >= 0; i--) table.set(this.pick(ARGUMENTS), this.field(depth));
    return table;
  }

  /** Arguments that the broker accepts, so that limits, TTLs and dead letters are in play. */
  private soundArguments(): FieldTable {
    const sound: ReadonlyArray<readonly [string, Field]> = [
      ['x-message-ttl', field.int(this.random.int(60))],
      ['x-expires', field.int(1 + this.random.int(300))],
      ['x-max-length', field.int(this.random.int(5))],
      ['x-overflow', field.text(this.pick(['drop-head', 'reject-publish', 'reject-publish-dlx']))],
      ['x-dead-letter-exchange', field.text(this.pick(['', 'x0', 'amq.fanout', 'nope']))],
      ['x-max-priority', field.int(this.random.int(10))],
      ['x-single-active-consumer', field.bool(true)],
      ['alternate-exchange', field.text(this.pick(EXCHANGES))],
    ];
    return new Map(sound.filter(() => this.chance(0.3)));
  }

  private field(depth: number): Field {
    const kinds: ReadonlyArray<() => Field> = [
      () => field.text(this.pick(TEXTS)),
      () => field.bool(this.chance(0.5)),
      () => field.int(this.random.int(2000) - 3),
      () => ({ kind: 'byte', value: this.random.int(256) - 128 }),
      () => field.long(BigInt(this.random.uint32()) * BigInt(this.random.uint32() >>> 1)),
      () => ({ kind: 'double', value: this.random.float() * 1e9 }),
      () => ({ kind: 'void', value: null }),
      () => ({ kind: 'binary', value: Buffer.from(this.random.bytes(this.random.int(9))) }),
      () => ({ kind: 'decimal', value: { scale: this.random.int(9), unscaled: this.random.uint32() } }),
      () => field.timestamp(this.random.uint32()),
      () => (depth > 3 ? field.int(1) : field.table(this.table(depth + 1))),
      () => (depth > 3 ? field.int(1) : field.array([this.field(depth + 1), this.field(depth + 1)])),
    ];
    return this.pick(kinds)();
  }

  private content(channel: number): Buffer[] {
    const size = this.chance(0.9) ? this.random.int(40) : this.random.int(9000);
    const claimed = this.wild(0.1) ? this.random.int(20000) : size;
    const header = frame(FRAME_HEADER, channel, encodeHeaderPayload(claimed, this.properties()));
    const body = Buffer.from(this.random.bytes(size));
    const cut = this.chance(0.8) ? size : this.random.int(size + 1);
    const parts = [body.subarray(0, cut), body.subarray(cut)].filter((part) => part.length > 0);
    return [header, ...parts.map((part) => frame(FRAME_BODY, channel, part))];
  }

  private properties(): Properties {
    const properties: Properties = {};
    if (this.chance(0.5)) properties.deliveryMode = 1 + this.random.int(2);
    if (this.chance(0.2)) properties.headers = this.table(0);
    if (this.chance(0.1)) properties.priority = this.random.int(256);
    if (this.chance(0.15))
      properties.expiration = this.pick(this.wild(0.5) ? ['-1', 'abc', '99999999999', '5x', ''] : ['0', '1', '50']);
    if (this.wild(0.05)) properties.userId = this.pick(['guest', 'bob']);
    if (this.wild(0.05)) properties.replyTo = this.pick(['amq.rabbitmq.reply-to', 'q0']);
    if (this.chance(0.1)) properties.messageId = this.pick(KEYS);
    return properties;
  }

  /** Bits flipped, cut short, lengths that lie, noise between. */
  damaged(bytes: Buffer): Buffer {
    const copy = Buffer.from(bytes);
    switch (this.random.int(6)) {
      case 0:
        copy[this.random.int(copy.length)] = this.random.int(256);
        return copy;
      case 1:
        return copy.subarray(0, this.random.int(copy.length));
      case 2:
        copy.writeUInt32BE(this.chance(0.5) ? this.random.uint32() : copy.length + this.random.int(300), 3);
        return copy;
      case 3:
        return Buffer.concat([copy, Buffer.from(this.random.bytes(1 + this.random.int(40)))]);
      case 4:
        for (let i = 0; i < 4; i++) copy[this.random.int(copy.length)] = this.random.int(256);
        return copy;
      default:
        return this.nested();
    }
  }

  /** queue.declare whose arguments nest deeper than any honest client's. */
  private nested(): Buffer {
    let table: FieldTable = new Map();
    for (let i = this.random.int(400); i > 0; i--) table = new Map([['t', field.table(table)]]);
    const args = { ...this.argsOf('queue.declare'), arguments: table };
    return encodeMethod(1, 'queue.declare', args);
  }

  noise(): Buffer {
    return Buffer.from(this.random.bytes(1 + this.random.int(200)));
  }
}
