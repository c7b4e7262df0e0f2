/**
 * A message as it stands in a command: its number in the trace, exchange and routing key as two short strings, then header and
 * body frames as they came.
 */
import { FRAME_OVERHEAD } from '../../amqp/constants';
import { FLAG, HEADER_FIXED_SIZE } from '../../amqp/properties';
import { Destination } from '../../broker/destination';
import { Message } from '../../broker/message';
import { isPersistent, PERSISTENT, TRANSIENT, traitsOf, type Traits } from '../../broker/traits';

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
  const exchangeEnd = TRACE_SIZE + 1 + (bytes[TRACE_SIZE] as number);
  const framesAt = exchangeEnd + 1 + (bytes[exchangeEnd] as number);
  const exchange = bytes.toString('utf8', TRACE_SIZE + 1, exchangeEnd);
  const routingKey = bytes.toString('utf8', exchangeEnd + 1, framesAt);
  const destination = Destination.read(exchange, routingKey, bytes, TRACE_SIZE, framesAt - TRACE_SIZE);
  const message = new Message(bytes, framesAt, bytes.length - framesAt, destination, TRANSIENT, bytes.readUIntBE(0, TRACE_SIZE));
  message.traits = traitsIn(message);
  return message;
}

/** Most messages have no property but delivery-mode, and share their traits. */
function traitsIn(message: Message): Traits {
  const payload = message.at + FRAME_OVERHEAD - 1;
  const flags = message.content.readUInt16BE(payload + HEADER_FIXED_SIZE - 2);
  if (flags === 0) return TRANSIENT;
  if (flags === FLAG.deliveryMode) return isPersistent(message.content[payload + HEADER_FIXED_SIZE]) ? PERSISTENT : TRANSIENT;
  return traitsOf(message.properties());
}
