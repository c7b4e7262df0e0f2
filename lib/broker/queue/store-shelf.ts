/** The shelf of a backlog: messages that memory does not hold, read back from the node's storage. */
import type { QueueStore } from '../../storage/storage';
import type { StoredMessage } from '../../storage/log-reader';
import { FRAME_OVERHEAD } from '../../amqp/constants';
import { FLAG, HEADER_FIXED_SIZE, readProperties } from '../../amqp/properties';
import { Destination } from '../destination';
import { Message } from '../message';
import { isPersistent, PERSISTENT, TRANSIENT, traitsOf, type Traits } from '../traits';
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
  const exchangeEnd = destinationAt + 1 + (bytes[destinationAt] as number);
  const exchange = bytes.toString('utf8', destinationAt + 1, exchangeEnd);
  const routingKey = bytes.toString('utf8', exchangeEnd + 1, framesAt);
  const destination = Destination.read(exchange, routingKey, bytes, destinationAt, framesAt - destinationAt);
  const content = Buffer.from(bytes.subarray(framesAt, framesAt + framesSize));
  const header = framesAt + 7;
  const headerEnd = framesAt + bytes.readUInt32BE(framesAt + 3) + FRAME_OVERHEAD - 1;
  return new Message(content, 0, framesSize, destination, traitsIn(bytes, header, headerEnd), UNTRACED);
}

/** Most messages have no property but delivery-mode, and share their traits. */
function traitsIn(bytes: Buffer, header: number, end: number): Traits {
  const flags = bytes.readUInt16BE(header + 12);
  if (flags === 0) return TRANSIENT;
  if (flags === FLAG.deliveryMode) return isPersistent(bytes[header + HEADER_FIXED_SIZE]) ? PERSISTENT : TRANSIENT;
  return traitsOf(readProperties(bytes, flags, header + HEADER_FIXED_SIZE, end));
}
