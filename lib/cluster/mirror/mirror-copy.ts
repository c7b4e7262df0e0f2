/**
 * A mirror: what this node keeps of a queue that lives on another one, by position. Persistent messages of a durable queue are in
 * the node's storage too, in the place that the queue itself would have there, so that it can begin from them; what memory has no
 * room for is only there.
 */
import type { MessageRef } from '../../trace/events';
import type { Message } from '../../broker/message';
import { type Inheritance, NO_INHERITANCE } from '../../broker/queue/inheritance';
import { type MemoryBudget, MESSAGE_MEMORY, REPORT_EVERY, type Shelving } from '../../broker/queue/memory-budget';
import { ACCEPTED, type Held, type Outcome, type Queue, WAITING } from '../../broker/queue/queue';
import type { QueueStore, Storage } from '../../storage/storage';
import type { BatchReader } from '../remote/batch-octets';
import { expiryOf, type Lacking, type ToMirror } from './mirror-wire';
import type { QueueKey } from '../remote/queue-wire';

type Begin = ToMirror & { readonly do: 'begin' };
type Keep = ToMirror & { readonly do: 'keep' };

/** Publishes whose confirms may be under way. */
const ORIGINS_MAX = 65536;

/** The publishes that messages came from, the youngest of them. */
export class Origins {
  private readonly known = new Set<string>();

  add(from: string, number: number): void {
    this.known.add(`${number} ${from}`);
    if (this.known.size <= ORIGINS_MAX) return;
    const [oldest] = this.known;
    this.known.delete(oldest as string);
  }

  has(from: string, number: number): boolean {
    return this.known.has(`${number} ${from}`);
  }
}

/** What a queue promises of a message that is published again and came with the copy: its node's disk may not have it yet. */
export function foundAgain({ durable }: Queue, { traits }: Message): Outcome {
  return durable && traits.persistent ? WAITING : ACCEPTED;
}

/** One of the messages that stand behind `keep`. */
export function readKept(octets: BatchReader): { position: number; ttl: number; origin: number; message: Message } {
  const position = octets.number();
  const ttl = octets.time();
  const origin = octets.number();
  return { position, ttl, origin, message: octets.message() };
}

export class MirrorCopy implements Shelving {
  readonly key: QueueKey;
  readonly id: string;
  link: number;
  /** Of the home by whom it stands where it does. */
  reign: string;
  /** Messages that the home has and this copy lacks. */
  missing: number;
  /** Of them those whose names are known, the oldest first. */
  lacks: Map<number, MessageRef>;
  readonly origins = new Origins();
  memory = 0;
  /** Octets of memory at which the node is told next. */
  private reportAt = REPORT_EVERY;
  /** In memory, by position. */
  private messages = new Map<number, Held>();
  /** Messages that only the storage has. */
  private shelved = 0;
  /** Null if the storage keeps no messages. */
  private readonly store: QueueStore | null;
  private readonly durable: boolean;
  /** Answers that wait for the disk; those after them wait too. */
  private waiting = 0;
  private forgotten = false;

  constructor(
    /** The home. */
    public from: string,
    { queue, id, link, reign, durable, lanes, missing, lacks }: Begin,
    private readonly storage: Storage,
    private readonly budget: MemoryBudget,
    private tell: (number: number) => void,
  ) {
    this.key = queue;
    this.id = id;
    this.link = link;
    this.reign = reign;
    this.missing = missing;
    this.lacks = namesOf(lacks);
    this.durable = durable;
    // What an earlier mirror has left is worth nothing (RabbitMQ).
    if (durable) storage.queue(queue, lanes, true)?.destroy();
    this.store = storage.queue(queue, lanes, durable);
  }

  keep({ number, late, count, from }: Keep, octets: BatchReader, now: number): void {
    // Another home counts anew.
    const { tell } = this;
    let stored = false;
    for (let i = 0; i < count; i++) {
      const { position, ttl, origin, message } = readKept(octets);
      const expiresAt = expiryOf(ttl, now);
      if (late && this.missing > 0) this.missing--;
      if (late) this.lacks.delete(position);
      if (origin > 0) this.origins.add(from, origin);
      this.messages.set(position, { message, position, expiresAt });
      this.memory += memoryOf(message);
      if (this.durable && message.traits.persistent) stored = this.store?.append(position, message, expiresAt) || stored;
    }
    this.report();
    if (!stored && this.waiting === 0) tell(number);
    else {
      this.waiting++;
      this.storage.afterSync(() => {
        this.waiting--;
        tell(number);
      });
    }
  }

  drop(count: number, octets: BatchReader): void {
    for (let i = 0; i < count; i++) this.dropOne(octets.number());
  }

  private dropOne(position: number): void {
    const held = this.messages.get(position);
    if (held !== undefined) {
      this.messages.delete(position);
      this.memory -= memoryOf(held.message);
    } else if (this.shelved > 0 && this.store?.has(position) === true) this.shelved--;
    else {
      if (this.missing > 0) this.missing--;
      this.lacks.delete(position);
      return;
    }
    this.store?.remove(position);
  }

  // --- another home ---

  /** All that it has is in memory, and is worth something. */
  get isWhole(): boolean {
    return this.shelved === 0 && !this.forgotten;
  }

  /** The queue has this home now, which has just these messages. Returns those that are not here. */
  goOn(from: string, { link, reign, lacks }: Begin, positions: ReadonlySet<number>, tell: (number: number) => void): number[] {
    Object.assign(this, { from, link, reign, tell });
    for (const position of [...this.messages.keys()]) if (!positions.has(position)) this.dropOne(position);
    const missing = [...positions].filter((position) => !this.messages.has(position));
    this.missing = missing.length;
    this.lacks = namesOf(lacks.filter(({ position }) => !this.messages.has(position)));
    return missing;
  }

  // --- memory ---

  private report(): void {
    if (this.store === null || this.memory <= this.reportAt) return;
    this.reportAt = this.memory + REPORT_EVERY;
    this.budget.grew(this, REPORT_EVERY);
  }

  /** Nobody reads from a mirror, so all may go. */
  shelve(): void {
    const { store, messages } = this;
    if (store === null) return;
    for (const { position, message, expiresAt } of messages.values()) {
      if (!store.has(position)) store.append(position, message, expiresAt);
    }
    this.shelved += messages.size;
    this.clear();
  }

  private clear(): void {
    this.messages = new Map();
    this.memory = 0;
    this.reportAt = REPORT_EVERY;
  }

  // --- the end ---

  /** Everything, for the queue that begins from it; the copy is over. */
  take(): Inheritance {
    this.budget.forget(this);
    if (this.forgotten) {
      this.store?.destroy();
      return NO_INHERITANCE;
    }
    if (this.shelved > 0) this.shelve();
    const found = this.shelved > 0 ? this.store?.inherit() : undefined;
    const held = [...this.messages.values()].sort((one, other) => one.position - other.position);
    this.clear();
    return { held, found: found ?? null, store: this.store };
  }

  /** The home stopped, and nobody takes its place: what is in memory is worth nothing any more (RabbitMQ stops all mirrors). */
  forget(): void {
    this.clear();
    this.forgotten = true;
  }

  destroy(): void {
    this.budget.forget(this);
    this.clear();
    this.store?.destroy();
  }
}

function namesOf(lacks: readonly Lacking[]): Map<number, MessageRef> {
  return new Map(lacks.map(({ position, message, label }) => [position, { message, label }]));
}

function memoryOf({ size }: Message): number {
  return size + MESSAGE_MEMORY;
}
