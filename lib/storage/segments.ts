/**
 * The segments of a log, oldest first, and how much of each is still needed. The newest one is being written.
 *
 * Invariant: a segment goes only when it is the oldest. So whatever an entry takes back (a removed message, an overwritten key)
 * never outlives the entry that takes it back.
 */
import { MESSAGE_FIXED } from './format';

/** What a message costs in the log besides its body, roughly. */
const MESSAGE_OVERHEAD = MESSAGE_FIXED + 50;

export interface Segment {
  /** LSN of its first octet. */
  readonly start: number;
  /** LSN behind its last octet, as far as it is written. */
  end: number;
  /** Messages in it that are still in their streams, and keys whose present value stands in it. */
  live: number;
  /** Their octets as estimated, and those of all that it was ever given. What counts is how the two compare. */
  liveEstimate: number;
  givenEstimate: number;
  /** It is on disk whole and does not grow any more. */
  sealed: boolean;
}

export class Segments {
  private readonly list: Segment[] = [];
  /** The segment looked up last. */
  private recent: Segment | null = null;
  /** Octets of sealed segments, and of what in them is still needed. */
  private sealedBytes = 0;
  private sealedLive = 0;

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

  /** Octets of sealed segments that nobody needs any more, roughly; what is being written counts as needed. */
  get waste(): number {
    return this.sealedBytes - this.sealedLive;
  }

  add(start: number): Segment {
    const segment = { start, end: start, live: 0, liveEstimate: 0, givenEstimate: 0, sealed: false };
    this.list.push(segment);
    this.recent = segment;
    return segment;
  }

  seal(segment: Segment): void {
    segment.sealed = true;
    this.sealedBytes += segment.end - segment.start;
    this.sealedLive += segment.liveEstimate * scaleOf(segment);
  }

  /** The oldest, which is sealed. */
  dropOldest(): void {
    const segment = this.list.shift() as Segment;
    if (this.recent === segment) this.recent = null;
    this.sealedBytes -= segment.end - segment.start;
    this.sealedLive -= segment.liveEstimate * scaleOf(segment);
  }

  /** It turned out to be empty. */
  dropNewest(): void {
    this.recent = null;
    this.list.pop();
  }

  /** The segment before the one that begins at `start`. */
  before(start: number): Segment | undefined {
    return this.list[this.list.findIndex((segment) => segment.start === start) - 1];
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

  /** A message that was in the log for a while only. */
  messagePassed(lsn: number, bodySize: number): void {
    this.at(lsn).givenEstimate += bodySize + MESSAGE_OVERHEAD;
  }

  private account(lsn: number, count: number, bytes: number): void {
    const segment = this.at(lsn);
    segment.live += count;
    segment.liveEstimate += bytes;
    if (segment.sealed) this.sealedLive += bytes * scaleOf(segment);
    else if (bytes > 0) segment.givenEstimate += bytes;
  }
}

/** Octets of the file for each estimated one. So a segment in which all is needed has no waste, however wrong the estimates. */
function scaleOf({ start, end, givenEstimate }: Segment): number {
  return givenEstimate === 0 ? 0 : (end - start) / givenEstimate;
}
