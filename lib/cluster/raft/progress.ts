/**
 * What a leader knows of another member, and what is under way to it.
 *
 *   probe ──its log agrees──▶ replicate
 *     ▲  │ ▲                       │
 *     │  │ └──refused, conn. lost──┘
 *     │  └──what it needs next is in the snapshot──▶ snapshot ──it has it──▶ replicate
 *
 * In `probe` each message waits for the answer to the one before; in `replicate` they follow each other as the window allows.
 */
import { type Entry, octetsOf, type Snapshot } from './log';
import type { RaftOptions } from './options';

export class Progress {
  state: 'probe' | 'replicate' | 'snapshot' = 'probe';
  /** On its disk, equal to the leader's log, up to here. */
  match = 0;
  /** What to send next. Invariant: above `match`. */
  next: number;
  /** In `probe`: a message is under way. */
  asked = false;
  /** The commit index that it was told. */
  sentCommit = 0;
  heardAt: number;
  /** In `snapshot`: what it is sent, from which octet on, and since when. */
  snapshot: Snapshot | null = null;
  offset = 0;
  sentAt = 0;
  /** A learner has caught up when it gets this far within an election time-out (thesis, 4.2.1). */
  private roundEnd: number;
  private roundStart: number;
  /** Messages with entries under way: where each ends, and its octets. */
  private readonly ends: number[] = [];
  private readonly sizes: number[] = [];
  private octets = 0;

  constructor(
    readonly id: string,
    lastIndex: number,
    now: number,
    private readonly options: RaftOptions,
  ) {
    this.next = lastIndex + 1;
    this.heardAt = now;
    this.roundEnd = lastIndex;
    this.roundStart = now;
  }

  get idle(): boolean {
    return this.ends.length === 0;
  }

  get mayAppend(): boolean {
    if (this.state === 'probe') return !this.asked;
    if (this.state === 'snapshot') return false;
    return this.ends.length < this.options.inflightAppends && this.octets < this.options.inflightOctets;
  }

  /** The log up to this index, its end, is on the member's disk, and the member knows that all of it is committed. */
  hasAll(lastIndex: number): boolean {
    return this.state === 'replicate' && this.idle && this.match === lastIndex && this.sentCommit === lastIndex;
  }

  /** Entries from `next` on are under way. */
  sent(entries: readonly Entry[]): void {
    if (this.state === 'probe') {
      this.asked = true;
      return;
    }
    if (entries.length === 0) return;
    let size = 0;
    for (const entry of entries) size += octetsOf(entry);
    this.next += entries.length;
    this.ends.push(this.next - 1);
    this.sizes.push(size);
    this.octets += size;
  }

  /** True if more is on its disk than before. */
  accepted(match: number, received: number): boolean {
    const more = match > this.match;
    if (more) this.match = match;
    const agrees = this.snapshot === null ? received + 1 >= this.next : received >= this.snapshot.index;
    if (agrees) {
      if (this.state !== 'replicate') this.replicate();
      this.next = Math.max(this.next, received + 1);
    }
    let done = 0;
    while (done < this.ends.length && (this.ends[done] as number) <= match) this.octets -= this.sizes[done++] as number;
    if (done > 0) {
      this.ends.splice(0, done);
      this.sizes.splice(0, done);
    }
    return more;
  }

  /** Whether a refusal of a message behind `prevIndex` says something new; late ones do not. */
  believes(prevIndex: number): boolean {
    if (this.state === 'snapshot' || prevIndex <= this.match) return false;
    return this.state === 'replicate' || prevIndex === this.next - 1;
  }

  probe(next: number): void {
    this.state = 'probe';
    this.next = Math.max(next, this.match + 1);
    this.asked = false;
    this.clear();
  }

  beginSnapshot(snapshot: Snapshot): void {
    this.state = 'snapshot';
    this.clear();
    this.snapshot = snapshot;
    this.offset = 0;
  }

  /** Whether a learner has got so far that a voter would not hold up the group. Begins the next round otherwise. */
  caughtUp(lastIndex: number, now: number): boolean {
    if (this.match < this.roundEnd) return false;
    if (now - this.roundStart <= this.options.electionTimeout) return true;
    this.roundEnd = lastIndex;
    this.roundStart = now;
    return false;
  }

  private replicate(): void {
    this.state = 'replicate';
    this.clear();
  }

  private clear(): void {
    this.snapshot = null;
    this.ends.length = 0;
    this.sizes.length = 0;
    this.octets = 0;
  }
}
