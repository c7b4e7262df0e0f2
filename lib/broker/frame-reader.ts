/**
 * Cuts the octets of one connection into frames, in place: a frame that lies whole in a chunk is never copied, and only the
 * octets of the one frame that the end of a chunk cuts are gathered. Nothing is looked at twice.
 *
 *   frame: type (1) | channel (2) | size (4) | payload (size) | 0xCE
 */
import { FRAME_END, FRAME_OVERHEAD } from '../amqp/constants';
import { int32At } from '../amqp/octets';

export interface FrameSink {
  /**
   * Handles the frame from `o` to `next`, and as many as it likes of those that follow whole before `end`. Returns where
   * reading goes on; `o` itself means stop here, the frame is read again by `resume`.
   */
  frame(bytes: Buffer, o: number, next: number, end: number): number;
  /** The stream cannot be read on after either of these. */
  frameTooLarge(type: number, size: number): void;
  badFrameEnd(bytes: Buffer, o: number, next: number): void;
}

const HEAD = 7;
const SIZE_AT = 3;
/** A frame that is announced large is given room as it comes, so that announcing alone costs us nothing. */
const FIRST_ROOM = 4096;

export class FrameReader {
  /** Octets of the frame that was cut. Invariant: `filled` of them are valid. */
  private partial: Buffer = Buffer.alloc(0);
  private filled = 0;
  /** Everything that arrived since the sink said stop; null while it reads. */
  private held: Buffer | null = null;
  private ended = false;

  constructor(
    private readonly sink: FrameSink,
    /** Of a payload: RabbitMQ measures that, so a frame may be eight octets larger than agreed. */
    public frameMax: number,
  ) {}

  read(chunk: Buffer): void {
    if (this.ended) return;
    if (this.held !== null) this.held = Buffer.concat([this.held, chunk]);
    else if (this.filled === 0) this.run(chunk, 0);
    else this.complete(chunk);
  }

  get stopped(): boolean {
    return this.held !== null;
  }

  /** Reads on where the sink said stop. */
  resume(): void {
    const bytes = this.held;
    this.held = null;
    if (bytes !== null) this.read(bytes);
  }

  /** What arrived and what will arrive is thrown away. */
  end(): void {
    this.ended = true;
    this.held = null;
    this.partial = Buffer.alloc(0);
    this.filled = 0;
  }

  /** The first of several frames is one that began in an earlier chunk. */
  private complete(chunk: Buffer): void {
    let o = this.gather(chunk, 0, HEAD);
    if (this.filled < HEAD) return;
    const size = int32At(this.partial, SIZE_AT);
    if (this.refused(this.partial, 0, size)) return;
    o = this.gather(chunk, o, size + FRAME_OVERHEAD);
    if (this.filled < size + FRAME_OVERHEAD) return;
    const frame = this.partial.subarray(0, this.filled);
    this.filled = 0;
    this.partial = Buffer.alloc(0);
    this.run(frame, 0);
    if (this.held === null) this.run(chunk, o);
    else if (o < chunk.length) this.held = Buffer.concat([this.held, chunk.subarray(o)]);
  }

  /** Adds octets of `chunk` from `o` until `wanted` are there; returns how far it came. */
  private gather(chunk: Buffer, o: number, wanted: number): number {
    const count = Math.min(wanted - this.filled, chunk.length - o);
    if (count <= 0) return o;
    if (this.filled + count > this.partial.length) {
      const room = Buffer.allocUnsafeSlow(Math.max(this.filled + count, Math.min(wanted, Math.max(FIRST_ROOM, this.filled * 2))));
      this.partial.copy(room, 0, 0, this.filled);
      this.partial = room;
    }
    chunk.copy(this.partial, this.filled, o, o + count);
    this.filled += count;
    return o + count;
  }

  private run(bytes: Buffer, from: number): void {
    const end = bytes.length;
    let o = from;
    while (end - o >= HEAD && !this.ended) {
      const size = int32At(bytes, o + SIZE_AT);
      if (this.refused(bytes, o, size)) return;
      const next = o + size + FRAME_OVERHEAD;
      if (next > end) break;
      if (bytes[next - 1] !== FRAME_END) {
        this.sink.badFrameEnd(bytes, o, next);
        return;
      }
      const after = this.sink.frame(bytes, o, next, end);
      if (after === o) {
        this.held = Buffer.from(bytes.subarray(o));
        return;
      }
      o = after;
    }
    if (!this.ended && o < end) this.gather(bytes, o, end - o);
  }

  /** `size` is negative from 2^31 on. */
  private refused(bytes: Buffer, o: number, size: number): boolean {
    if (size >= 0 && size <= this.frameMax) return false;
    this.sink.frameTooLarge(bytes[o] as number, size >>> 0);
    return true;
  }
}
