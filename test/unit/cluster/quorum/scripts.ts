/**
 * Made-up histories of a quorum queue for property tests. A script is a list of wishes with numbers in them; which session,
 * consumer or delivery a number means is decided by who is there at that moment, so a shrunk script still makes sense.
 */
import fc from 'fast-check';
import type { Command } from '../../../../lib/cluster/quorum/machine/commands';
import { MessageBatch } from '../../../../lib/cluster/quorum/machine/message-batch';
import type { QuorumConfig } from '../../../../lib/cluster/quorum/machine/config';
import { all, Bench } from './bench';
import type { Effect } from '../../../../lib/cluster/quorum/machine/effects';
import type { Place } from '../../../../lib/cluster/quorum/machine/entry';

/** One number for a message's place in the log: those that come later have higher ones. */
export function nameOf({ index, at }: Place): number {
  return index * 10_000 + at;
}

type Act = (walk: Walk, a: number, b: number) => Command | null;

export interface Wish {
  readonly act: keyof typeof ACTS;
  readonly a: number;
  readonly b: number;
  /** Milliseconds that pass before. */
  readonly pause: number;
}

/** One walk through a script: what the test knows of who is there, from what it was told. */
export class Walk {
  readonly bench: Bench;
  readonly sessions: number[] = [];
  readonly expected = new Map<number, number>();
  /** Consumers and what they hold (names of messages by delivery), by the effects alone. */
  readonly hands = new Map<number, { readonly session: number; window: number; readonly held: Map<number, number> }>();
  /** What the worker for dead letters has. */
  readonly letters = new Map<number, number>();
  private keys = 0;

  constructor(
    config: QuorumConfig,
    private readonly seen: (walk: Walk, command: Command, effects: readonly Effect[]) => void = () => {},
  ) {
    this.bench = new Bench(config);
  }

  follow(script: readonly Wish[]): this {
    for (const wish of script) this.step(wish);
    return this;
  }

  step({ act, a, b, pause }: Wish): void {
    this.bench.time += pause;
    const command = ACTS[act](this, a, b);
    if (command === null) return;
    const effects = this.bench.apply(command);
    this.noteWindow(command, effects);
    this.seen(this, command, effects);
    this.note(command, effects);
  }

  newKey(): string {
    return `key-${++this.keys}`;
  }

  session(a: number): number | undefined {
    return this.sessions[a % this.sessions.length];
  }

  /** One of the consumers that hold something. */
  holder(a: number): { consumer: number; deliveries: number[] } | null {
    const holders = [...this.hands].filter(([, { held }]) => held.size > 0);
    const found = holders[a % holders.length];
    return found === undefined ? null : { consumer: found[0], deliveries: [...found[1].held.keys()] };
  }

  /** Who holds how many is checked against the window that they have now. */
  private noteWindow(command: Command, effects: readonly Effect[]): void {
    if (command.type !== 'subscribe') return;
    for (const { session, consumer } of all('subscribed', effects)) {
      const known = this.hands.get(consumer);
      if (known === undefined) this.hands.set(consumer, { session, window: command.credit, held: new Map() });
      else known.window = command.credit;
    }
  }

  private note(command: Command, effects: readonly Effect[]): void {
    if ('consumer' in command && 'deliveries' in command) {
      for (const delivery of command.deliveries) this.hands.get(command.consumer)?.held.delete(delivery);
    }
    if (command.type === 'requeue') this.hands.get(command.consumer)?.held.delete(command.delivery);
    if (command.type === 'close') this.forget(command.session);
    if (command.type === 'leave') for (const consumer of command.consumers) this.hands.delete(consumer);
    if (command.type === 'collectDead') this.letters.clear();
    if (command.type === 'settleDead') for (const delivery of command.deliveries) this.letters.delete(delivery);
    if (command.type === 'configure' && command.config.deadLettering !== 'at-least-once') this.letters.clear();
    for (const { session } of all('opened', effects)) if (!this.sessions.includes(session)) this.sessions.push(session);
    for (const { session, sequence } of all('accepted', effects)) {
      this.expected.set(session, Math.max(this.expected.get(session) ?? 1, sequence + 1));
    }
    // What a node that cannot be reached held is with others now.
    if (command.type === 'nodeDown') {
      for (const [consumer, { held }] of this.hands) {
        for (const delivery of [...held.keys()])
          if (this.bench.machine.placeOf(consumer, delivery) === null) held.delete(delivery);
      }
    }
    for (const got of all('got', effects)) {
      const { consumer, session, delivery } = got;
      const settled = command.type === 'get' && command.noAck;
      if (!settled) this.hands.set(consumer, { session, window: 1, held: new Map([[delivery, nameOf(got)]]) });
    }
    for (const one of all('deliver', effects)) this.hands.get(one.consumer)?.held.set(one.delivery, nameOf(one));
    for (const one of all('dead-letter', effects)) this.letters.set(one.delivery, nameOf(one));
  }

  private forget(session: number): void {
    this.sessions.splice(this.sessions.indexOf(session), 1);
    for (const [consumer, hand] of this.hands) if (hand.session === session) this.hands.delete(consumer);
  }
}

const NODES = ['a', 'b', 'c'];
const NO_OCTETS = Buffer.alloc(0);

function batch(count: number, ttl: number | null, bodySize: number): MessageBatch {
  return MessageBatch.of(...Array.from({ length: count }, () => ({ ttl, bodySize, octets: NO_OCTETS })));
}

function some(deliveries: readonly number[], b: number): number[] {
  return deliveries.filter((_, i) => ((b >> (i % 8)) & 1) === 1);
}

function withHolder(make: (consumer: number, deliveries: number[], b: number) => Command): Act {
  return (walk, a, b) => {
    const holder = walk.holder(a);
    return holder === null ? null : make(holder.consumer, holder.deliveries, b);
  };
}

function withSession(make: (session: number, walk: Walk, b: number) => Command): Act {
  return (walk, a, b) => {
    const session = walk.session(a);
    return session === undefined ? null : make(session, walk, b);
  };
}

const ACTS = {
  open: (walk, a) => ({ type: 'open', key: walk.newKey(), node: NODES[a % NODES.length] as string }),
  close: withSession((session) => ({ type: 'close', session })),
  publish: withSession((session, walk, b) => ({
    type: 'enqueue',
    session,
    sequence: walk.expected.get(session) ?? 1,
    messages: batch(1 + (b % 7 === 0 ? b % 4 : 0), b % 5 === 0 ? b % 70 : null, b % 13),
  })),
  resend: withSession((session, walk, b) => {
    const next = walk.expected.get(session) ?? 1;
    return { type: 'enqueue', session, sequence: 1 + (b % (next + 1)), messages: batch(1 + (b % 3), null, b % 13) };
  }),
  subscribe: withSession((session, _walk, b) => ({
    type: 'subscribe',
    session,
    tag: `tag-${b % 3}`,
    credit: 1 + (b % 4),
    priority: (b % 3) - 1,
  })),
  cancel: (walk, a) => {
    const consumers = [...walk.hands.keys()];
    return consumers.length === 0 ? null : { type: 'cancel', consumer: consumers[a % consumers.length] as number };
  },
  leave: (walk, a, b) => {
    const consumers = [...walk.hands.keys()];
    const first = consumers[a % consumers.length];
    return first === undefined ? null : { type: 'leave', consumers: [first, ...some(consumers, b)] };
  },
  get: withSession((session, walk, b) => ({ type: 'get', session, tag: walk.newKey(), noAck: b % 2 === 0 })),
  settle: withHolder((consumer, deliveries, b) => ({ type: 'settle', consumer, deliveries: some(deliveries, b) })),
  return: withHolder((consumer, deliveries, b) => ({ type: 'return', consumer, deliveries: some(deliveries, b) })),
  discard: withHolder((consumer, deliveries, b) => ({ type: 'discard', consumer, deliveries: some(deliveries, b) })),
  requeue: withHolder((consumer, deliveries, b) => ({
    type: 'requeue',
    consumer,
    delivery: deliveries[b % deliveries.length] as number,
    message: batch(1, null, 0),
  })),
  purge: () => ({ type: 'purge' }),
  expire: () => ({ type: 'expire' }),
  nodeDown: (_walk, a) => ({ type: 'nodeDown', node: NODES[a % NODES.length] as string }),
  nodeUp: (_walk, a) => ({ type: 'nodeUp', node: NODES[a % NODES.length] as string }),
  configure: ({ bench }, a, b) => ({
    type: 'configure',
    config: { ...bench.machine.config, maxLength: a % 2 === 0 ? null : b % 10, messageTtl: b % 3 === 0 ? b % 50 : null },
  }),
  collectDead: (_walk, a) => ({ type: 'collectDead', credit: 1 + (a % 4) }),
  settleDead: (walk, _a, b) => ({ type: 'settleDead', deliveries: some([...walk.letters.keys()], b) }),
} satisfies Record<string, Act>;

/** How often each is wished for. */
const WEIGHTS: Readonly<Record<keyof typeof ACTS, number>> = {
  open: 3,
  close: 1,
  publish: 20,
  resend: 3,
  subscribe: 4,
  cancel: 1,
  leave: 2,
  get: 3,
  settle: 8,
  return: 4,
  discard: 3,
  requeue: 3,
  purge: 1,
  expire: 3,
  nodeDown: 1,
  nodeUp: 2,
  configure: 1,
  collectDead: 2,
  settleDead: 3,
};

const act = fc.oneof(
  ...(Object.keys(ACTS) as (keyof typeof ACTS)[]).map((name) => ({ weight: WEIGHTS[name], arbitrary: fc.constant(name) })),
);
const wish: fc.Arbitrary<Wish> = fc.record({
  act,
  a: fc.nat(255),
  b: fc.nat(255),
  pause: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(60) }),
});
export const scripts = fc
  .array(wish, { maxLength: 120, size: 'max' })
  .map((wishes): Wish[] => [{ act: 'open', a: 0, b: 0, pause: 0 }, ...wishes]);

const limit = (max: number) => fc.option(fc.nat(max), { freq: 2 });
export const configs: fc.Arbitrary<QuorumConfig> = fc
  .record({
    deliveryLimit: limit(3),
    maxLength: limit(8),
    maxBytes: limit(60),
    overflow: fc.constantFrom('drop-head' as const, 'reject-publish' as const),
    messageTtl: limit(60),
    expires: limit(100),
    singleActive: fc.boolean(),
    deadLettering: fc.constantFrom('none' as const, 'at-most-once' as const, 'at-least-once' as const),
  })
  .map((config) => (config.deadLettering === 'at-least-once' ? { ...config, overflow: 'reject-publish' as const } : config));
