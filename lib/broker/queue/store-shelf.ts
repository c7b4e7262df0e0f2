/** The shelf of a backlog: messages that memory does not hold, read back from the node's storage. */
import type { QueueStore } from '../../storage/storage';
import type { StoredMessage } from '../../storage/log-reader';
import { Message } from '../message';
import { destinationIn, traitsIn } from '../written-message';
import type { Shelf } from './backlog';

export class StoreShelf implements Shelf {
  /** Messages read back so far. */
  reads = 0;

  constructor(private readonly store: QueueStore) {}

  keep(position: number, message: Message, expiresAt: number): void {
    if (!this.store.has(position)) this.store.append(position, message, expiresAt);
  }

  read(
    from: number,
    count: number,
    found: (position: number, message: Message, expiresAt: number, redelivered: boolean) => boolean,
  ): void {
    this.store.read(from, count, (position, stored, expiresAt) => {
      this.reads++;
      return found(position, messageFrom(stored), expiresAt, this.store.mayBeRedelivered(position));
    });
  }
}

/** Nobody traced it: the trace of an earlier node is gone. */
const UNTRACED = 0;

function messageFrom({ bytes, destinationAt, framesAt, framesSize }: StoredMessage): Message {
  const content = Buffer.from(bytes.subarray(framesAt, framesAt + framesSize));
  return new Message(content, 0, framesSize, destinationIn(bytes, destinationAt), traitsIn(bytes, framesAt), UNTRACED);
}
