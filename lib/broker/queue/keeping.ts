/**
 * Where a queue keeps its messages besides memory: in the node's storage, and, if it is mirrored, on other nodes. What is
 * promised of a message is promised by both.
 */
import type { QueueStore } from '../../storage/storage';
import type { Message } from '../message';
import { ACCEPTED, type Held, type Outcome, WAITING } from './queue';
import type { Receipt } from './receipt';
import type { Replication } from './replication';
import { StoreShelf } from './store-shelf';

export class Keeping {
  /** Null unless the queue is mirrored. */
  replication: Replication | null = null;
  /** Null if the storage keeps no messages. */
  readonly shelf: StoreShelf | null;
  /** Messages given to the storage. */
  writes = 0;

  constructor(
    private readonly store: QueueStore | null,
    private readonly durable: boolean,
  ) {
    this.shelf = store === null ? null : new StoreShelf(store);
  }

  /** Of the message kept last, if other nodes have a say in it. */
  get receipt(): Receipt | null {
    return this.replication === null ? null : this.replication.receipt;
  }

  get congested(): boolean {
    return this.replication?.congested === true;
  }

  whenRelieved(fn: () => void): void {
    if (this.replication === null) fn();
    else this.replication.whenRelieved(fn);
  }

  /** Copies are being brought up to date: nothing is handed out meanwhile. */
  get still(): boolean {
    return this.replication?.still === true;
  }

  /** `shelved`: memory does not have it, so the store must. */
  keep(message: Message, position: number, expiresAt: number, shelved: boolean, confirm: boolean): Outcome {
    let own: Outcome = ACCEPTED;
    if (this.store !== null && (shelved || (this.durable && message.traits.persistent))) {
      this.writes++;
      if (this.store.append(position, message, expiresAt)) own = WAITING;
    }
    return this.replication === null ? own : this.replication.appended(message, position, expiresAt, own, confirm);
  }

  /** Whether the storage has the message. */
  has(position: number): boolean {
    return this.store?.has(position) === true;
  }

  /** A consumer has it, unacknowledged. */
  delivered(message: Message, position: number, expiresAt: number): void {
    if (this.replication !== null) this.replication.delivered({ message, position, expiresAt });
  }

  returned(held: readonly Held[]): void {
    this.replication?.returned(held);
  }

  forget(position: number): void {
    this.store?.remove(position);
    if (this.replication !== null) this.replication.removed(position);
  }

  /** It has left the queue, and stays in the storage until it is `buried`. */
  leaves(position: number): void {
    this.replication?.removed(position);
  }

  buried(position: number): void {
    this.store?.remove(position);
  }

  /** At an orderly stop: these were delivered before, and are to be called redelivered after the next start. */
  noteRedelivered(positions: Iterable<number>): void {
    if (!this.durable || this.store === null) return;
    for (const position of positions) if (this.store.has(position)) this.store.noteRedelivered(position);
    for (const position of this.store.inherited()) this.store.noteRedelivered(position);
  }

  /** The queue goes with all it has. */
  end(): void {
    this.store?.destroy();
    this.replication?.ended();
    this.replication = null;
  }
}
