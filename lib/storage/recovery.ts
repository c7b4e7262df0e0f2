/**
 * What a start does with the log: walks over its segments in order, those with an index by their index, and stops at the end.
 *
 * A crash may have damaged what was written after the last sync: the last segment then ends in something that is no block. That
 * is cut off; nobody was told that it is safe. Damage anywhere else, and below the mark of an orderly stop, was not done by a
 * crash: what was promised may be in it, so the start is refused and the file named.
 */
import type { Disk } from '../world/disk';
import type { Log } from '../world/world';
import { FLAG_TRANSIENT, indexName, lsnsOf, segmentName, walkBlock, type EntryVisitor } from './format';
import { readIndex } from './index-file';
import { keepRecord } from './journal';
import { readMarks } from './marks';
import type { Metadata } from './metadata';
import { missingSegments } from './missing';
import { SegmentWalk } from './segment-walk';
import type { Segment, Segments } from './segments';
import { StorageDamaged } from './storage-error';
import { Runs, type Streams } from './streams';

export interface LogContents {
  readonly segments: Segments;
  readonly streams: Streams;
  readonly metadata: Metadata;
}

export interface Found {
  /** LSN at which the log goes on. */
  readonly end: number;
  /** The node stopped in order, or there was none. */
  readonly clean: boolean;
  /** Segments that have no index, or a damaged one. */
  readonly unindexed: readonly Segment[];
}

/** Throws `StorageDamaged` and `DiskError`. */
export function recover(disk: Disk, log: Log, contents: LogContents): Found {
  const { segments } = contents;
  const marks = readMarks(disk);
  const [missing] = missingSegments(disk, marks);
  if (missing !== undefined) {
    throw new StorageDamaged(segmentName(missing), 0, 'the file is missing, or the one before it was cut short');
  }
  const starts = lsnsOf(disk, 'log');
  // The mark of an earlier start may have been cleaned away; only that of a stop proves one.
  const rebuilt = new Rebuilt(contents, starts.length === 0);
  const unindexed: Segment[] = [];
  for (const [i, start] of starts.entries()) {
    const name = segmentName(start);
    const size = disk.size(name);
    const isLast = i === starts.length - 1;
    // LSN below which no crash has damaged anything.
    const safe = isLast ? marks.upto : Number.POSITIVE_INFINITY;
    if (isLast && size === 0 && start >= safe) {
      // Made for a batch that never came.
      disk.remove(name);
      return { end: start, clean: rebuilt.clean, unindexed };
    }
    // What the node before wrote and did not sync must stay before anything is built on it, or proven by it.
    if (isLast) disk.truncate(name, size);
    const segment = segments.add(start);
    segment.end = start + size;
    if (!isLast && segment.end !== starts[i + 1]) {
      throw new StorageDamaged(name, size, `it ends here, and the next file begins at ${starts[i + 1]}`);
    }
    if (isLast || !readIndex(disk, segment, rebuilt)) {
      walkSegment(disk, segment, safe, rebuilt, log);
      unindexed.push(segment);
    }
    if (isLast && segment.end < safe) {
      throw new StorageDamaged(name, size, `it ends here, and it was on disk up to octet ${safe - start}`);
    }
    if (segment.end > start) {
      if (segment.end < start + size) disk.truncate(name, segment.end - start);
      segments.seal(segment);
      continue;
    }
    segments.dropNewest();
    disk.remove(name);
    return { end: start, clean: false, unindexed };
  }
  return { end: segments.newest?.end ?? 0, clean: rebuilt.clean, unindexed };
}

function walkSegment(disk: Disk, segment: Segment, safe: number, rebuilt: Rebuilt, log: Log): void {
  const walk = new SegmentWalk(disk, segment.start, segment.end);
  while (!walk.done) {
    const { lsn } = walk;
    const block = walk.next();
    if (block !== null) {
      walkBlock(block, lsn, rebuilt);
      continue;
    }
    const at = lsn - segment.start;
    if (lsn < safe || walk.provenSynced()) throw new StorageDamaged(walk.name, at);
    log.write(
      'warning',
      `${walk.name}: the last ${segment.end - lsn} octets were being written when the node went down; cut off at octet ${at}`,
    );
    segment.end = lsn;
    rebuilt.clean = false;
    return;
  }
}

/** What the entries add up to. */
class Rebuilt implements EntryVisitor {
  constructor(
    private readonly contents: LogContents,
    public clean: boolean,
  ) {}

  message(stream: number, seq: number, lsn: number, bodySize: number, flags: number): void {
    const { streams } = this.contents;
    streams.noteNumber(stream);
    if ((flags & FLAG_TRANSIENT) === 0) streams.add(stream, seq, lsn, bodySize);
    else this.contents.segments.messagePassed(lsn, bodySize);
  }

  removed(stream: number, seq: number, count: number): void {
    this.contents.streams.noteNumber(stream);
    this.contents.streams.removeRun(stream, seq, count);
  }

  put(key: string, value: Buffer, lsn: number): void {
    this.contents.metadata.set(key, value, lsn);
  }

  deleted(key: string): void {
    this.contents.metadata.remove(key);
  }

  redelivered(stream: number, seq: number, count: number): void {
    const known = this.contents.streams.redelivered.get(stream) ?? new Runs();
    known.add(seq, count);
    this.contents.streams.redelivered.set(stream, known);
  }

  record(stream: number, seq: number, lsn: number, size: number, flags: number): void {
    const { streams } = this.contents;
    streams.noteNumber(stream);
    keepRecord(streams, stream, seq, lsn, size, flags);
  }

  started(): void {
    this.clean = false;
    this.contents.streams.redelivered.clear();
  }

  stopped(): void {
    this.clean = true;
  }

  lost(): void {
    this.contents.streams.lossy = true;
  }
}

/** Index files of segments that are gone. */
export function strayIndexes(disk: Disk): string[] {
  const starts = new Set(lsnsOf(disk, 'log'));
  return lsnsOf(disk, 'idx').flatMap((start) => (starts.has(start) ? [] : [indexName(start)]));
}
