/**
 * The streams of a node: each queue has one, or one for each of its priorities, numbered in a row. A number is never used again
 * while the log remembers it.
 */
import { StreamIndex } from './stream-index';
import type { Segments } from './segments';

/** A set of numbers, as runs. */
export class Runs {
  private starts: number[] = [];
  private ends: number[] = [];
  /** The runs are in order and do not overlap. */
  private tidy = true;

  add(start: number, count: number): void {
    const last = this.ends.length - 1;
    if (this.ends[last] === start) {
      this.ends[last] = start + count;
      return;
    }
    this.tidy &&= start > (this.ends[last] ?? -1);
    this.starts.push(start);
    this.ends.push(start + count);
  }

  private tidyUp(): void {
    if (this.tidy) return;
    const { starts, ends } = this;
    const order = [...starts.keys()].sort((a, b) => (starts[a] as number) - (starts[b] as number));
    this.starts = [];
    this.ends = [];
    for (const i of order) {
      const last = this.ends.length - 1;
      if (last >= 0 && (starts[i] as number) <= (this.ends[last] as number)) {
        this.ends[last] = Math.max(this.ends[last] as number, ends[i] as number);
      } else {
        this.starts.push(starts[i] as number);
        this.ends.push(ends[i] as number);
      }
    }
    this.tidy = true;
  }

  *[Symbol.iterator](): Iterator<readonly [start: number, count: number]> {
    this.tidyUp();
    for (const [i, start] of this.starts.entries()) yield [start, (this.ends[i] as number) - start];
  }

  has(seq: number): boolean {
    this.tidyUp();
    let low = 0;
    let high = this.starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.starts[middle] as number) <= seq) low = middle + 1;
      else high = middle;
    }
    return low > 0 && seq < (this.ends[low - 1] as number);
  }
}

export class Streams {
  private readonly indexes = new Map<number, StreamIndex>();
  /** What an orderly stop noted, by stream. */
  readonly redelivered = new Map<number, Runs>();
  /** The log was damaged and repaired: what it holds need not be all that it held. */
  lossy = false;
  private nextNumber = 1;
  /** Numbers below this were there when the log was opened, by stream. */
  private readonly recoveredEnds = new Map<number, number>();

  constructor(private readonly segments: Segments) {}

  /** The log has been read: what is there now is of earlier nodes. */
  recovered(): void {
    for (const [stream, index] of this.indexes) this.recoveredEnds.set(stream, index.highest() + 1);
  }

  /** Streams that an earlier node left, each with the number behind the highest of its messages then. */
  recoveredStreams(): Iterable<readonly [stream: number, end: number]> {
    return this.recoveredEnds;
  }

  /** The first of `count` new numbers in a row. */
  allot(count: number): number {
    const first = this.nextNumber;
    this.nextNumber += count;
    return first;
  }

  /** A number that the log knows already. */
  noteNumber(stream: number): void {
    if (stream >= this.nextNumber) this.nextNumber = stream + 1;
  }

  index(stream: number): StreamIndex {
    let index = this.indexes.get(stream);
    if (index === undefined) {
      index = new StreamIndex();
      this.indexes.set(stream, index);
    }
    return index;
  }

  /** 0 if the message is not there. */
  lsn(stream: number, seq: number): number {
    return this.indexes.get(stream)?.lsn(seq) ?? 0;
  }

  numbers(): Iterable<number> {
    return this.indexes.keys();
  }

  add(stream: number, seq: number, lsn: number, bodySize: number): void {
    const index = this.index(stream);
    const before = index.lsn(seq);
    if (before !== 0) this.segments.messageGone(before, index.size(seq));
    index.set(seq, lsn, bodySize);
    this.segments.messageAdded(lsn, bodySize);
  }

  /** Returns the LSN it had, 0 if it was not there. */
  remove(stream: number, seq: number): number {
    const index = this.indexes.get(stream);
    if (index === undefined) return 0;
    const size = index.size(seq);
    const lsn = index.remove(seq);
    if (lsn !== 0) this.segments.messageGone(lsn, size);
    return lsn;
  }

  removeRun(stream: number, first: number, count: number): void {
    for (let seq = first; seq < first + count; seq++) this.remove(stream, seq);
  }

  /** Takes away what has this number and all that is above it. */
  cut(stream: number, from: number): void {
    const index = this.indexes.get(stream);
    if (index === undefined || index.last < from) return;
    this.removeRun(stream, from, index.last - from + 1);
    index.last = from - 1;
  }

  /** Takes away all up to this number. */
  cutBefore(stream: number, end: number): void {
    const index = this.indexes.get(stream);
    if (index === undefined) return;
    for (let seq = index.next(0); seq >= 0 && seq < end; seq = index.next(seq + 1)) this.remove(stream, seq);
  }

  /** The same message, at another place of the log. No effect if it is gone or elsewhere already. */
  moved(stream: number, seq: number, from: number, to: number): void {
    const index = this.indexes.get(stream);
    if (index === undefined || index.lsn(seq) !== from) return;
    const size = index.size(seq);
    index.set(seq, to, size);
    this.segments.messageGone(from, size);
    this.segments.messageAdded(to, size);
  }

  /** The stream ends, with all it holds. */
  drop(stream: number): void {
    for (const [lsn, size] of this.indexes.get(stream)?.places() ?? []) this.segments.messageGone(lsn, size);
    this.indexes.delete(stream);
    this.recoveredEnds.delete(stream);
    this.redelivered.delete(stream);
  }
}
