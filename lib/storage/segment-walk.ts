/** Reads one segment from its start, block by block; each block is checked. */
import type { Disk } from '../world/disk';
import { BLOCK_HEADER, blockSize, isSound, MAGIC, safeBefore, segmentName } from './format';

/** Octets read at a time. */
const WINDOW = 1 << 20;
const NOTHING = Buffer.alloc(0);
const MAGIC_OCTETS = Buffer.alloc(4);
MAGIC_OCTETS.writeUInt32BE(MAGIC);

export class SegmentWalk {
  readonly name: string;
  /** LSN of the block that comes next, or of the octet that is no block. */
  lsn: number;
  private window: Buffer = NOTHING;
  /** LSN of the window's first octet. */
  private windowLsn: number;

  /** `end`: LSN behind the segment. */
  constructor(
    private readonly disk: Disk,
    private readonly start: number,
    private readonly end: number,
  ) {
    this.name = segmentName(start);
    this.lsn = start;
    this.windowLsn = start;
  }

  get done(): boolean {
    return this.lsn >= this.end;
  }

  /** The next block; null if what stands there is none, or is damaged. Valid as long as the caller likes. */
  next(): Buffer | null {
    const block = this.peek(this.lsn);
    if (block !== null) this.lsn += block.length;
    return block;
  }

  private peek(lsn: number): Buffer | null {
    const header = this.octets(lsn, BLOCK_HEADER);
    if (header.length < BLOCK_HEADER) return null;
    const size = blockSize(header, 0);
    if (size < BLOCK_HEADER || lsn + size > this.end) return null;
    const block = this.octets(lsn, size);
    return isSound(this.disk, block, lsn) ? block : null;
  }

  private octets(lsn: number, length: number): Buffer {
    if (lsn + length > this.windowLsn + this.window.length || lsn < this.windowLsn) {
      this.window = this.disk.read(this.name, lsn - this.start, Math.min(Math.max(WINDOW, length), this.end - lsn));
      this.windowLsn = lsn;
    }
    const at = lsn - this.windowLsn;
    return this.window.subarray(at, at + length);
  }

  /**
   * Looks for a sound block behind the present place and goes there. False if there is none: then `lsn` is the end. Every octet
   * may be the start of a block, for the size of a damaged one cannot be trusted.
   */
  skip(): boolean {
    for (let lsn = this.lsn + 1; lsn + BLOCK_HEADER <= this.end; lsn++) {
      lsn = this.nextMagic(lsn);
      if (lsn < 0) break;
      if (this.peek(lsn) === null) continue;
      this.lsn = lsn;
      return true;
    }
    this.lsn = this.end;
    return false;
  }

  /** The first place from `lsn` on where a block's magic number stands; -1 if there is none. */
  private nextMagic(from: number): number {
    for (let lsn = from; lsn + BLOCK_HEADER <= this.end; ) {
      const octets = this.octets(lsn, Math.min(WINDOW / 2, this.end - lsn));
      const at = octets.indexOf(MAGIC_OCTETS);
      if (at >= 0) return lsn + at;
      lsn += Math.max(1, octets.length - MAGIC_OCTETS.length + 1);
    }
    return -1;
  }

  /** Whether a sound block behind the present place proves that what stands here had been on disk. */
  provenSynced(): boolean {
    const here = this.lsn;
    const probe = new SegmentWalk(this.disk, this.start, this.end);
    probe.lsn = here;
    while (probe.skip()) {
      const block = probe.peek(probe.lsn) as Buffer;
      if (safeBefore(block) > here) return true;
    }
    return false;
  }
}
