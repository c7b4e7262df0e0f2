/** Finds what in a segment cannot be read, and what an index remembers of it. */
import type { Disk } from '../world/disk';
import { DELETED_FIXED, ENTRY, FLAG_TRANSIENT, PUT_FIXED, RUN_SIZE, segmentName, walkBlock, type EntryVisitor } from './format';
import { SegmentWalk } from './segment-walk';
import type { Segment } from './segments';

/** A run of octets that holds no sound block. */
export interface Stretch {
  /** LSNs. */
  readonly from: number;
  to: number;
  /**
   * An index gives places to messages and keys only. So many entries without one stand in sound blocks between the last place
   * before the stretch and the stretch, and between the stretch and the next place behind it: they are not of the stretch.
   */
  readonly before: number;
  behind: number;
}

/**
 * Damage that reaches the end of the file and begins at `safe` or behind is left out: a crash may have done it. With `merged`,
 * stretches between which an index gives no place are one: nobody could tell which of them an entry is of, and what lies between
 * them is in the index, too.
 */
export function damagedStretches(disk: Disk, { start, end }: Segment, safe: number, merged: boolean): Stretch[] {
  const fileEnd = start + disk.size(segmentName(start));
  const walk = new SegmentWalk(disk, start, fileEnd);
  const stretches: Stretch[] = [];
  let sound = new SoundPart();
  const damaged = (from: number, to: number): void => {
    const last = stretches[stretches.length - 1];
    if (last !== undefined && (last.to === from || (merged && !sound.placed))) last.to = to;
    else stretches.push({ from, to, before: sound.sincePlace, behind: 0 });
    sound = new SoundPart();
  };
  while (!walk.done) {
    const from = walk.lsn;
    const block = walk.next();
    if (block !== null) {
      walkBlock(block, from, sound);
      const last = stretches[stretches.length - 1];
      if (last !== undefined) last.behind = sound.untilPlace;
      continue;
    }
    if (walk.skip() || from < safe) damaged(from, walk.lsn);
  }
  if (fileEnd < end) damaged(fileEnd, end);
  return stretches;
}

/** Counts the entries without a place at both ends of a run of sound blocks. */
class SoundPart implements EntryVisitor {
  placed = false;
  untilPlace = 0;
  sincePlace = 0;

  message(): void {
    this.placed = true;
    this.sincePlace = 0;
  }

  put(): void {
    this.message();
  }

  record(): void {
    this.message();
  }

  removed(): void {
    if (!this.placed) this.untilPlace++;
    this.sincePlace++;
  }

  deleted(): void {
    this.removed();
  }

  redelivered(): void {
    this.removed();
  }

  started(): void {
    this.removed();
  }

  stopped(): void {
    this.removed();
  }

  lost(): void {
    this.removed();
  }
}

/** What an index tells of one stretch. */
export interface Remembered {
  /** As they stood in the log; all but the messages. */
  readonly entries: Buffer[];
  /** Numbers of the messages, by stream. */
  readonly messages: Map<number, Set<number>>;
}

/** Sorts what an index tells by the stretches that it belongs to. */
export class IndexMemory implements EntryVisitor {
  private readonly found: readonly Remembered[];
  /** Where the last entry stood whose place is known, and what came since. */
  private place = -1;
  private unplaced: Buffer[] = [];

  constructor(private readonly stretches: readonly Stretch[]) {
    this.found = stretches.map(() => ({ entries: [], messages: new Map() }));
  }

  /** When everything was told. */
  of(stretch: number): Remembered {
    this.settle(Number.POSITIVE_INFINITY);
    return this.found[stretch] as Remembered;
  }

  /** What came since the last place belongs to the one stretch between that and `next`, if there is one. */
  private settle(next: number): void {
    const { unplaced, place } = this;
    const i = this.stretches.findIndex(({ from, to }) => from < next && to > place);
    const stretch = this.stretches[i];
    if (stretch !== undefined) {
      const before = place < stretch.from ? stretch.before : 0;
      const behind = next >= stretch.to ? stretch.behind : 0;
      this.found[i]?.entries.push(...unplaced.slice(before, unplaced.length - behind));
    }
    this.unplaced = [];
    this.place = next;
  }

  private at(lsn: number): Remembered | undefined {
    this.settle(lsn);
    return this.found[this.stretches.findIndex(({ from, to }) => lsn >= from && lsn < to)];
  }

  message(stream: number, seq: number, lsn: number, _bodySize: number, flags: number): void {
    const messages = this.at(lsn)?.messages;
    if (messages === undefined || (flags & FLAG_TRANSIENT) !== 0) return;
    const numbers = messages.get(stream) ?? new Set();
    messages.set(stream, numbers.add(seq));
  }

  /** An index has no data of records: they are lost, and their journal is found to be damaged. */
  record(_stream: number, _seq: number, lsn: number): void {
    this.settle(lsn);
  }

  put(key: string, value: Buffer, lsn: number): void {
    const keyBytes = Buffer.from(key, 'utf8');
    const head = Buffer.alloc(PUT_FIXED);
    head[0] = ENTRY.put;
    head.writeUInt16BE(keyBytes.length, 1);
    head.writeUInt32BE(value.length, 3);
    this.at(lsn)?.entries.push(Buffer.concat([head, keyBytes, value]));
  }

  deleted(key: string): void {
    const keyBytes = Buffer.from(key, 'utf8');
    const head = Buffer.alloc(DELETED_FIXED);
    head[0] = ENTRY.deleted;
    head.writeUInt16BE(keyBytes.length, 1);
    this.unplaced.push(Buffer.concat([head, keyBytes]));
  }

  removed(stream: number, seq: number, count: number): void {
    this.run(ENTRY.removed, stream, seq, count);
  }

  redelivered(stream: number, seq: number, count: number): void {
    this.run(ENTRY.redelivered, stream, seq, count);
  }

  private run(type: number, stream: number, seq: number, count: number): void {
    const entry = Buffer.alloc(RUN_SIZE);
    entry[0] = type;
    entry.writeUInt32BE(stream, 1);
    entry.writeUIntBE(seq, 5, 6);
    entry.writeUInt32BE(count, 11);
    this.unplaced.push(entry);
  }

  started(): void {
    this.unplaced.push(Buffer.of(ENTRY.started));
  }

  stopped(): void {
    this.unplaced.push(Buffer.of(ENTRY.stopped));
  }

  /** What is damaged now is filled anew. */
  lost(): void {}
}
