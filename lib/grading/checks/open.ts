/** Counts what is open at one time, and remembers when it was most. */
import type { WireRecord } from '../wire/wire-record';

export interface Most {
  readonly most: number;
  /** The record at which it was reached; null if there never was any. */
  readonly at: WireRecord | null;
}

export class Open {
  private readonly keys = new Set<string>();
  private reached: Most = { most: 0, at: null };

  get most(): Most {
    return this.reached;
  }

  add(record: WireRecord, key: string): void {
    this.keys.add(key);
    if (this.keys.size > this.reached.most) this.reached = { most: this.keys.size, at: record };
  }

  remove(key: string): void {
    this.keys.delete(key);
  }

  /** All whose keys begin so. */
  removeAll(prefix: string): void {
    for (const key of this.keys) if (key.startsWith(prefix)) this.keys.delete(key);
  }
}
