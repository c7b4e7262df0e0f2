/**
 * Routing results of one exchange by routing key. Bounded: publishers with a new key each time must not fill memory. And modest:
 * when a full cache has been of little use, the next many keys are not remembered at all, for remembering costs more than
 * finding the way again.
 */
import type { Queue } from '../queue/queue';

const ENTRIES_MAX = 4096;
/** Keys that pass unremembered after a cache was filled in vain. */
const REST = 16 * ENTRIES_MAX;

export class RouteCache {
  /** Of the vhost when the entries were found; with another epoch they are void. */
  epoch = -1;
  private readonly entries = new Map<string, readonly Queue[]>();
  private hits = 0;
  private resting = 0;

  get(key: string): readonly Queue[] | undefined {
    if (this.resting > 0) return undefined;
    const found = this.entries.get(key);
    if (found !== undefined) this.hits++;
    return found;
  }

  set(key: string, queues: readonly Queue[]): void {
    if (this.resting > 0) {
      this.resting--;
      return;
    }
    if (this.entries.size >= ENTRIES_MAX) {
      if (this.hits < ENTRIES_MAX) this.resting = REST;
      this.entries.clear();
      this.hits = 0;
    }
    this.entries.set(key, queues);
  }

  clear(epoch: number): void {
    this.epoch = epoch;
    this.entries.clear();
    this.hits = 0;
    this.resting = 0;
  }
}
