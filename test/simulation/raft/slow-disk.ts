/**
 * A member's disk: takes writes at once, has them safe after a sync. One sync is under way at a time and covers all writes
 * that came before it began. A crash leaves any first part of what was not synced.
 */
import { Kept, type Restored, type Write } from '../../../lib/cluster/raft/storage';
import type { SeededRandom } from '../../../lib/world/random';

/** Ways to break the promise of the port, to see that the checker notices. */
export type Sabotage = 'ack before sync' | 'vote not kept';

export interface Lost {
  readonly writes: number;
  readonly torn: boolean;
}

export class SlowDisk {
  /** Milliseconds of a sync, at the most. */
  syncTime = 10;
  private readonly kept: Kept;
  private waiting: Write[] = [];
  private underWay: Write[] = [];

  constructor(
    start: Restored,
    private readonly random: SeededRandom,
    /** Calls back later; never after a crash. */
    private readonly after: (ms: number, fn: () => void) => void,
    /** All writes up to this number are safe; they took so long. */
    private readonly synced: (number: number, ms: number) => void,
    private readonly sabotage: Sabotage | null,
  ) {
    this.kept = new Kept(start);
  }

  get busy(): boolean {
    return this.underWay.length > 0;
  }

  write(write: Write): void {
    this.waiting.push(write);
    if (this.sabotage === 'ack before sync') this.after(0, () => this.synced(write.number, 0));
    if (this.underWay.length === 0) this.sync();
  }

  restored(): Restored {
    return this.kept.restored();
  }

  /** What was not synced is lost, but for a first part of it. */
  crash(): Lost {
    const unsynced = [...this.underWay, ...this.waiting];
    this.underWay = [];
    this.waiting = [];
    const whole = this.random.float() < 0.5 ? 0 : this.random.int(unsynced.length + 1);
    for (const write of unsynced.slice(0, whole)) this.keep(write);
    const cut = unsynced[whole];
    const torn = cut !== undefined && this.random.float() < 0.5;
    if (torn) this.keep(this.firstPart(cut));
    return { writes: unsynced.length - whole, torn };
  }

  private sync(): void {
    this.underWay = this.waiting;
    this.waiting = [];
    const ms = 0.1 + this.syncTime * this.random.float();
    this.after(ms, () => {
      const done = this.underWay;
      this.underWay = [];
      for (const write of done) this.keep(write);
      if (this.waiting.length > 0) this.sync();
      this.synced(done[done.length - 1]!.number, ms);
    });
  }

  /** In the order hard state, snapshot, entries. */
  private firstPart(write: Write): Write {
    const parts = this.random.int(3);
    const entries = parts < 2 ? [] : write.entries.slice(0, this.random.int(write.entries.length + 1));
    return { ...write, snapshot: parts < 1 ? null : write.snapshot, entries };
  }

  private keep(write: Write): void {
    const forgets = this.sabotage === 'vote not kept' && write.hardState !== null;
    this.kept.apply(forgets ? { ...write, hardState: { ...write.hardState!, vote: null } } : write);
  }
}
