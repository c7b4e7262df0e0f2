/**
 * Where durable things go. The broker calls it and asks when they are safe; what stands behind it (nothing, or a log with group
 * commit on a disk) does not change the broker.
 *
 * Contract: calls come in the order in which things happened. What was given to the storage is not safe yet; every callback given
 * to `afterSync` from then on runs once it is, and nothing that was given later is safe sooner.
 */
import type { StoredMessage } from './log-reader';
import type { MessageParts } from './log-writer';

export interface Storage {
  /** True if what is kept here outlives the node. */
  readonly durable: boolean;

  // --- metadata: keys and values ---

  /** In the order in which the keys first came. */
  entries(): Iterable<readonly [key: string, value: Buffer]>;
  put(key: string, value: string): void;
  delete(key: string): void;
  /** Grows with every change of the metadata: whoever answers for one waits for the sync. */
  readonly changes: number;
  /** A change of the metadata is not safe yet: whoever is told now how things are would be told too early. */
  readonly changing: boolean;

  // --- messages ---

  /**
   * The place of a queue's messages, with what an earlier node left there. `id` is unique in the node; `lanes` parts (priorities)
   * are numbered by position modulo `lanes`. Null if the storage keeps no messages.
   */
  queue(id: string, lanes: number, durable: boolean): QueueStore | null;

  // --- journals: the records of replicated logs ---

  /** `id` is unique in the node. Null if the storage keeps nothing. */
  journal(id: string): Journal | null;
  /** Those that are there. */
  journals(): Iterable<string>;

  // --- safety ---

  /** Runs once everything given so far is safe. */
  afterSync(done: () => void): void;
  /** Grows whenever a batch leaves for the disk: what is given under one number becomes safe at one moment. */
  readonly batch: number;
  /** More waits for the disk than it can take for now: publishers had better wait. */
  readonly congested: boolean;
  whenRelieved(fn: () => void): void;

  /** Orderly end: everything is written, and marked as complete. */
  close(done: () => void): void;
  /** kill -9: nothing more is written. */
  abandon(): void;
}

/** A message to be kept. */
export interface Keepable extends MessageParts {
  readonly traits: { readonly persistent: boolean };
  readonly bodySize: number;
}

/** What a queue's lane held when the log was opened. */
export interface Recovered {
  readonly count: number;
  /** Octets of the bodies. */
  readonly bytes: number;
  /** Positions, in order: the lowest and the one behind the highest. */
  readonly first: number;
  readonly end: number;
}

export interface QueueStore {
  /**
   * Keeps a message at a position of the queue. `expiresAt`: milliseconds of the node's clock, or Infinity. True: it outlives the
   * node, once the next sync is over. A transient message is kept too (a queue longer than memory asks for it), but not beyond.
   */
  append(position: number, message: Keepable, expiresAt: number): boolean;
  /** The message is gone: acknowledged, expired, dropped or purged. No effect if it is not here. */
  remove(position: number): void;
  has(position: number): boolean;
  /**
   * Up to `count` messages of a lane, in order from position `from` on; `found` returns false to stop. Ends sooner when they, or
   * what must be read to find them, are more than a megabyte; and before a message that cannot be read: then the node is told
   * that its storage failed, and stops.
   */
  read(from: number, count: number, found: (position: number, message: StoredMessage, expiresAt: number) => boolean): void;
  /** By lane. */
  recovered(): readonly Recovered[];
  /** All that is here was kept for a queue of another node, which may have delivered it, and is this node's now. By lane. */
  inherit(): readonly Recovered[];
  /** Positions of what is left of that. */
  inherited(): Iterable<number>;
  /** Whether the message may have been delivered before the node was started, or by the node that it was kept for. */
  mayBeRedelivered(position: number): boolean;
  /** At an orderly stop: this message was delivered before. */
  noteRedelivered(position: number): void;
  /** The queue goes with all it holds. */
  destroy(): void;
}

export interface JournalRecord {
  readonly number: number;
  readonly tag: number;
  readonly data: Buffer;
}

export interface JournalContents {
  readonly state: string;
  readonly base: JournalRecord | null;
  /** In a row, the first one behind the base. */
  readonly records: readonly JournalRecord[];
  /** The log was damaged and repaired: something may be missing, also at the end. */
  readonly damaged: boolean;
}

/** Numbers and tags are below 2^48. A crash leaves what the first so many calls have made of it. */
export interface Journal {
  /** As it is now; read from the disk. Throws `StorageDamaged`. */
  contents(): JournalContents;
  /** A short text that is replaced as a whole. With it the journal begins to be there. */
  keepState(state: string): void;
  /** The record stands for all up to its number from now on. `alone`: what has higher numbers goes, too. */
  keepBase(number: number, tag: number, data: Uint8Array, alone: boolean): void;
  /** What has this number, or a higher one, goes. */
  append(number: number, tag: number, data: Uint8Array): void;
  destroy(): void;
}

/** Keeps nothing, so everything is as safe as it will ever be at once. For nodes without a data folder. */
export class MemoryStorage implements Storage {
  readonly durable: boolean = false;
  readonly changes: number = 0;
  readonly changing: boolean = false;
  readonly batch: number = 0;
  readonly congested: boolean = false;

  entries(): Iterable<readonly [string, Buffer]> {
    return [];
  }

  put(): void {}

  delete(): void {}

  queue(_id: string, _lanes: number, _durable: boolean): QueueStore | null {
    return null;
  }

  journal(_id: string): Journal | null {
    return null;
  }

  journals(): Iterable<string> {
    return [];
  }

  afterSync(done: () => void): void {
    done();
  }

  whenRelieved(fn: () => void): void {
    fn();
  }

  close(done: () => void): void {
    done();
  }

  abandon(): void {}
}
