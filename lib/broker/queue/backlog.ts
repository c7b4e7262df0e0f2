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
  /** Calls back for each ready message, those on the shelf too. */
  each(visit: (held: Held) => void): void;
  clear(): void;
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
