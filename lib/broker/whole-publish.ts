/** Whether a publish lies whole in what was read: method, header and at most one body frame, one after the other, all sound. */
import { FRAME_BODY, FRAME_END, FRAME_HEADER, FRAME_OVERHEAD } from '../amqp/constants';
import { uint16At, uint32At } from '../amqp/octets';
import { HEADER_FIXED_SIZE } from '../amqp/properties';

/** Octets of the smallest content header frame. */
const HEADER_FRAME_MIN = HEADER_FIXED_SIZE + FRAME_OVERHEAD;

/**
 * Where the publish ends whose header frame should begin at `header`; 0 if it is not there whole, or is anything but
 * ordinary (then it is read frame by frame, and what is wrong with it comes out).
 */
export function endOfWholePublish(
  bytes: Buffer,
  header: number,
  end: number,
  channel: number,
  frameMax: number,
  bodyMax: number,
): number {
  if (end - header < HEADER_FRAME_MIN || bytes[header] !== FRAME_HEADER || uint16At(bytes, header + 1) !== channel) return 0;
  const headerSize = uint32At(bytes, header + 3);
  const body = header + headerSize + FRAME_OVERHEAD;
  if (headerSize < HEADER_FIXED_SIZE || headerSize > frameMax || body > end || bytes[body - 1] !== FRAME_END) return 0;
  if (bytes[header + 7] !== 0 || bytes[header + 8] !== 60 || uint32At(bytes, header + 11) !== 0) return 0;
  const bodySize = uint32At(bytes, header + 15);
  if (bodySize === 0) return body;
  const stop = body + bodySize + FRAME_OVERHEAD;
  if (bodySize > frameMax || bodySize > bodyMax || stop > end || bytes[stop - 1] !== FRAME_END) return 0;
  const sound = bytes[body] === FRAME_BODY && uint16At(bytes, body + 1) === channel && uint32At(bytes, body + 3) === bodySize;
  return sound ? stop : 0;
}
