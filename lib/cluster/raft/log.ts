/**
 * The replicated log as a member holds it in memory: a snapshot, and all entries behind it. Indexes count from 1; index 0
 * stands for "before everything" and has term 0.
 *
 * Invariant: terms never fall from one entry to the next, so places in the log are found by bisection.
 */
import { decodeMembers, type Members } from './members';

export const ENTRY = {
  /** Of the group's user; opaque. */
  command: 0,
  /** A leader's first entry: without one of its own term it may not commit those of earlier terms. */
  noop: 1,
  /** The group's members from here on (`members.ts`). In force as soon as it is in the log. */
  members: 2,
} as const;

export type EntryKind = (typeof ENTRY)[keyof typeof ENTRY];

export interface Entry {
  readonly term: number;
  readonly kind: EntryKind;
  readonly data: Buffer;
}

/** The user's state after the entry `index`; stands for all entries up to it. */
export interface Snapshot {
  readonly index: number;
  readonly term: number;
  /** As of `index`. */
  readonly members: Members;
  readonly data: Buffer;
}

/** Octets of an entry beside its data, as far as limits on messages are concerned. */
const ENTRY_OVERHEAD = 16;

export class RaftLog {
  private window: Entry[] = [];
  private latest: Snapshot;
  /** The members of the snapshot, then of each entry that changes them. */
  private readonly changes: Array<{ readonly index: number; readonly members: Members }> = [];

  constructor(snapshot: Snapshot, entries: readonly Entry[] = []) {
    this.latest = snapshot;
    this.changes.push(snapshot);
    this.append(entries);
  }

  get snapshot(): Snapshot {
    return this.latest;
  }

  get lastIndex(): number {
    return this.latest.index + this.window.length;
  }

  get lastTerm(): number {
    const { window } = this;
    return window.length === 0 ? this.latest.term : (window[window.length - 1] as Entry).term;
  }

  /** -1 if the log cannot tell: the entry is not there yet, or has gone into the snapshot. */
  term(index: number): number {
    if (index === this.latest.index) return this.latest.term;
    const entry = this.window[index - this.latest.index - 1];
    return entry === undefined ? -1 : entry.term;
  }

  /** Throws a RangeError for an index that is not in the window. */
  entry(index: number): Entry {
    const entry = this.window[index - this.latest.index - 1];
    if (entry === undefined) throw new RangeError(`The log has no entry ${index}: it has ${this.span()}.`);
    return entry;
  }

  /** Entries from `from` on, at least one if there is one, and no more than `maxOctets` in all otherwise. */
  slice(from: number, maxOctets: number): Entry[] {
    const start = from - this.latest.index - 1;
    if (start < 0) throw new RangeError(`The log has no entry ${from}: it has ${this.span()}.`);
    const { window } = this;
    let end = start;
    let octets = 0;
    while (end < window.length) {
      octets += octetsOf(window[end] as Entry);
      if (octets > maxOctets && end > start) break;
      end++;
    }
    return window.slice(start, end);
  }

  /** The highest index up to `index` whose term is at most `term`; one below the window if there is none in it. */
  lastNotAbove(index: number, term: number): number {
    let low = this.latest.index - 1;
    let high = Math.min(index, this.lastIndex);
    while (low < high) {
      const middle = Math.floor((low + high + 1) / 2);
      if (this.term(middle) <= term) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  // --- members ---

  get members(): Members {
    return (this.changes[this.changes.length - 1] as { members: Members }).members;
  }

  /** Where `members` stands. */
  get membersIndex(): number {
    return (this.changes[this.changes.length - 1] as { index: number }).index;
  }

  /** Those before the last change; null if the log does not tell. */
  get membersBefore(): Members | null {
    return this.changes[this.changes.length - 2]?.members ?? null;
  }

  membersAt(index: number): Members {
    let at = this.changes.length - 1;
    while (at > 0 && (this.changes[at] as { index: number }).index > index) at--;
    return (this.changes[at] as { members: Members }).members;
  }

  // --- changes ---

  append(entries: readonly Entry[]): void {
    const { window } = this;
    for (const entry of entries) {
      window.push(entry);
      if (entry.kind === ENTRY.members) this.changes.push({ index: this.lastIndex, members: decodeMembers(entry.data) });
    }
  }

  /** Takes away `from` and all behind it. */
  truncate(from: number): void {
    this.window.length = Math.max(0, from - this.latest.index - 1);
    while (this.changes.length > 1 && this.membersIndex >= from) this.changes.pop();
  }

  /**
   * Puts a snapshot in the place of all entries up to its index. Entries behind it stay if the log holds the very entry that the
   * snapshot ends with: they follow from the same past. Otherwise nothing is known of them, and they go.
   */
  install(snapshot: Snapshot): void {
    const follows = this.term(snapshot.index) === snapshot.term;
    const kept = follows ? this.window.slice(snapshot.index - this.latest.index) : [];
    const changes = follows ? this.changes.filter(({ index }) => index > snapshot.index) : [];
    this.latest = snapshot;
    this.window = kept;
    this.changes.length = 0;
    this.changes.push(snapshot, ...changes);
  }

  private span(): string {
    return `those from ${this.latest.index + 1} to ${this.lastIndex}`;
  }
}

export function octetsOf(entry: Entry): number {
  return entry.data.length + ENTRY_OVERHEAD;
}
