/**
 * Reads single messages and records back from the log. A block is read and checked whole, and the last ones are kept: who reads
 * a backlog in order reads each block once.
 */
import type { Disk } from '../world/disk';
import { BlockCache, type ReadBlock } from './block-cache';
import {
  BLOCK_HEADER,
  blockSize,
  expirySize,
  isSound,
  MESSAGE_FIXED,
  messageFramesAt,
  originOf,
  read16,
  read32,
  read48,
  RECORD_FIXED,
  REFERENCE_FIXED,
  segmentName,
} from './format';
import type { LogWriter } from './log-writer';
import type { Segments } from './segments';
import { StorageDamaged } from './storage-error';

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

/** Shares the octets of its block. */
export interface StoredRecord {
  readonly tag: number;
  readonly data: Buffer;
}

export class LogReader {
  /** Octets of blocks read from the disk. */
  octetsRead = 0;
  /** Octets of blocks in which messages were looked for, again each time that another block had been asked for meanwhile. */
  octetsVisited = 0;
  /** LSN of the last of them. */
  private visited = -1;
  private readonly cache = new BlockCache();

  constructor(
    private readonly disk: Disk,
    private readonly segments: Segments,
    private readonly writer: Pick<LogWriter, 'inMemory'>,
  ) {}

  /** Throws `StorageDamaged` when what stands there is not what was written. */
  message(lsn: number): StoredMessage {
    const block = this.blockAt(lsn);
    return messageAt(block.bytes, lsn - block.lsn);
  }

  /** Throws as `message`. */
  record(lsn: number): StoredRecord {
    const block = this.blockAt(lsn);
    return recordAt(block.bytes, lsn - block.lsn);
  }

  private blockAt(lsn: number): ReadBlock {
    const memory = this.writer.inMemory(lsn);
    if (memory !== null) return memory;
    const known = this.cache.find(lsn);
    const block = known ?? this.readBlockOf(lsn);
    if (known === null) {
      this.octetsRead += block.bytes.length;
      this.cache.add(block);
    }
    if (block.lsn !== this.visited) {
      this.visited = block.lsn;
      this.octetsVisited += block.bytes.length;
    }
    return block;
  }

  private readBlockOf(lsn: number): ReadBlock {
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
    const bytes = this.disk.read(name, start - segment.start, size);
    if (!isSound(this.disk, bytes, start)) throw damaged();
    return { lsn: start, bytes };
  }

  /** Forgets what was read below this LSN. */
  forgetBelow(lsn: number): void {
    this.cache.forgetBelow(lsn);
  }
}

/** The message whose entry, or reference, stands at `at` of a sound block. */
export function messageAt(bytes: Buffer, at: number): StoredMessage {
  const origin = originOf(bytes, at);
  const framesAt = messageFramesAt(bytes, origin);
  const fixed = origin === at ? MESSAGE_FIXED : REFERENCE_FIXED;
  return {
    bytes,
    destinationAt: framesAt - read16(bytes, origin + 16),
    framesAt,
    framesSize: read32(bytes, origin + 18),
    expiresAt: expirySize(bytes, at) === 0 ? Number.POSITIVE_INFINITY : bytes.readDoubleBE(at + fixed),
  };
}

/** The record whose entry stands at `at` of a sound block. */
export function recordAt(bytes: Buffer, at: number): StoredRecord {
  const from = at + RECORD_FIXED;
  return { tag: read48(bytes, at + 16), data: bytes.subarray(from, from + read32(bytes, at + 22)) };
}
