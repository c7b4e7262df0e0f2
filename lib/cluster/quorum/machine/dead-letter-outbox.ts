/**
 * Dead letters that must not get lost (`x-dead-letter-strategy: at-least-once`): they stay in the queue, counted against its
 * limits, until the leader's worker has had them confirmed where they go.
 */
import type { DeathReason } from '../../../trace/events';
import { Deque } from './deque';
import type { Effect } from './effects';
import type { Entry } from './entry';

export interface DeadLetter {
  readonly entry: Entry;
  readonly reason: DeathReason;
}

export class DeadLetterOutbox {
  /** Octets of the bodies of all that is here. */
  bytes = 0;
  private readonly waiting = new Deque<DeadLetter>();
  /** What the worker has. */
  private readonly handed = new Map<number, DeadLetter>();
  private nextDelivery = 0;
  /** How many the worker may have at a time; 0 as long as there is none. */
  private credit = 0;

  get length(): number {
    return this.waiting.length + this.handed.size;
  }

  add(letter: DeadLetter): void {
    this.waiting.push(letter);
    this.bytes += letter.entry.size;
  }

  /** A worker begins. What the one before it had comes first. */
  collect(credit: number): void {
    const all = [...this.handed.values(), ...this.waiting];
    this.handed.clear();
    this.waiting.clear();
    for (const letter of all) this.waiting.push(letter);
    this.nextDelivery = 0;
    this.credit = credit;
  }

  hand(out: Effect[]): void {
    while (this.handed.size < this.credit) {
      const letter = this.waiting.shift();
      if (letter === undefined) return;
      const delivery = this.nextDelivery++;
      this.handed.set(delivery, letter);
      const { index, at, returns } = letter.entry;
      out.push({ type: 'dead-letter', delivery, index, at, reason: letter.reason, returns });
    }
  }

  /** Null if the worker does not have it. */
  settle(delivery: number): Entry | null {
    const letter = this.handed.get(delivery);
    if (letter === undefined) return null;
    this.handed.delete(delivery);
    this.bytes -= letter.entry.size;
    return letter.entry;
  }

  /** Takes out everything, and the worker has nothing to do any more. */
  empty(): DeadLetter[] {
    this.collect(0);
    const all = [...this.waiting];
    this.waiting.clear();
    this.bytes = 0;
    return all;
  }

  // --- snapshots ---

  parts(): OutboxParts {
    return {
      waiting: [...this.waiting],
      handed: [...this.handed],
      nextDelivery: this.nextDelivery,
      credit: this.credit,
    };
  }

  static from({ waiting, handed, nextDelivery, credit }: OutboxParts): DeadLetterOutbox {
    const outbox = new DeadLetterOutbox();
    for (const letter of waiting) outbox.add(letter);
    for (const [delivery, letter] of handed) {
      outbox.handed.set(delivery, letter);
      outbox.bytes += letter.entry.size;
    }
    outbox.nextDelivery = nextDelivery;
    outbox.credit = credit;
    return outbox;
  }
}

export interface OutboxParts {
  readonly waiting: readonly DeadLetter[];
  readonly handed: ReadonlyArray<readonly [delivery: number, letter: DeadLetter]>;
  readonly nextDelivery: number;
  readonly credit: number;
}
