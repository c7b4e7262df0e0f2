/** A machine on a bench: commands go through their octets, each under the next index, and what follows is returned. */
import type { Command } from '../../../../lib/cluster/quorum/machine/commands';
import { decodeCommand, encodeCommand } from '../../../../lib/cluster/quorum/machine/command-codec';
import { PLAIN_CONFIG, type QuorumConfig } from '../../../../lib/cluster/quorum/machine/config';
import type { Effect } from '../../../../lib/cluster/quorum/machine/effects';
import { type BatchedMessage, MessageBatch } from '../../../../lib/cluster/quorum/machine/message-batch';
import { QuorumMachine } from '../../../../lib/cluster/quorum/machine/quorum-machine';

export type EffectOf<T extends Effect['type']> = Extract<Effect, { readonly type: T }>;

const NOTHING = Buffer.alloc(0);
const ALONE = MessageBatch.of({ ttl: null, bodySize: 0, octets: NOTHING });

export class Bench {
  readonly machine: QuorumMachine;
  /** Of the last command. */
  index = 0;
  time = 1_000_000;
  /** Everything that was applied, as it stands in a log: the entry with index `i` is at `i - 1`. */
  readonly log: Buffer[] = [];
  private readonly sent = new Map<number, number>();

  constructor(config: Partial<QuorumConfig> = {}) {
    this.machine = QuorumMachine.create({ ...PLAIN_CONFIG, ...config });
  }

  apply(command: Command): Effect[] {
    const bytes = encodeCommand(command, this.time);
    this.log.push(bytes);
    return replayOne(this.machine, bytes, ++this.index);
  }

  open(key = `channel-${this.index}`, node = 'a'): number {
    return only('opened', this.apply({ type: 'open', key, node })).session;
  }

  /** The session's next message; its index is `this.index` afterwards. */
  publish(session: number, bodySize = 1, ttl: number | null = null): Effect[] {
    const sequence = (this.sent.get(session) ?? 0) + 1;
    this.sent.set(session, sequence);
    return this.resend(session, sequence, bodySize, ttl);
  }

  resend(session: number, sequence: number, bodySize = 1, ttl: number | null = null): Effect[] {
    return this.enqueue(session, sequence, [{ ttl, bodySize, octets: NOTHING }]);
  }

  /** Messages that come with one command. */
  enqueue(session: number, sequence: number, messages: readonly BatchedMessage[]): Effect[] {
    return this.apply({ type: 'enqueue', session, sequence, messages: MessageBatch.of(...messages) });
  }

  /** Returns the indexes of `count` messages. */
  publishMany(session: number, count: number): number[] {
    return Array.from({ length: count }, () => {
      this.publish(session);
      return this.index;
    });
  }

  /** Returns the consumer's number and what it got at once. */
  subscribe(session: number, credit: number, tag = `tag-${this.index}`, priority = 0): [number, EffectOf<'deliver'>[]] {
    const effects = this.apply({ type: 'subscribe', session, tag, credit, priority });
    return [only('subscribed', effects).consumer, all('deliver', effects)];
  }

  settle(consumer: number, ...deliveries: number[]): Effect[] {
    return this.apply({ type: 'settle', consumer, deliveries });
  }

  return(consumer: number, ...deliveries: number[]): Effect[] {
    return this.apply({ type: 'return', consumer, deliveries });
  }

  discard(consumer: number, ...deliveries: number[]): Effect[] {
    return this.apply({ type: 'discard', consumer, deliveries });
  }

  leave(...consumers: number[]): Effect[] {
    return this.apply({ type: 'leave', consumers });
  }

  requeue(consumer: number, delivery: number): Effect[] {
    return this.apply({ type: 'requeue', consumer, delivery, message: ALONE });
  }

  get(session: number, noAck = false, tag = `get-${this.index}`): Effect[] {
    return this.apply({ type: 'get', session, tag, noAck });
  }

  pass(milliseconds: number): Effect[] {
    this.time += milliseconds;
    return this.apply({ type: 'expire' });
  }

  configure(config: Partial<QuorumConfig>): Effect[] {
    return this.apply({ type: 'configure', config: { ...this.machine.config, ...config } });
  }
}

export function replayOne(machine: QuorumMachine, bytes: Buffer, index: number): Effect[] {
  const { command, time } = decodeCommand(bytes);
  const out: Effect[] = [];
  machine.apply(command, { index, time }, out);
  return out;
}

export function all<T extends Effect['type']>(type: T, effects: readonly Effect[]): EffectOf<T>[] {
  return effects.filter((effect): effect is EffectOf<T> => effect.type === type);
}

export function only<T extends Effect['type']>(type: T, effects: readonly Effect[]): EffectOf<T> {
  const found = all(type, effects);
  if (found.length !== 1) throw new Error(`${found.length} effects '${type}' among ${JSON.stringify(effects)}`);
  return found[0] as EffectOf<T>;
}

/** Effects without the place of their messages within entries, which says nothing where each entry brings one. */
export function withoutAt(effects: readonly Effect[]): object[] {
  return effects.map((effect) => {
    if (!('at' in effect)) return effect;
    const { at: _, ...rest } = effect;
    return rest;
  });
}

export function indexes(deliveries: ReadonlyArray<{ readonly index: number }>): number[] {
  return deliveries.map(({ index }) => index);
}
