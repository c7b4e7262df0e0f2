/**
 * What a log looks like on disk.
 *
 * The log of a node is one endless run of octets, numbered from 0; the number of an octet is its *log sequence number* (LSN). It
 * lies in segment files, each named by the LSN of its first octet, and consists of blocks:
 *
 *   block:  magic (4) | CRC-32 (4) | size of the payload (4) | safe (8) | LSN (8) | entries ...
 *
 * The CRC covers everything behind itself. `safe` is an LSN: everything below it was on disk before this block was written. So a
 * bad block below the `safe` of a sound one is not a crash's doing. An entry begins with its type; numbers are big-endian.
 */
import type { Disk } from '../world/disk';

export const MAGIC = 0x57524e4c;
export const BLOCK_HEADER = 28;
/** A block is closed once it holds this much; a larger message makes a larger block. */
export const BLOCK_SIZE = 262144;

/** Types of entries. */
export const ENTRY = {
  /** A message came into a stream. */
  message: 1,
  /** A run of messages left theirs. */
  removed: 2,
  /** A key of the metadata has a new value. */
  put: 3,
  deleted: 4,
  /** A run of messages that had been delivered before. Only written by an orderly stop. */
  redelivered: 5,
  /** A node begins to use the log. What was delivered from here on is not known. */
  started: 6,
  /** An orderly stop: nothing happened after this. */
  stopped: 7,
  /** Where something damaged was. */
  void: 8,
  /** A message whose destination and frames stand in an earlier message entry of the same block: it went to several queues. */
  reference: 9,
  /** A record of a journal (journal.ts). */
  record: 10,
} as const;

/** type (1) | flags (1) | from the block's start (4) | stream (4) | number (6) | destination (2) | frames (4) */
export const MESSAGE_FIXED = 22;
/** type (1) | flags (1) | from the block's start (4) | stream (4) | number (6) | the other entry, from the block's start (4) */
export const REFERENCE_FIXED = 20;
/** With the expiry time (8) behind the fixed part. */
export const FLAG_EXPIRES = 1;
/** Kept for memory's sake only: it does not outlive the node. */
export const FLAG_TRANSIENT = 2;
/** type (1) | flags (1) | from the block's start (4) | stream (4) | number (6) | tag (6) | data (4) */
export const RECORD_FIXED = 26;
/** The record stands for all up to its number, and stands in the stream behind the journal's own. */
export const FLAG_BASE = 1;
/** What has higher numbers is void, too. */
export const FLAG_ALONE = 2;
/** The cleaner moved it here: it makes nothing void. */
export const FLAG_COPIED = 4;
/** type (1) | stream (4) | number (6) | count (4) */
export const RUN_SIZE = 15;
/** type (1) | key (2) | value (4) */
export const PUT_FIXED = 7;
/** type (1) | key (2) */
export const DELETED_FIXED = 3;

/** Where in a message's frames the lower half of the body's size stands: frame head, class, weight, upper half. */
const BODY_SIZE_AT = 15;

/** Kinds of files: segment, its index, and what a folder says besides (marks.ts). */
type FileKind = 'log' | 'idx' | 'from' | 'upto';

/** A file by an LSN; of a segment and its index that of the first octet. Sixteen digits, so that names sort as numbers do. */
export function lsnName(lsn: number, kind: FileKind): string {
  return `${String(lsn).padStart(16, '0')}.${kind}`;
}

/** The LSN that the name of a file of this kind gives, or null for any other file. */
export function lsnOf(name: string, kind: FileKind): number | null {
  const match = /^(\d{16})\.(\w+)$/.exec(name);
  return match === null || match[2] !== kind ? null : Number(match[1]);
}

export function segmentName(lsn: number): string {
  return lsnName(lsn, 'log');
}

export function indexName(lsn: number): string {
  return lsnName(lsn, 'idx');
}

/** LSNs of the files of this kind, in order. Throws `DiskError`. */
export function lsnsOf(disk: Disk, kind: FileKind): number[] {
  return disk.list().flatMap((name) => lsnOf(name, kind) ?? []);
}

/** Fills in the header of a block that lies at the start of `block` and ends at `size`. */
export function sealBlock(disk: Disk, block: Buffer, size: number, safe: number, lsn: number): void {
  block.writeUInt32BE(MAGIC, 0);
  block.writeUInt32BE(size - BLOCK_HEADER, 8);
  block.writeDoubleBE(safe, 12);
  block.writeDoubleBE(lsn, 20);
  block.writeUInt32BE(disk.crc32(block.subarray(8, size), 0), 4);
}

/** The whole size of the block whose header stands at `at`; 0 if none can stand there. */
export function blockSize(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at) === MAGIC ? bytes.readUInt32BE(at + 8) + BLOCK_HEADER : 0;
}

/** Whether `block`, header included, is what was once written at this LSN. */
export function isSound(disk: Disk, block: Buffer, lsn: number): boolean {
  return (
    block.length >= BLOCK_HEADER &&
    blockSize(block, 0) === block.length &&
    block.readDoubleBE(20) === lsn &&
    block.readUInt32BE(4) === disk.crc32(block.subarray(8), 0)
  );
}

/** Everything below this LSN was on disk when the block was written. */
export function safeBefore(block: Buffer): number {
  return block.readDoubleBE(12);
}

/** What the entries of a log say, to whoever walks over them in order. */
export interface EntryVisitor {
  message(stream: number, seq: number, lsn: number, bodySize: number, flags: number): void;
  removed(stream: number, seq: number, count: number): void;
  put(key: string, value: Buffer, lsn: number): void;
  deleted(key: string): void;
  redelivered(stream: number, seq: number, count: number): void;
  /** `size`: octets of its data. */
  record(stream: number, seq: number, lsn: number, size: number, flags: number): void;
  started(): void;
  stopped(): void;
  /** Something stood here, and was damaged. */
  lost(): void;
}

/** Walks over the entries of a sound block. Throws on an entry that this version does not know. */
export function walkBlock(block: Buffer, lsn: number, visitor: EntryVisitor): void {
  let at = BLOCK_HEADER;
  while (at < block.length) at += walkEntry(block, at, lsn + at, visitor);
}

function walkEntry(block: Buffer, at: number, lsn: number, visitor: EntryVisitor): number {
  if (block[at] === ENTRY.message || block[at] === ENTRY.reference) {
    const frames = messageFramesAt(block, originOf(block, at));
    const bodySize = read32(block, frames + BODY_SIZE_AT);
    visitor.message(read32(block, at + 6), read48(block, at + 10), lsn, bodySize, block[at + 1] as number);
    if (block[at] === ENTRY.reference) return REFERENCE_FIXED + expirySize(block, at);
    return frames + read32(block, at + 18) - at;
  }
  if (block[at] === ENTRY.record) {
    const size = read32(block, at + 22);
    visitor.record(read32(block, at + 6), read48(block, at + 10), lsn, size, block[at + 1] as number);
    return RECORD_FIXED + size;
  }
  if (block[at] === ENTRY.void) {
    visitor.lost();
    return block.length - at;
  }
  return walkOther(block, at, lsn, visitor);
}

/** An entry of a kind that stands in blocks and in index files alike; returns its size. */
export function walkOther(bytes: Buffer, at: number, lsn: number, visitor: EntryVisitor): number {
  switch (bytes[at]) {
    case ENTRY.removed:
      visitor.removed(read32(bytes, at + 1), read48(bytes, at + 5), read32(bytes, at + 11));
      return RUN_SIZE;
    case ENTRY.redelivered:
      visitor.redelivered(read32(bytes, at + 1), read48(bytes, at + 5), read32(bytes, at + 11));
      return RUN_SIZE;
    case ENTRY.put: {
      const value = at + PUT_FIXED + read16(bytes, at + 1);
      const end = value + read32(bytes, at + 3);
      visitor.put(bytes.toString('utf8', at + PUT_FIXED, value), bytes.subarray(value, end), lsn);
      return end - at;
    }
    case ENTRY.deleted: {
      const end = at + DELETED_FIXED + read16(bytes, at + 1);
      visitor.deleted(bytes.toString('utf8', at + DELETED_FIXED, end));
      return end - at;
    }
    case ENTRY.started:
      visitor.started();
      return 1;
    case ENTRY.stopped:
      visitor.stopped();
      return 1;
    case ENTRY.void:
      visitor.lost();
      return 1;
    default:
      throw new Error(`unknown entry ${bytes[at]} at octet ${at}: this log was written by a later version of Warren`);
  }
}

/** Where the entry begins that has the frames of the message, or the reference, at `at`. */
export function originOf(block: Buffer, at: number): number {
  return block[at] === ENTRY.reference ? read32(block, at + 16) : at;
}

/** Octets of the expiry time behind the fixed part. */
export function expirySize(block: Buffer, at: number): number {
  return ((block[at + 1] as number) & FLAG_EXPIRES) === 0 ? 0 : 8;
}

/** Where the frames of the message entry at `at` begin. */
export function messageFramesAt(block: Buffer, at: number): number {
  return at + MESSAGE_FIXED + expirySize(block, at) + read16(block, at + 16);
}

/** What entries of messages, references and records begin with; `at` counts from the start of the block. */
export function writeHead(block: Buffer, at: number, type: number, flags: number, stream: number, seq: number): void {
  block[at] = type;
  block[at + 1] = flags;
  write32(block, at + 2, at);
  write32(block, at + 6, stream);
  const high = Math.floor(seq / 0x100000000);
  block[at + 10] = high >>> 8;
  block[at + 11] = high;
  write32(block, at + 12, seq);
}

export function writeRecord(
  block: Buffer,
  at: number,
  stream: number,
  seq: number,
  flags: number,
  tag: number,
  data: Uint8Array,
): void {
  writeHead(block, at, ENTRY.record, flags, stream, seq);
  const high = Math.floor(tag / 0x100000000);
  block[at + 16] = high >>> 8;
  block[at + 17] = high;
  write32(block, at + 18, tag);
  write32(block, at + 22, data.length);
  block.set(data, at + RECORD_FIXED);
}

/** Without the checks of a Buffer's own methods, which a message should not pay for. */
export function write32(out: Buffer, at: number, value: number): void {
  out[at] = value >>> 24;
  out[at + 1] = value >>> 16;
  out[at + 2] = value >>> 8;
  out[at + 3] = value;
}

/** 0 to 65535; as all of these without the checks of a Buffer's own methods. The octets must lie within. */
export function read16(bytes: Buffer, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

/** 0 to 2^32-1. */
export function read32(bytes: Buffer, at: number): number {
  return ((read16(bytes, at) << 16) | read16(bytes, at + 2)) >>> 0;
}

/** 0 to 2^48-1. */
export function read48(bytes: Buffer, at: number): number {
  return read16(bytes, at) * 0x100000000 + read32(bytes, at + 2);
}
