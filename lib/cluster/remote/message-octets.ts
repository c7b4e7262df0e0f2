/**
 * A message as nodes send it to each other and keep it: its number in the trace, exchange and routing key as two short strings,
 * then header and body frames as they came.
 */
import type { Destination } from '../../broker/destination';
import { Message } from '../../broker/message';
import { copyOctets } from '../../world/copy-octets';
import { destinationIn, traitsIn } from '../../broker/written-message';

/** Octets of the number in the trace. */
const TRACE_SIZE = 6;
const NO_OCTETS = Buffer.alloc(0);

/** Octets of the message as it is written here. */
export function sizeOfMessage({ destination, size }: Message): number {
  return TRACE_SIZE + destination.size + size;
}

/** At `at`, where there must be room for all of it. */
export function writeMessageAt(bytes: Buffer, at: number, { content, at: from, size, destination, id }: Message): void {
  bytes.writeUIntBE(id, at, TRACE_SIZE);
  destination.write(bytes, at + TRACE_SIZE);
  copyOctets(content, from, bytes, at + TRACE_SIZE + destination.size, size);
}

export function writeMessage(message: Message): Buffer {
  const bytes = Buffer.allocUnsafe(sizeOfMessage(message));
  writeMessageAt(bytes, 0, message);
  return bytes;
}

/** Shares the octets of the frames. */
export function readMessage(bytes: Buffer): Message {
  return new MessageReader().read(bytes);
}

/** For messages that come one after the other: mostly each is for where the one before was, which need not be read again. */
export class MessageReader {
  private destination: Destination | null = null;
  /** Holds the destination's octets at `TRACE_SIZE`. */
  private before = NO_OCTETS;

  /** Shares the octets of the frames. */
  read(bytes: Buffer): Message {
    let { destination } = this;
    if (destination === null || !this.isAgain(bytes, destination.size)) {
      destination = destinationIn(bytes, TRACE_SIZE);
      this.destination = destination;
      this.before = Buffer.from(bytes.subarray(0, TRACE_SIZE + destination.size));
    }
    const framesAt = TRACE_SIZE + destination.size;
    const size = bytes.length - framesAt;
    return new Message(bytes, framesAt, size, destination, traitsIn(bytes, framesAt), bytes.readUIntBE(0, TRACE_SIZE));
  }

  private isAgain(bytes: Buffer, size: number): boolean {
    const { before } = this;
    for (let i = TRACE_SIZE; i < TRACE_SIZE + size; i++) if (bytes[i] !== before[i]) return false;
    return true;
  }
}
