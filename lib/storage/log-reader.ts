/**
 * Reads single messages back from the log. A block is read and checked whole, and the last few are kept: who reads a backlog in
 * order reads each block once.
 */
import type { Disk } from '../world/disk';
import {
  BLOCK_HEADER,
  blockSize,
  expirySize,
  isSound,
  MESSAGE_FIXED,
  messageFramesAt,
  originOf,
  REFERENCE_FIXED,
  segmentName,
} from './format';
import type { LogWriter } from './log-writer';
import type { Segments } from './segments';
import { StorageDamaged } from './storage-error';

const KEPT_BLOCKS = 16;
/** A message's place in its block stands in its entry; this much is read to learn it. */
const PEEK = 6;

/** A message as it lies in a block. Valid until the turn ends unless copied. */
export interface StoredMessage {
  readonly bytes: Buffer;
  /** Exchange and routing key, two short strings. */
  readonly destinationAt: number;
  readonly framesAt: number;
  readonly framesSize: number;
  /** Milliseconds since 1970; Infinity for never. */
  readonly expiresAt: number;
}

export class LogReader {
  /** By LSN of the block, the one used last at the end. */
  private readonly blocks = new Map<number, Buffer>();

  constructor(
    private readonly disk: Disk,
    private readonly segments: Segments,
    private readonly writer: Pick<LogWriter, 'inMemory'>,
  ) {}

  /** Throws `StorageDamaged` when what stands there is not what was written. */
  message(lsn: number): StoredMessage {
    const memory = this.writer.inMemory(lsn);
    if (memory !== null) return messageAt(memory.bytes, lsn - memory.lsn);
    for (const [start, block] of this.blocks) {
      if (lsn > start && lsn < start + block.length) {
        this.blocks.delete(start);
        this.blocks.set(start, block);
        return messageAt(block, lsn - start);
      }
    }
    const { block, start } = this.readBlockOf(lsn);
    this.blocks.set(start, block);
    if (this.blocks.size > KEPT_BLOCKS) this.blocks.delete(this.blocks.keys().next().value as number);
    return messageAt(block, lsn - start);
  }

  private readBlockOf(lsn: number): { block: Buffer; start: number } {
    const segment = this.segments.at(lsn);
    const name = segmentName(segment.start);
    const damaged = (): StorageDamaged => new StorageDamaged(name, lsn - segment.start);
    const peek = this.disk.read(name, lsn - segment.start, PEEK);
    if (peek.length < PEEK) throw damaged();
    const start = lsn - peek.readUInt32BE(2);
    if (start < segment.start) throw damaged();
    const header = this.disk.read(name, start - segment.start, BLOCK_HEADER);
    const size = header.length < BLOCK_HEADER ? 0 : blockSize(header, 0);
    if (size === 0 || start + size <= lsn || start + size > segment.end) throw damaged();
    const block = this.disk.read(name, start - segment.start, size);
    if (!isSound(this.disk, block, start)) throw damaged();
    return { block, start };
  }

  /** Forgets what was read below this LSN. */
  forgetBelow(lsn: number): void {
    for (const start of [...this.blocks.keys()]) if (start < lsn) this.blocks.delete(start);
  }
}

/** The message whose entry, or reference, stands at `at` of a sound block. */
export function messageAt(bytes: Buffer, at: number): StoredMessage {
  const origin = originOf(bytes, at);
  const framesAt = messageFramesAt(bytes, origin);
  const fixed = origin === at ? MESSAGE_FIXED : REFERENCE_FIXED;
  return {
    bytes,
    destinationAt: framesAt - bytes.readUInt16BE(origin + 16),
    framesAt,
    framesSize: bytes.readUInt32BE(origin + 18),
    expiresAt: expirySize(bytes, at) === 0 ? Number.POSITIVE_INFINITY : bytes.readDoubleBE(at + fixed),
  };
}
