/**
 * A node's storage on a disk: one log for everything (DESIGN, "Disk and crashes"). This file holds the parts together; the log's
 * end is log-writer.ts, its beginning cleaner.ts, what a start does with it recovery.ts.
 */
import type { Disk } from '../world/disk';
import type { World } from '../world/world';
import { Cleaner } from './cleaner';
import { ENTRY } from './format';
import { LogJournal, type JournalParts } from './journal';
import { journalIdOf, journalOf } from './journal-key';
import { LogReader } from './log-reader';
import { LogWriter } from './log-writer';
import { mark } from './marks';
import { Metadata } from './metadata';
import { LogQueueStore, type StoreParts } from './queue-store';
import { recover, strayIndexes } from './recovery';
import { Segments } from './segments';
import type { Journal, QueueStore, Storage } from './storage';
import { Streams } from './streams';
import { isStreamsKey, streamsKey, streamsOf } from './streams-key';

export interface LogStorageOptions {
  /** Octets at which a segment is full; default 64 MiB. */
  readonly segmentBytes?: number;
  /** The disk failed, or a file is damaged: the node must stop at once and tell why. */
  failed(error: Error): void;
}

/** Of one run of the node. */
export interface StorageFigures {
  /** Octets of messages and metadata that were given to be kept. */
  given: number;
  /** Octets written to the disk, copies of the cleaner and indexes included. */
  written: number;
  syncs: number;
}

const SEGMENT = 64 << 20;

/** Reads what is on `disk` and goes on with it. Throws `StorageDamaged` and `DiskError`. */
export function openLogStorage(world: Pick<World, 'clock' | 'turn' | 'log'>, disk: Disk, options: LogStorageOptions): LogStorage {
  return new LogStorage(world, disk, options);
}

export class LogStorage implements Storage {
  readonly durable = true;
  readonly figures: StorageFigures = { given: 0, written: 0, syncs: 0 };
  /** False if the node before this one did not stop in order. */
  readonly clean: boolean;
  changes = 0;
  changing = false;
  /** The writer's batch that the last change gathered in. */
  private changedIn = 0;
  private readonly segments = new Segments();
  private readonly metadata = new Metadata(this.segments);
  private readonly streams = new Streams(this.segments);
  private readonly writer: LogWriter;
  private readonly cleaner: Cleaner;
  private readonly parts: StoreParts;
  private readonly journalParts: JournalParts;
  private closing = false;
  private failed = false;

  constructor(
    world: Pick<World, 'clock' | 'turn' | 'log'>,
    private readonly disk: Disk,
    options: LogStorageOptions,
  ) {
    const { segments, streams, metadata } = this;
    const failed = (error: Error): void => this.fail(error, options.failed);
    const found = recover(disk, world.log, { segments, streams, metadata });
    this.clean = found.clean;
    const { clock, turn } = world;
    const segmentBytes = options.segmentBytes ?? SEGMENT;
    for (const name of strayIndexes(disk)) disk.remove(name);
    this.writer = new LogWriter(
      {
        disk,
        clock,
        turn,
        segments,
        sealed: (segment) => {
          segments.seal(segment);
          this.cleaner.sealed(segment);
        },
        failed,
        written: (octets, synced) => {
          this.figures.written += octets;
          if (synced) this.synced();
          this.cleaner.look();
        },
      },
      found.end,
      segmentBytes,
    );
    const reader = new LogReader(disk, segments, this.writer);
    const wasteMin = 2 * segmentBytes;
    const indexed = (octets: number): void => {
      this.figures.written += octets;
    };
    this.cleaner = new Cleaner({
      disk,
      clock,
      segments,
      streams,
      metadata,
      writer: this.writer,
      reader,
      wasteMin,
      indexed,
      failed,
    });
    const destroyed = (store: LogQueueStore): void => this.forget(store);
    const { writer, figures } = this;
    this.parts = { streams, writer, reader, clock, figures, unclean: !found.clean, destroyed, failed };
    const put = (key: string, value: string): void => this.put(key, value);
    const del = (key: string): void => this.delete(key);
    this.journalParts = { streams, metadata, writer, reader, figures, put, delete: del };
    this.dropUnclaimed();
    streams.recovered();
    // A small segment is read as fast as its index.
    for (const segment of found.unindexed) {
      if (segment.end - segment.start >= segmentBytes / 2) this.cleaner.sealed(segment);
    }
    this.writer.mark(ENTRY.started);
  }

  /** What gathers now is of a later batch than what is safe now. */
  private synced(): void {
    this.figures.syncs++;
    if (this.changedIn < this.writer.batch) this.changing = false;
  }

  private fail(error: Error, tell: (error: Error) => void): void {
    if (this.failed) return;
    this.failed = true;
    this.abandon();
    tell(error);
  }

  /** Streams of queues that are gone, or that were never meant to outlive their node. */
  private dropUnclaimed(): void {
    const claimed = new Set<number>();
    for (const [key, value] of this.metadata) {
      const [first, lanes] = streamsClaimedBy(key, value);
      for (let lane = 0; lane < lanes; lane++) claimed.add(first + lane);
      // A queue that holds nothing has its streams all the same.
      if (lanes > 0) this.streams.noteNumber(first + lanes - 1);
    }
    for (const stream of [...this.streams.numbers()]) if (!claimed.has(stream)) this.streams.drop(stream);
  }

  // --- metadata ---

  *entries(): Iterable<readonly [string, Buffer]> {
    for (const entry of this.metadata) if (!isStreamsKey(entry[0]) && journalIdOf(entry[0]) === null) yield entry;
  }

  put(key: string, value: string): void {
    const bytes = Buffer.from(value, 'utf8');
    this.figures.given += key.length + bytes.length;
    this.metadata.set(key, bytes, this.writer.put(key, bytes));
    this.changed();
  }

  delete(key: string): void {
    if (!this.metadata.remove(key)) return;
    this.writer.deleted(key);
    this.changed();
  }

  private changed(): void {
    this.changes++;
    this.changing = true;
    this.changedIn = this.writer.batch;
  }

  // --- messages ---

  queue(id: string, lanes: number, durable: boolean): QueueStore {
    const key = streamsKey(id);
    const known = durable ? this.metadata.get(key) : undefined;
    if (known !== undefined) {
      const { first } = streamsOf(known);
      return new LogQueueStore(id, first, lanes, durable, this.parts);
    }
    const first = this.streams.allot(lanes);
    if (durable) this.put(key, JSON.stringify({ first, lanes }));
    return new LogQueueStore(id, first, lanes, durable, this.parts);
  }

  private forget({ id, first }: LogQueueStore): void {
    const key = streamsKey(id);
    const known = this.metadata.get(key);
    // A transient queue has no key, but a durable one of the same name may have come since.
    if (known !== undefined && streamsOf(known).first === first) this.delete(key);
  }

  // --- journals ---

  journal(id: string): Journal {
    return new LogJournal(id, this.journalParts);
  }

  *journals(): Iterable<string> {
    for (const [key] of this.metadata) {
      const id = journalIdOf(key);
      if (id !== null) yield id;
    }
  }

  // --- safety ---

  afterSync(done: () => void): void {
    this.writer.afterSync(done);
  }

  get batch(): number {
    return this.writer.batch;
  }

  get congested(): boolean {
    return this.writer.congested;
  }

  whenRelieved(fn: () => void): void {
    this.writer.whenRelieved(fn);
  }

  /** Octets of blocks read back so far, for messages that memory does not hold. */
  get octetsRead(): number {
    return this.parts.reader.octetsRead;
  }

  /** Octets of the log's files, and of what in them is still needed. */
  get usage(): { readonly files: number; readonly live: number } {
    const { bytes, waste } = this.segments;
    return { files: bytes, live: bytes - waste };
  }

  close(done: () => void): void {
    if (this.closing) return;
    this.closing = true;
    this.cleaner.stop();
    this.noteRedeliveredAgain();
    const end = this.writer.mark(ENTRY.stopped);
    this.writer.afterSync(() => {
      this.writer.abandon();
      mark(this.disk, 'upto', end, (error) => (error === null ? done() : this.parts.failed(error)));
    });
  }

  /**
   * What may have been delivered by an earlier node, and still is here, may have been delivered. Numbers from `end` on are those
   * of messages that came since, whatever an earlier node noted of others that had them.
   */
  private noteRedeliveredAgain(): void {
    const { streams, writer } = this;
    for (const [stream, end] of streams.recoveredStreams()) {
      const noted = this.clean ? (streams.redelivered.get(stream) ?? []) : [[0, end] as const];
      for (const [start, count] of noted) {
        if (start < end) writer.redelivered(stream, start, Math.min(count, end - start));
      }
    }
  }

  abandon(): void {
    this.cleaner.stop();
    this.writer.abandon();
  }
}

/** A run of streams, by a key of the storage's own. */
function streamsClaimedBy(key: string, value: Buffer): readonly [first: number, count: number] {
  if (journalIdOf(key) !== null) return [journalOf(value).stream, 2];
  if (!isStreamsKey(key)) return [0, 0];
  const { first, lanes } = streamsOf(value);
  return [first, lanes];
}
