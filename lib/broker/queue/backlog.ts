/**
 * The ready messages of a queue, in order. New ones join at the tail with the next position; requeued ones go back to the
 * position they had.
 */
import type { Message } from '../message';
import type { Held } from './queue';

export interface Backlog {
  readonly length: number;
  /** Body octets of all ready messages. */
  readonly bytes: number;
  /** Octets of memory that ready messages take, roughly. */
  readonly memory: number;
  /** What `take` took last; the taker sets it to null so that the backlog does not hold on to it. */
  message: Message | null;
  readonly position: number;
  readonly redelivered: boolean;
  readonly expiresAt: number;
  /** Returns the position that the message got. */
  push(message: Message, expiresAt: number): number;
  /** True if the message pushed last is not kept in memory: the caller puts it on the shelf. */
  readonly shelves: boolean;
  /** The position of a message that is delivered at once. Only while the backlog is empty. */
  pass(message: Message): number;
  /** Moves the head into the fields above; false when empty. */
  take(): boolean;
  /** When the head expires; Infinity when it does not or there is none. */
  headExpiresAt(): number;
  putBack(held: readonly Held[]): void;
  /** Keeps about `count` messages at the head in memory and puts the others on the shelf. */
  shelve(count: number): void;
  /** The positions of ready messages that were delivered before, those on the shelf excepted. */
  returnedPositions(): number[];
  /** The ready messages that memory holds, the next one first. */
  inMemory(): Message[];
  /** By lane, the position that the next message gets. */
  readonly ends: readonly number[];
  /** Calls back for each ready message that memory holds. */
  eachInMemory(visit: (held: Held) => void): void;
  /** Where on the shelf the others lie, by lane. */
  readonly spans: readonly Span[];
  /** Reads up to `count` of those, of one lane, from a position on; `visit` returns false to stop. */
  readShelf(from: number, count: number, visit: (held: Held) => boolean): void;
  clear(): void;
}

/** For whoever makes a copy of what is ready. */
export type ReadyMessages = Pick<Backlog, 'ends' | 'eachInMemory' | 'spans' | 'readShelf'>;

/** Positions of one lane. */
export interface Span {
  readonly from: number;
  /** Behind the last. */
  readonly end: number;
  /** From one position of the lane to the next. */
  readonly step: number;
  /** Messages that lie there. */
  readonly count: number;
}

/** Where a backlog leaves what does not fit into memory. Positions are those of the queue. */
export interface Shelf {
  /** Keeps the message there, unless it is there already. */
  keep(position: number, message: Message, expiresAt: number): void;
  /** Up to `count` messages of one lane from `from` on, in order; `found` returns false to stop. */
  read(
    from: number,
    count: number,
    found: (position: number, message: Message, expiresAt: number, redelivered: boolean) => boolean,
  ): void;
}

/** What a lane finds on the shelf when it begins. */
export interface Shelved {
  readonly count: number;
  /** Octets of the bodies. */
  readonly bytes: number;
  /** The lowest position, and the one behind the highest. */
  readonly first: number;
  readonly end: number;
}
