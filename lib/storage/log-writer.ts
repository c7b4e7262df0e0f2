/**
 * The end of the log that grows. Entries gather in blocks during a turn; at its end one write and one sync take them to disk, and
 * what comes meanwhile gathers for the next (group commit: the slower the disk, the larger the batches).
 *
 *   idle ──flush──▶ [new segment: create, sync names] ──▶ write ──▶ [sync ──▶ waiters run] ──▶ idle, or the next batch
 *
 * Entries that nobody waits for (removals) are written a little later and not synced: they outlive the process, not the machine.
 *
 * Invariant: one batch is under way at a time, so what a crash may damage is what was written since the last sync. The first
 * error ends the writer for good: after a failed sync nobody knows what is on disk.
 */
import { copyOctets } from '../world/copy-octets';
import type { Disk, DiskError, DiskFile } from '../world/disk';
import type { Clock, Timer, Turn } from '../world/world';
import {
  BLOCK_HEADER,
  BLOCK_SIZE,
  DELETED_FIXED,
  ENTRY,
  FLAG_EXPIRES,
  MESSAGE_FIXED,
  PUT_FIXED,
  REFERENCE_FIXED,
  RECORD_FIXED,
  RUN_SIZE,
  sealBlock,
  segmentName,
  write32,
  writeHead,
  writeRecord,
} from './format';
import type { Segment, Segments } from './segments';

/** Milliseconds that entries which nobody waits for may stay in memory. They are written then, and not synced. */
const LAZY = 20;
/** Octets that do not wait so long. */
const LAZY_BYTES = BLOCK_SIZE / 2;
/** More than this not on disk yet makes the log congested; half of it relieves it. */
const CONGESTED = 32 << 20;
const POOL_MAX = 16;

/** A block in memory: being filled, waiting, or on its way to disk. */
interface Block {
  readonly lsn: number;
  readonly buffer: Buffer;
  used: number;
}

/** What an entry for a message is made of. */
export interface MessageParts {
  readonly content: Buffer;
  readonly at: number;
  readonly size: number;
  readonly destination: { readonly size: number; write(out: Buffer, at: number): void };
}

export interface LogEnvironment {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly turn: Turn;
  readonly segments: Segments;
  /** A segment is full and on disk: it will not grow again. */
  sealed(segment: Segment): void;
  /** The disk failed; nothing more will be written. */
  failed(error: DiskError): void;
  /** A batch was written, and is on disk if `synced`. */
  written(octets: number, synced: boolean): void;
}

export class LogWriter {
  /** Grows each time what gathered is taken to disk: what is appended under one number is safe at the same moment. */
  batch = 1;
  private nextLsn: number;
  private block: Block | null = null;
  /** Full blocks of the batch that gathers. */
  private gathered: Block[] = [];
  private underWay: Block[] = [];
  private waiters: Array<() => void> = [];
  /** Somebody waits for what gathers. */
  private urgent = false;
  /** Where the octets begin that were written and not synced; null if there are none. */
  private unsyncedFrom: number | null = null;
  private armed = false;
  private lazy: Timer | null = null;
  private file: DiskFile | null = null;
  /** The file holds octets that were not synced. */
  private dirty = false;
  private busy = false;
  private broken = false;
  private pendingBytes = 0;
  private relieved: Array<() => void> = [];
  private readonly pool: Buffer[] = [];
  /** What the last message entry of the block was made of, and its offset there. */
  private content: Buffer | null = null;
  private contentAt = 0;
  private origin = 0;
  /** The last run of removals, while it can still grow. */
  private run: { lsn: number; countAt: number; count: number; stream: number; next: number } | null = null;

  constructor(
    private readonly env: LogEnvironment,
    start: number,
    private readonly segmentBytes: number,
  ) {
    this.nextLsn = start;
    env.segments.add(start);
  }

  // --- entries ---

  /**
   * `expiresAt`: milliseconds since 1970, or Infinity. Returns the entry's LSN. What goes to several queues in a row comes with
   * the same content at the same place; it is written once in a block, and referred to.
   */
  message(stream: number, seq: number, flags: number, expiresAt: number, message: MessageParts): number {
    const { destination } = message;
    const expires = expiresAt !== Number.POSITIVE_INFINITY;
    const kind = flags | (expires ? FLAG_EXPIRES : 0);
    if (message.content === this.content && message.at === this.contentAt && this.roomLeft >= REFERENCE_FIXED + 8) {
      const at = this.reserve(REFERENCE_FIXED + (expires ? 8 : 0));
      const { buffer, lsn } = this.block as Block;
      writeHead(buffer, at, ENTRY.reference, kind, stream, seq);
      write32(buffer, at + 16, this.origin);
      if (expires) buffer.writeDoubleBE(expiresAt, at + REFERENCE_FIXED);
      return lsn + at;
    }
    const fixed = MESSAGE_FIXED + (expires ? 8 : 0);
    const at = this.reserve(fixed + destination.size + message.size);
    const { buffer, lsn } = this.block as Block;
    writeHead(buffer, at, ENTRY.message, kind, stream, seq);
    buffer[at + 16] = destination.size >>> 8;
    buffer[at + 17] = destination.size;
    write32(buffer, at + 18, message.size);
    if (expires) buffer.writeDoubleBE(expiresAt, at + MESSAGE_FIXED);
    destination.write(buffer, at + fixed);
    copyOctets(message.content, message.at, buffer, at + fixed + destination.size, message.size);
    this.content = message.content;
    this.contentAt = message.at;
    this.origin = at;
    return lsn + at;
  }

  /** `lsn`: where the message stands. A run of removals may grow only over messages that stand before it. */
  removed(stream: number, seq: number, lsn: number): void {
    const { run } = this;
    if (run !== null && run.stream === stream && run.next === seq && lsn < run.lsn) {
      run.next++;
      run.count++;
      write32((this.block as Block).buffer, run.countAt, run.count);
      return;
    }
    const at = this.runEntry(ENTRY.removed, stream, seq, 1);
    this.run = { lsn: (this.block as Block).lsn + at, countAt: at + 11, count: 1, stream, next: seq + 1 };
  }

  redelivered(stream: number, seq: number, count: number): void {
    this.runEntry(ENTRY.redelivered, stream, seq, count);
  }

  private runEntry(type: number, stream: number, seq: number, count: number): number {
    const at = this.reserve(RUN_SIZE);
    const { buffer } = this.block as Block;
    buffer[at] = type;
    buffer.writeUInt32BE(stream, at + 1);
    buffer.writeUIntBE(seq, at + 5, 6);
    buffer.writeUInt32BE(count, at + 11);
    return at;
  }

  /** Returns the entry's LSN. */
  put(key: string, value: Uint8Array): number {
    const keyBytes = Buffer.from(key, 'utf8');
    const at = this.reserve(PUT_FIXED + keyBytes.length + value.length);
    const { buffer, lsn } = this.block as Block;
    buffer[at] = ENTRY.put;
    buffer.writeUInt16BE(keyBytes.length, at + 1);
    buffer.writeUInt32BE(value.length, at + 3);
    keyBytes.copy(buffer, at + PUT_FIXED);
    buffer.set(value, at + PUT_FIXED + keyBytes.length);
    return lsn + at;
  }

  deleted(key: string): void {
    const keyBytes = Buffer.from(key, 'utf8');
    const at = this.reserve(DELETED_FIXED + keyBytes.length);
    const { buffer } = this.block as Block;
    buffer[at] = ENTRY.deleted;
    buffer.writeUInt16BE(keyBytes.length, at + 1);
    keyBytes.copy(buffer, at + DELETED_FIXED);
  }

  /** Returns the entry's LSN. */
  record(stream: number, seq: number, flags: number, tag: number, data: Uint8Array): number {
    const at = this.reserve(RECORD_FIXED + data.length);
    const { buffer, lsn } = this.block as Block;
    writeRecord(buffer, at, stream, seq, flags, tag, data);
    return lsn + at;
  }

  /** Returns the LSN behind the entry. */
  mark(type: typeof ENTRY.started | typeof ENTRY.stopped): number {
    const at = this.reserve(1);
    const { buffer, lsn } = this.block as Block;
    buffer[at] = type;
    return lsn + at + 1;
  }

  private get roomLeft(): number {
    return this.block === null ? 0 : this.block.buffer.length - this.block.used;
  }

  /** Room for an entry in the block that gathers; its offset there. */
  private reserve(bytes: number): number {
    let { block } = this;
    if (block !== null && block.used + bytes > block.buffer.length) {
      this.closeBlock();
      block = null;
    }
    if (block === null) block = this.openBlock(bytes);
    const at = block.used;
    block.used = at + bytes;
    this.pendingBytes += bytes;
    if (!this.armed) {
      this.armed = true;
      this.env.turn.atEnd(this.endOfTurn);
    }
    return at;
  }

  private openBlock(bytes: number): Block {
    this.rollIfFull();
    const size = Math.max(BLOCK_SIZE, bytes + BLOCK_HEADER);
    const buffer = (size === BLOCK_SIZE ? this.pool.pop() : undefined) ?? Buffer.allocUnsafeSlow(size);
    this.block = { lsn: this.nextLsn, buffer, used: BLOCK_HEADER };
    return this.block;
  }

  private closeBlock(): void {
    const { block } = this;
    if (block === null) return;
    this.run = this.content = null;
    const safe = this.unsyncedFrom ?? this.gathered[0]?.lsn ?? block.lsn;
    sealBlock(this.env.disk, block.buffer, block.used, safe, block.lsn);
    this.nextLsn = block.lsn + block.used;
    (this.env.segments.newest as Segment).end = this.nextLsn;
    this.gathered.push(block);
    this.block = null;
  }

  /** Only between batches, so that a batch lies in one file. */
  private rollIfFull(): void {
    const { segments } = this.env;
    const newest = segments.newest as Segment;
    if (this.gathered.length > 0 || this.nextLsn - newest.start < this.segmentBytes) return;
    segments.add(this.nextLsn);
  }

  // --- to disk ---

  /** Calls `done` once everything appended so far is on disk; at the end of this turn if it is already. */
  afterSync(done: () => void): void {
    this.urgent = true;
    this.waiters.push(done);
    if (this.armed) return;
    this.armed = true;
    this.env.turn.atEnd(this.endOfTurn);
  }

  private readonly endOfTurn = (): void => {
    this.armed = false;
    if (this.urgent || this.pendingBytes >= LAZY_BYTES) this.flush();
    else this.lazy ??= this.env.clock.after(LAZY, this.lazyFlush);
  };

  private readonly lazyFlush = (): void => {
    this.lazy = null;
    this.flush();
  };

  private flush(): void {
    if (this.busy || this.broken) return;
    this.closeBlock();
    const { urgent, waiters, gathered: blocks } = this;
    this.urgent = false;
    this.waiters = [];
    if (blocks.length === 0 && (!urgent || this.unsyncedFrom === null)) {
      this.batch++;
      for (const waiter of waiters) waiter();
      return;
    }
    this.lazy?.cancel();
    this.lazy = null;
    this.gathered = [];
    this.underWay = blocks;
    this.busy = true;
    this.batch++;
    // What is sealed from here on is written after this sync, or not at all.
    if (urgent) this.unsyncedFrom = null;
    else this.unsyncedFrom ??= (blocks[0] as Block).lsn;
    const octets = blocks.reduce((sum, { used }) => sum + used, 0);
    const views = blocks.map(({ buffer, used }) => buffer.subarray(0, used));
    const written = (error: DiskError | null): void => {
      if (error !== null) this.fail(error);
      else if (!this.broken) this.onDisk(octets, urgent, waiters);
    };
    this.openFile(blocks[0]?.lsn ?? null, (file) => {
      if (views.length === 0) return file.sync(written);
      this.dirty = true;
      file.write(views, (error) => {
        if (error === null && urgent && !this.broken) file.sync(written);
        else written(error);
      });
    });
  }

  /** The file of the segment that a batch beginning at `lsn` belongs to; a new one's name is on disk before anything is in it. */
  private openFile(lsn: number | null, then: (file: DiskFile) => void): void {
    const { segments } = this.env;
    const { file: open } = this;
    if (open !== null && (lsn === null || segments.at(lsn).start !== lsn)) {
      then(open);
      return;
    }
    if (open === null || !this.dirty) this.startFile(lsn as number, then);
    // What the full segment holds must not be less safe than what the next one will.
    else open.sync((error) => (error === null ? this.startFile(lsn as number, then) : this.fail(error)));
  }

  private startFile(lsn: number, then: (file: DiskFile) => void): void {
    if (this.broken) return;
    const { segments, disk } = this.env;
    this.file?.close();
    const before = segments.before(lsn);
    try {
      this.file = disk.create(segmentName(lsn));
    } catch (error) {
      this.fail(error as DiskError);
      return;
    }
    const { file } = this;
    disk.syncNames((error) => {
      if (error !== null) return this.fail(error);
      if (this.broken) return;
      if (before !== undefined && !before.sealed) this.env.sealed(before);
      then(file);
    });
  }

  private onDisk(octets: number, synced: boolean, waiters: ReadonlyArray<() => void>): void {
    for (const { buffer } of this.underWay) {
      if (buffer.length === BLOCK_SIZE && this.pool.length < POOL_MAX) this.pool.push(buffer);
    }
    this.underWay = [];
    this.busy = false;
    if (synced) this.dirty = false;
    this.pendingBytes = this.gathered.reduce((sum, { used }) => sum + used, this.block?.used ?? 0);
    this.env.written(octets, synced);
    for (const waiter of waiters) waiter();
    if (this.pendingBytes <= CONGESTED / 2) for (const fn of this.relieved.splice(0)) fn();
    if (this.urgent || this.pendingBytes >= LAZY_BYTES) this.flush();
    else if (this.pendingBytes > 0) this.lazy ??= this.env.clock.after(LAZY, this.lazyFlush);
  }

  private fail(error: DiskError): void {
    if (this.broken) return;
    this.broken = true;
    this.lazy?.cancel();
    this.env.failed(error);
  }

  // --- what is not on disk yet ---

  /** More waits for the disk than it can take for now: publishers had better wait. */
  get congested(): boolean {
    return this.pendingBytes > CONGESTED;
  }

  whenRelieved(fn: () => void): void {
    this.relieved.push(fn);
  }

  /** The block in memory that holds this LSN; null if it is on disk. Valid until the turn ends. */
  inMemory(lsn: number): { readonly bytes: Buffer; readonly lsn: number } | null {
    const { block } = this;
    if (block !== null && lsn >= block.lsn) return { bytes: block.buffer.subarray(0, block.used), lsn: block.lsn };
    for (const list of [this.gathered, this.underWay]) {
      for (const { lsn: start, buffer, used } of list) {
        if (lsn >= start && lsn < start + used) return { bytes: buffer.subarray(0, used), lsn: start };
      }
    }
    return null;
  }

  /** Stops writing where it is; nothing is awaited. */
  abandon(): void {
    this.broken = true;
    this.lazy?.cancel();
    this.file?.close();
  }
}
