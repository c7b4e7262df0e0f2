/** Whether a frame may be there at all: what each type looks like, and on which channel it may come. */
import { FRAME_BODY, FRAME_HEADER, FRAME_HEARTBEAT, FRAME_METHOD, REPLY } from '../amqp/constants';
import { printedOctets } from './close-text';
import { ProtocolError } from './errors';

/** What a frame of each type must look like to be read at all: a test of its payload's size. */
const FRAME_SHAPES: Readonly<Record<number, (size: number) => boolean>> = {
  [FRAME_METHOD]: (size) => size >= 4,
  [FRAME_HEADER]: (size) => size >= 12,
  [FRAME_BODY]: () => true,
  [FRAME_HEARTBEAT]: (size) => size === 0,
};

/**
 * Throws 501 on a frame of no known shape and 505 on one that has no business on its channel, as RabbitMQ does. The payload
 * lies in `bytes` from `at` to `end`. During the handshake only channel 0 is there.
 */
export function checkFrame(bytes: Buffer, type: number, number: number, at: number, end: number, handshake: boolean): void {
  const known = FRAME_SHAPES[type];
  if (known === undefined || !known(end - at)) {
    throw new ProtocolError(
      REPLY.frameError,
      `type ${type}, all octets = ${printedOctets(bytes, at, end)}: unknown_frame`,
      false,
    );
  }
  if (type === FRAME_HEARTBEAT && number === 0) return;
  const misplaced = number === 0 ? type !== FRAME_METHOD : type === FRAME_HEARTBEAT || handshake;
  if (misplaced) {
    throw new ProtocolError(REPLY.unexpectedFrame, `type ${type}, all octets = ${printedOctets(bytes, at, end)}`, false);
  }
}
