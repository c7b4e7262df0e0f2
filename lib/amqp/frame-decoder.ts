/**
 * Cuts a byte stream into frames, for clients, taps and tests. (The broker's own reader lives in broker/connection.ts and
 * works in place.) Feed chunks of any size; each frame comes out once, whole, as bytes of its own.
 */
import { FRAME_END, FRAME_OVERHEAD } from './constants';
import { AmqpSyntaxError } from './syntax-error';

export interface Frame {
  readonly type: number;
  readonly channel: number;
  readonly payload: Buffer;
}

export class FrameDecoder {
  private parts: Buffer[] = [];
  private held = 0;
  /** Octets needed before the next frame can be looked at. Invariant: at least 7. */
  private wanted = 7;

  /** `frameMax`: a frame that claims more is refused, so that a lying peer cannot make us hold its bytes. */
  constructor(private readonly frameMax: number = 1 << 24) {}

  /** Throws AmqpSyntaxError on a frame that is too large or does not end in 0xCE. */
  feed(chunk: Buffer, onFrame: (frame: Frame) => void): void {
    this.parts.push(chunk);
    this.held += chunk.length;
    if (this.held < this.wanted) return; // joining now would copy a large frame once per chunk
    const bytes = this.parts.length === 1 ? chunk : Buffer.concat(this.parts);
    let o = 0;
    this.wanted = 7;
    while (bytes.length - o >= 7) {
      const size = bytes.readUInt32BE(o + 3);
      if (size + FRAME_OVERHEAD > this.frameMax) throw new AmqpSyntaxError(`frame of ${size} octets exceeds the limit`);
      const next = o + size + FRAME_OVERHEAD;
      if (next > bytes.length) {
        this.wanted = next - o;
        break;
      }
      if (bytes[next - 1] !== FRAME_END) throw new AmqpSyntaxError(`frame ends in ${bytes[next - 1]} instead of ${FRAME_END}`);
      onFrame({ type: bytes[o] as number, channel: bytes.readUInt16BE(o + 1), payload: bytes.subarray(o + 7, next - 1) });
      o = next;
    }
    this.held = bytes.length - o;
    this.parts = this.held > 0 ? [bytes.subarray(o)] : [];
  }
}
