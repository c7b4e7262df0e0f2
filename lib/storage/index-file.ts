/**
 * The index of a full segment: what its entries say, without the messages' bodies, so that a node with a long backlog starts
 * without reading it. Made in the background from the segment; one that is missing or damaged is no loss, the segment is read.
 *
 *   magic (4) | CRC-32 (4) | start (8) | end (8) | entries ...
 *
 * Entries are those of the log, but for messages and records: type (1) | flags (1) | stream (4) | number (6) | offset (4) |
 * body size (4), and a key's value is preceded by its place: type (1) | offset (4). Offsets count from the start of the segment.
 */
import type { Disk, DiskError } from '../world/disk';
import {
  ENTRY,
  indexName,
  read32,
  read48,
  RUN_SIZE,
  PUT_FIXED,
  DELETED_FIXED,
  walkBlock,
  walkOther,
  type EntryVisitor,
} from './format';
import type { Segment } from './segments';
import { SegmentWalk } from './segment-walk';
import { StorageDamaged } from './storage-error';

const MAGIC = 0x57524e58;
const HEADER = 24;
const MESSAGE_SIZE = 20;
/** Type of the entry that gives the place of the key behind it. */
const PLACE = 0xff;
const ROOM_MIN = 65536;

/** Builds an index a little at a time. */
export class IndexBuilder implements EntryVisitor {
  private readonly walk: SegmentWalk;
  private out = Buffer.allocUnsafeSlow(ROOM_MIN);
  private used = HEADER;

  constructor(
    private readonly disk: Disk,
    private readonly segment: Segment,
  ) {
    this.walk = new SegmentWalk(disk, segment.start, segment.end);
  }

  /** Reads one more block; false when all are read. Throws `StorageDamaged`. */
  step(): boolean {
    if (this.walk.done) return false;
    const { lsn, name } = this.walk;
    const block = this.walk.next();
    if (block === null) throw new StorageDamaged(name, lsn - this.segment.start);
    walkBlock(block, lsn, this);
    return true;
  }

  /** Writes the file. It need not be synced: half an index is found out by its check sum. */
  finish(done: (error: DiskError | null) => void): void {
    const bytes = this.out.subarray(0, this.used);
    bytes.writeUInt32BE(MAGIC, 0);
    bytes.writeDoubleBE(this.segment.start, 8);
    bytes.writeDoubleBE(this.segment.end, 16);
    bytes.writeUInt32BE(this.disk.crc32(bytes.subarray(8), 0), 4);
    const file = this.disk.create(indexName(this.segment.start));
    file.write([bytes], (error) => {
      file.close();
      done(error);
    });
  }

  /** Octets of the file. */
  get octets(): number {
    return this.used;
  }

  /** Room for `bytes` octets; their offset. */
  private room(bytes: number): number {
    const at = this.used;
    this.used += bytes;
    if (this.used > this.out.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.used, this.out.length * 2));
      this.out.copy(larger, 0, 0, at);
      this.out = larger;
    }
    return at;
  }

  message(stream: number, seq: number, lsn: number, bodySize: number, flags: number): void {
    this.placed(ENTRY.message, stream, seq, lsn, bodySize, flags);
  }

  record(stream: number, seq: number, lsn: number, size: number, flags: number): void {
    this.placed(ENTRY.record, stream, seq, lsn, size, flags);
  }

  private placed(type: number, stream: number, seq: number, lsn: number, size: number, flags: number): void {
    const at = this.room(MESSAGE_SIZE);
    const { out } = this;
    out[at] = type;
    out[at + 1] = flags;
    out.writeUInt32BE(stream, at + 2);
    out.writeUIntBE(seq, at + 6, 6);
    out.writeUInt32BE(lsn - this.segment.start, at + 12);
    out.writeUInt32BE(size, at + 16);
  }

  removed(stream: number, seq: number, count: number): void {
    this.run(ENTRY.removed, stream, seq, count);
  }

  redelivered(stream: number, seq: number, count: number): void {
    this.run(ENTRY.redelivered, stream, seq, count);
  }

  private run(type: number, stream: number, seq: number, count: number): void {
    const at = this.room(RUN_SIZE);
    this.out[at] = type;
    this.out.writeUInt32BE(stream, at + 1);
    this.out.writeUIntBE(seq, at + 5, 6);
    this.out.writeUInt32BE(count, at + 11);
  }

  put(key: string, value: Buffer, lsn: number): void {
    const keyBytes = Buffer.from(key, 'utf8');
    const at = this.room(5 + PUT_FIXED + keyBytes.length + value.length) + 5;
    this.out[at - 5] = PLACE;
    this.out.writeUInt32BE(lsn - this.segment.start, at - 4);
    this.out[at] = ENTRY.put;
    this.out.writeUInt16BE(keyBytes.length, at + 1);
    this.out.writeUInt32BE(value.length, at + 3);
    keyBytes.copy(this.out, at + PUT_FIXED);
    value.copy(this.out, at + PUT_FIXED + keyBytes.length);
  }

  deleted(key: string): void {
    const keyBytes = Buffer.from(key, 'utf8');
    const at = this.room(DELETED_FIXED + keyBytes.length);
    this.out[at] = ENTRY.deleted;
    this.out.writeUInt16BE(keyBytes.length, at + 1);
    keyBytes.copy(this.out, at + DELETED_FIXED);
  }

  started(): void {
    this.mark(ENTRY.started);
  }

  stopped(): void {
    this.mark(ENTRY.stopped);
  }

  lost(): void {
    this.mark(ENTRY.void);
  }

  private mark(type: number): void {
    // `room` may put another buffer into `out`.
    const at = this.room(1);
    this.out[at] = type;
  }
}

/** Tells the visitor what the segment says. False, and nothing told, if it has no index; a damaged one is removed. */
export function readIndex(disk: Disk, segment: Segment, visitor: EntryVisitor): boolean {
  const name = indexName(segment.start);
  if (!disk.list().includes(name)) return false;
  const bytes = disk.read(name, 0, disk.size(name));
  if (!isIndexOf(disk, bytes, segment)) {
    disk.remove(name);
    return false;
  }
  for (let at = HEADER; at < bytes.length; ) at += readEntry(bytes, at, segment.start, visitor);
  return true;
}

function isIndexOf(disk: Disk, bytes: Buffer, { start, end }: Segment): boolean {
  return (
    bytes.length >= HEADER &&
    bytes.readUInt32BE(0) === MAGIC &&
    bytes.readUInt32BE(4) === disk.crc32(bytes.subarray(8), 0) &&
    bytes.readDoubleBE(8) === start &&
    bytes.readDoubleBE(16) === end
  );
}

function readEntry(bytes: Buffer, at: number, start: number, visitor: EntryVisitor): number {
  const type = bytes[at];
  if (type === ENTRY.message || type === ENTRY.record) {
    const lsn = start + read32(bytes, at + 12);
    const stream = read32(bytes, at + 2);
    const seq = read48(bytes, at + 6);
    visitor[type === ENTRY.message ? 'message' : 'record'](stream, seq, lsn, read32(bytes, at + 16), bytes[at + 1] as number);
    return MESSAGE_SIZE;
  }
  if (type !== PLACE) return walkOther(bytes, at, start, visitor);
  return 5 + walkOther(bytes, at + 5, start + read32(bytes, at + 1), visitor);
}
