/**
 * What a message says of itself where it was written down, in the log or in a command of a quorum queue: exchange and routing
 * key as two short strings, then header and body frames as they came. It was checked when it was published.
 */
import { FRAME_OVERHEAD } from '../amqp/constants';
import { uint16At, uint32At } from '../amqp/octets';
import { FLAG, HEADER_FIXED_SIZE, readProperties } from '../amqp/properties';
import { Destination } from './destination';
import { isPersistent, PERSISTENT, TRANSIENT, traitsOf, type Traits } from './traits';

/** Octets of a frame before its payload. */
const FRAME_START = FRAME_OVERHEAD - 1;

/** The two short strings that begin at `at`; they are copied. The frames begin where they end. */
export function destinationIn(bytes: Buffer, at: number): Destination {
  const exchangeEnd = at + 1 + (bytes[at] as number);
  const keyEnd = exchangeEnd + 1 + (bytes[exchangeEnd] as number);
  const exchange = bytes.toString('utf8', at + 1, exchangeEnd);
  const routingKey = bytes.toString('utf8', exchangeEnd + 1, keyEnd);
  return Destination.read(exchange, routingKey, bytes, at, keyEnd - at);
}

/** Of the message whose header frame begins at `at`. Most have no property but delivery-mode, and share their traits. */
export function traitsIn(bytes: Buffer, at: number): Traits {
  const header = at + FRAME_START;
  const properties = header + HEADER_FIXED_SIZE;
  const flags = uint16At(bytes, properties - 2);
  if (flags === 0) return TRANSIENT;
  if (flags === FLAG.deliveryMode) return isPersistent(bytes[properties]) ? PERSISTENT : TRANSIENT;
  return traitsOf(readProperties(bytes, flags, properties, header + uint32At(bytes, header - 4)));
}
