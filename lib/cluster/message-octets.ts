/**
 * A message as it stands in a command: its number in the trace, exchange and routing key as two short strings, then header and
 * body frames as they came.
 */
import { Message } from '../broker/message';
import { destinationIn, traitsIn } from '../broker/written-message';

/** Octets of the number in the trace. */
const TRACE_SIZE = 6;

export function writeMessage({ content, at, size, destination, id }: Message): Buffer {
  const bytes = Buffer.allocUnsafe(TRACE_SIZE + destination.size + size);
  bytes.writeUIntBE(id, 0, TRACE_SIZE);
  destination.write(bytes, TRACE_SIZE);
  content.copy(bytes, TRACE_SIZE + destination.size, at, at + size);
  return bytes;
}

/** Shares the octets of the frames. */
export function readMessage(bytes: Buffer): Message {
  const destination = destinationIn(bytes, TRACE_SIZE);
  const framesAt = TRACE_SIZE + destination.size;
  const size = bytes.length - framesAt;
  return new Message(bytes, framesAt, size, destination, traitsIn(bytes, framesAt), bytes.readUIntBE(0, TRACE_SIZE));
}
