/**
 * The segments of a log, oldest first, and how much of each is still needed. The newest one is being written.
 *
 * Invariant: a segment goes only when it is the oldest. So whatever an entry takes back (a removed message, an overwritten key)
 * never outlives the entry that takes it back.
 */
import { MESSAGE_FIXED } from './format';

/** What a message costs in the log besides its body, roughly: for the accounts of live octets, not for addressing. */
const MESSAGE_OVERHEAD = MESSAGE_FIXED + 50;

export interface Segment {
  /** LSN of its first octet. */
  readonly start: number;
  /** LSN behind its last octet, as far as it is written. */
  end: number;
  /** Messages in it that are still in their streams, and keys whose present value stands in it. */
  live: number;
  /** Their octets, roughly. */
  liveBytes: number;
}

export class Segments {
  private readonly list: Segment[] = [];
  /** The segment looked up last. */
  private recent: Segment | null = null;
  liveBytes = 0;

  get oldest(): Segment | undefined {
    return this.list[0];
  }

  get newest(): Segment | undefined {
    return this.list[this.list.length - 1];
  }

  get count(): number {
    return this.list.length;
  }

  all(): readonly Segment[] {
    return this.list;
  }

  /** Octets of all segments. */
  get bytes(): number {
    const { oldest, newest } = this;
    return oldest === undefined || newest === undefined ? 0 : newest.end - oldest.start;
  }

  add(start: number): Segment {
    const segment = { start, end: start, live: 0, liveBytes: 0 };
    this.list.push(segment);
    this.recent = segment;
    return segment;
  }

  dropOldest(): void {
    if (this.recent === this.list[0]) this.recent = null;
    this.list.shift();
  }

  /** It turned out to be empty. */
  dropNewest(): void {
    this.recent = null;
    this.list.pop();
  }

  /** The segment that an LSN lies in. Throws if there is none. */
  at(lsn: number): Segment {
    const { recent } = this;
    if (recent !== null && lsn >= recent.start && (lsn < recent.end || recent === this.newest)) return recent;
    let low = 0;
    let high = this.list.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.list[middle] as Segment).start <= lsn) low = middle;
      else high = middle - 1;
    }
    const found = this.list[low];
    if (found === undefined || lsn < found.start) throw new Error(`no segment of the log holds LSN ${lsn}`);
    this.recent = found;
    return found;
  }

  messageAdded(lsn: number, bodySize: number): void {
    this.account(lsn, 1, bodySize + MESSAGE_OVERHEAD);
  }

  messageGone(lsn: number, bodySize: number): void {
    this.account(lsn, -1, -bodySize - MESSAGE_OVERHEAD);
  }

  keyAdded(lsn: number, bytes: number): void {
    this.account(lsn, 1, bytes);
  }

  keyGone(lsn: number, bytes: number): void {
    this.account(lsn, -1, -bytes);
  }

  private account(lsn: number, count: number, bytes: number): void {
    const segment = this.at(lsn);
    segment.live += count;
    segment.liveBytes += bytes;
    this.liveBytes += bytes;
  }
}
