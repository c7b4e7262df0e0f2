/**
 * A quorum queue without everything around it: commands go in as they become certain in the queue's Raft log, effects come out.
 * It knows no clock, disk or network, and looks into no message; `Meta` brings the time. Two machines that applied the same
 * commands are equal, which is the whole point: the followers' are what a new leader goes on with.
 *
 * Every command also hands out what can be handed out: expired messages leave, consumers with room get messages, dead letters go
 * to their worker, and limits are kept, in this order.
 */
import { applyCommand, type Meta } from './apply';
import type { Command } from './commands';
import type { QuorumConfig } from './config';
import type { DeliverEffect, Effect } from './effects';
import { type Entry, NEVER, type Place } from './entry';
import { QuorumState } from './quorum-state';
import { readSnapshot, writeSnapshot } from './snapshot';

export interface QuorumConsumerInfo {
  readonly session: number;
  readonly tag: string;
  readonly consumer: number;
  readonly priority: number;
  readonly active: boolean;
  /** As the tools of RabbitMQ say it. */
  readonly status: 'up' | 'single_active' | 'waiting' | 'suspected_down';
}

export class QuorumMachine {
  private constructor(private readonly state: QuorumState) {}

  static create(config: QuorumConfig): QuorumMachine {
    return new QuorumMachine(new QuorumState(config));
  }

  /** Throws RangeError if `bytes` are no snapshot. */
  static restore(bytes: Buffer): QuorumMachine {
    return new QuorumMachine(readSnapshot(bytes));
  }

  snapshot(): Buffer {
    return writeSnapshot(this.state);
  }

  /** `out` gets what follows, in order. Commands for what is not here any more change nothing. */
  apply(command: Command, meta: Meta, out: Effect[]): void {
    applyCommand(this.state, command, meta, out);
  }

  // --- what the leader asks ---

  get config(): QuorumConfig {
    return this.state.config;
  }

  /** The lowest index of a log entry whose message may still be asked for; Infinity if there is none. */
  lowestNeeded(): number {
    return this.state.backlog.lowestNeeded();
  }

  /** When the first ready message expires, if nobody takes it before: milliseconds since 1970, or Infinity. */
  nextExpiry(): number {
    return this.state.backlog.first()?.expiresAt ?? NEVER;
  }

  /** `x-expires` has passed, and the queue is to be deleted. */
  isUnused(time: number): boolean {
    const { config, lastUsed, roster } = this.state;
    return config.expires !== null && !roster.busy && time > lastUsed + config.expires;
  }

  /** What a consumer holds from this delivery on: for a receiver that missed some while the leader changed. */
  held(consumer: number, from: number): DeliverEffect[] {
    const known = this.state.roster.consumers.get(consumer);
    if (known === undefined) return [];
    const session = known.session.number;
    return [...known.held]
      .filter(([delivery]) => delivery >= from)
      .map(([delivery, { index, at, returns }]) => ({ type: 'deliver', session, consumer, delivery, index, at, returns }));
  }

  /** The number of the consumer's next delivery; null if there is no such consumer. */
  nextDelivery(consumer: number): number | null {
    return this.state.roster.consumers.get(consumer)?.nextDelivery ?? null;
  }

  /** Where a message is that a consumer holds; null if it does not. */
  placeOf(consumer: number, delivery: number): Place | null {
    return this.state.roster.consumers.get(consumer)?.held.get(delivery) ?? null;
  }

  /** Where a session's channels live, and by which key it was opened; null if it is not open. */
  session(number: number): { readonly key: string; readonly node: string } | null {
    return this.state.roster.sessions.get(number) ?? null;
  }

  /** By node. */
  sessions(): Map<string, number[]> {
    const byNode = new Map<string, number[]>();
    for (const { number, node } of this.state.roster.sessions.values()) {
      const known = byNode.get(node);
      if (known === undefined) byNode.set(node, [number]);
      else known.push(number);
    }
    return byNode;
  }

  // --- what operators ask ---

  get ready(): number {
    return this.state.backlog.length;
  }

  get readyBytes(): number {
    return this.state.backlog.bytes;
  }

  get unacked(): number {
    return this.state.heldCount;
  }

  get unackedBytes(): number {
    return this.state.heldBytes;
  }

  /** Dead letters that wait for their confirms. */
  get deadLetters(): number {
    return this.state.outbox.length;
  }

  get messages(): number {
    return this.ready + this.unacked + this.deadLetters;
  }

  /** Where the ready messages are, the next one first. */
  readyPlaces(): Place[] {
    const { fresh, returned } = this.state.backlog.parts();
    return [...returned, ...fresh].map(({ index, at }) => ({ index, at }));
  }

  /** The ready message at this position, 1 being the next one. */
  readyAt(position: number): Readonly<Entry> | null {
    const { fresh, returned } = this.state.backlog.parts();
    return [...returned, ...fresh][position - 1] ?? null;
  }

  /** As `queue.declare-ok` counts them: also those that only hold messages yet, but not those that wait to be the active one. */
  get consumerCount(): number {
    let count = 0;
    for (const { waiting } of this.state.roster.consumers.values()) if (!waiting) count++;
    return count;
  }

  /** As the tools list them: who has asked for a message, and holds it, is one. */
  consumers(): QuorumConsumerInfo[] {
    const { roster, config } = this.state;
    return [...roster.consumers.values()]
      .filter(({ cancelled }) => !cancelled)
      .map(({ session, tag, number, priority, active, waiting }) => {
        const status = session.suspected ? 'suspected_down' : waiting ? 'waiting' : config.singleActive ? 'single_active' : 'up';
        return { session: session.number, tag, consumer: number, priority, active, status };
      });
  }
}
