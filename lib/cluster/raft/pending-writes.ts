/**
 * What a member has handed to its disk, and how much of that is there. Changes of one step become one write.
 *
 * Invariant: `stableIndex` is on disk as the log in memory has it; a truncation takes it back at once, and what an older
 * write brings to disk later does not count beyond the truncation.
 */
import type { Entry, Snapshot } from './log';
import type { HardState, Write } from './storage';

export class PendingWrites {
  /** The log is on disk up to here. */
  stableIndex: number;
  private number = 0;
  private completed = 0;
  /** The write that takes the present hard state to disk. */
  private hardStateNumber = 0;
  /** Writes under way: their numbers, and up to where each of them makes the log stable. */
  private readonly numbers: number[] = [];
  private readonly indexes: number[] = [];
  // What this step has changed so far.
  private hardState: HardState | null = null;
  private snapshot: Snapshot | null = null;
  private firstIndex = 0;
  private entries: Entry[] = [];

  constructor(lastIndex: number) {
    this.stableIndex = lastIndex;
  }

  /** Term and vote are on disk as they are in memory. */
  get hardStateStable(): boolean {
    return this.hardState === null && this.completed >= this.hardStateNumber;
  }

  keepHardState(hardState: HardState): void {
    this.hardState = hardState;
  }

  /** What is kept from `firstIndex` on is void. */
  keepEntries(firstIndex: number, entries: readonly Entry[]): void {
    this.forgetFrom(firstIndex);
    if (this.entries.length === 0) this.firstIndex = firstIndex;
    for (const entry of entries) this.entries.push(entry);
  }

  keepSnapshot(snapshot: Snapshot): void {
    this.snapshot = snapshot;
  }

  /** The log in memory no longer has what it had from this index on. */
  forgetFrom(index: number): void {
    if (this.entries.length > 0) this.entries.length = Math.max(0, Math.min(this.entries.length, index - this.firstIndex));
    if (this.stableIndex >= index) this.stableIndex = index - 1;
    for (let i = this.indexes.length - 1; i >= 0 && (this.indexes[i] as number) >= index; i--) this.indexes[i] = index - 1;
  }

  /** The write of this step, or null if nothing changed. `lastIndex`: of the log. */
  take(lastIndex: number): Write | null {
    const { hardState, snapshot, firstIndex, entries } = this;
    if (hardState === null && snapshot === null && entries.length === 0) return null;
    const number = ++this.number;
    if (hardState !== null) this.hardStateNumber = number;
    this.numbers.push(number);
    this.indexes.push(lastIndex);
    this.hardState = null;
    this.snapshot = null;
    this.entries = [];
    return { number, hardState, snapshot, firstIndex, entries };
  }

  /** All writes up to this one are on disk. */
  complete(number: number): void {
    let count = 0;
    while (count < this.numbers.length && (this.numbers[count] as number) <= number) {
      this.completed = this.numbers[count] as number;
      if ((this.indexes[count] as number) > this.stableIndex) this.stableIndex = this.indexes[count] as number;
      count++;
    }
    if (count === 0) return;
    this.numbers.splice(0, count);
    this.indexes.splice(0, count);
  }
}
