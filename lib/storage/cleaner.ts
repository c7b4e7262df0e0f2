/**
 * Gives disk space back, and makes the indexes of full segments: work for the moments between turns, a block at a time.
 *
 * Only the oldest segment is ever cleaned. When nothing in it is needed any more its file goes. When more of the whole log is
 * waste than not, what is still needed in the oldest segment is written anew at the log's end, and then it goes. So the log is at
 * most about twice as long as what it holds, and each octet kept is written about twice at most.
 *
 *   idle ──▶ index of a full segment ──▶ wait for the sync ──▶ mark ──▶ idle
 *   idle ──▶ copy the oldest ──▶ wait for the sync ──▶ mark ──▶ remove it ──▶ wait until its name is gone ──▶ idle
 */
import type { Disk } from '../world/disk';
import type { Clock } from '../world/world';
import {
  BLOCK_HEADER,
  FLAG_BASE,
  FLAG_COPIED,
  FLAG_EXPIRES,
  indexName,
  segmentName,
  walkBlock,
  type EntryVisitor,
} from './format';
import { IndexBuilder } from './index-file';
import { type LogReader, messageAt, recordAt } from './log-reader';
import type { LogWriter, MessageParts } from './log-writer';
import { mark } from './marks';
import type { Metadata } from './metadata';
import { SegmentWalk } from './segment-walk';
import type { Segment, Segments } from './segments';
import { StorageDamaged } from './storage-error';
import type { Streams } from './streams';

export interface CleanerParts {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly segments: Segments;
  readonly streams: Streams;
  readonly metadata: Metadata;
  readonly writer: LogWriter;
  readonly reader: LogReader;
  /** Octets of waste below which nothing is copied. */
  readonly wasteMin: number;
  /** An index was written. */
  indexed(octets: number): void;
  failed(error: Error): void;
}

export class Cleaner {
  private readonly indexes: Segment[] = [];
  private busy = false;
  private stopped = false;

  constructor(private readonly parts: CleanerParts) {}

  /** A segment will not grow any more. */
  sealed(segment: Segment): void {
    this.indexes.push(segment);
    this.look();
  }

  /** Something may have become waste. */
  look(): void {
    if (this.busy || this.stopped) return;
    const { segments } = this.parts;
    const { oldest } = segments;
    if (oldest === undefined || !oldest.sealed) return;
    if (oldest.live === 0) this.begin(() => this.removeWhenSafe(oldest));
    else if (this.indexes.length > 0) this.begin(() => this.buildIndex(this.indexes.shift() as Segment));
    else {
      const { waste } = segments;
      if (waste > Math.max(segments.bytes - waste, this.parts.wasteMin)) this.begin(() => this.copy(oldest));
    }
  }

  stop(): void {
    this.stopped = true;
  }

  private begin(task: () => void): void {
    this.busy = true;
    this.soon(task);
  }

  private soon(step: () => void): void {
    this.parts.clock.after(0, () => {
      if (this.stopped) return;
      try {
        step();
      } catch (error) {
        this.parts.failed(error as Error);
      }
    });
  }

  private idle(): void {
    this.busy = false;
    this.look();
  }

  private buildIndex(segment: Segment): void {
    const { disk, segments } = this.parts;
    if (!segments.all().includes(segment) || disk.list().includes(indexName(segment.start))) {
      this.idle();
      return;
    }
    const builder = new IndexBuilder(disk, segment);
    const step = (): void => {
      if (builder.step()) this.soon(step);
      else builder.finish((error) => (error === null ? this.indexed(builder.octets) : this.parts.failed(error)));
    };
    step();
  }

  /** The segment behind has something on disk by now or soon: from then on it would be missed. */
  private indexed(octets: number): void {
    const { segments, writer, disk, failed } = this.parts;
    this.parts.indexed(octets);
    const { start } = segments.newest as Segment;
    writer.afterSync(() => {
      mark(disk, 'upto', start + BLOCK_HEADER, (error) => (error === null ? this.idle() : failed(error)));
    });
  }

  private copy(segment: Segment): void {
    const { disk, streams, metadata, writer } = this.parts;
    const walk = new SegmentWalk(disk, segment.start, segment.end);
    const step = (): void => {
      if (segment.live === 0) {
        this.removeWhenSafe(segment);
        return;
      }
      if (walk.done)
        throw new Error(`${walk.name} should hold ${segment.live} messages, records and keys more than can be found in it`);
      const { lsn } = walk;
      const block = walk.next();
      if (block === null) throw new StorageDamaged(walk.name, lsn - segment.start);
      walkBlock(block, lsn, {
        ...NOTHING,
        message: (stream, seq, at, _, flags) => {
          if (streams.lsn(stream, seq) !== at) return;
          const { expiresAt, ...parts } = partsAt(block, at - lsn);
          streams.moved(stream, seq, at, writer.message(stream, seq, flags & ~FLAG_EXPIRES, expiresAt, parts));
        },
        put: (key, _, at) => metadata.writeAgain(key, at, writer),
        record: (stream, seq, at, _, flags) => {
          if (streams.lsn(stream, seq) !== at) return;
          const { tag, data } = recordAt(block, at - lsn);
          streams.moved(stream, seq, at, writer.record(stream, seq, (flags & FLAG_BASE) | FLAG_COPIED, tag, data));
        },
      });
      this.soon(step);
    };
    step();
  }

  /** What took its place, or took it back, must be on disk before it goes. */
  private removeWhenSafe(segment: Segment): void {
    this.parts.writer.afterSync(() => this.soon(() => this.remove(segment)));
  }

  /** That it is not missing must be known before it goes. */
  private remove(segment: Segment): void {
    const { disk } = this.parts;
    mark(disk, 'from', segment.end, (error) => {
      if (error === null) this.soon(() => this.removeFile(segment));
      else this.parts.failed(error);
    });
  }

  private removeFile(segment: Segment): void {
    const { disk, segments, reader } = this.parts;
    disk.remove(segmentName(segment.start));
    if (disk.list().includes(indexName(segment.start))) disk.remove(indexName(segment.start));
    segments.dropOldest();
    reader.forgetBelow(segment.start + 1);
    // The next one may go only when this name is gone for good: a segment that came back alone would tell half a story.
    disk.syncNames((error) => (error === null ? this.idle() : this.parts.failed(error)));
  }
}

const NOTHING: EntryVisitor = {
  message: () => undefined,
  removed: () => undefined,
  put: () => undefined,
  deleted: () => undefined,
  redelivered: () => undefined,
  record: () => undefined,
  started: () => undefined,
  stopped: () => undefined,
  lost: () => undefined,
};

/** A message as it is given to be written: one that several streams have is the same content at the same place for all. */
function partsAt(block: Buffer, at: number): MessageParts & { readonly expiresAt: number } {
  const { destinationAt, framesAt, framesSize, expiresAt } = messageAt(block, at);
  const destination = {
    size: framesAt - destinationAt,
    write: (out: Buffer, to: number): void => void block.copy(out, to, destinationAt, framesAt),
  };
  return { content: block, at: framesAt, size: framesSize, destination, expiresAt };
}
