/**
 * A mirror: what this node keeps of a queue that lives on another one, by position. Persistent messages of a durable queue are in
 * the node's storage too, in the place that the queue itself would have there, so that it can begin from them.
 */
import type { Message } from '../broker/message';
import type { Held } from '../broker/queue/queue';
import type { QueueStore, Storage } from '../storage/storage';
import type { BatchReader } from './batch-octets';
import { expiryOf, type ToMirror } from './mirror-wire';
import type { QueueKey } from './queue-wire';

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

/** One of the messages that stand behind `keep`. */
export function readKept(octets: BatchReader): { position: number; ttl: number; origin: number; message: Message } {
  const position = octets.number();
  const ttl = octets.time();
  const origin = octets.number();
  return { position, ttl, origin, message: octets.message() };
}

export class MirrorCopy {
  readonly key: QueueKey;
  readonly id: string;
  readonly link: number;
  /** Messages that the home has and this copy lacks. */
  missing: number;
  readonly origins = new Origins();
  private messages = new Map<number, Held>();
  private readonly store: QueueStore | null;
  /** Answers that wait for the disk; those after them wait too. */
  private waiting = 0;
  private forgotten = false;

  constructor(
    /** The home. */
    readonly from: string,
    { queue, id, link, durable, lanes, missing }: ToMirror & { readonly do: 'begin' },
    private readonly storage: Storage,
    private readonly tell: (number: number) => void,
  ) {
    this.key = queue;
    this.id = id;
    this.link = link;
    this.missing = missing;
    if (durable) storage.queue(queue, lanes, true)?.destroy();
    this.store = durable ? storage.queue(queue, lanes, true) : null;
  }

  get size(): number {
    return this.messages.size;
  }

  keep({ number, late, count, from }: Keep, octets: BatchReader, now: number): void {
    let stored = false;
    for (let i = 0; i < count; i++) {
      const { position, ttl, origin, message } = readKept(octets);
      const expiresAt = expiryOf(ttl, now);
      if (late && this.missing > 0) this.missing--;
      if (origin > 0) this.origins.add(from, origin);
      this.messages.set(position, { message, position, expiresAt });
      if (this.store !== null && message.traits.persistent) stored = this.store.append(position, message, expiresAt) || stored;
    }
    if (!stored && this.waiting === 0) this.tell(number);
    else {
      this.waiting++;
      this.storage.afterSync(() => {
        this.waiting--;
        this.tell(number);
      });
    }
  }

  drop(count: number, octets: BatchReader): void {
    for (let i = 0; i < count; i++) {
      const position = octets.number();
      if (this.messages.delete(position)) this.store?.remove(position);
      else if (this.missing > 0) this.missing--;
    }
  }

  /** Everything, for the queue that begins from it; the copy is over. */
  take(): readonly Held[] {
    if (this.forgotten) this.store?.destroy();
    const all = [...this.messages.values()].sort((one, other) => one.position - other.position);
    this.messages = new Map();
    return all;
  }

  /** The home stopped, and nobody takes its place: what is in memory is worth nothing any more (RabbitMQ stops all mirrors). */
  forget(): void {
    this.messages = new Map();
    this.forgotten = true;
  }

  destroy(): void {
    this.messages = new Map();
    this.store?.destroy();
  }
}
