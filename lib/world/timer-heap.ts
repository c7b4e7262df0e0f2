/**
 * The queue of things to be done later. Promise: entries leave in order of (time, order of arrival); pushing and taking
 * cost O(log n), cancelling O(1): a cancelled entry stays until it surfaces or until such entries are the majority, when
 * the heap is rebuilt without them. So a million timers that are set and cancelled cost neither time nor memory.
 */
import type { Timer } from './world';

export class TimerEntry implements Timer {
  /** Null once cancelled or done. */
  call: (() => void) | null;
  /** Position among entries of the same time; set by the heap. */
  order = 0;
  /** The heap that holds this entry at present. */
  heap: TimerHeap<never> | null = null;

  constructor(
    public at: number,
    call: () => void,
  ) {
    this.call = call;
  }

  cancel(): void {
    if (this.call === null) return;
    this.call = null;
    this.heap?.forget();
  }
}

export class TimerHeap<E extends TimerEntry> {
  private entries: E[] = [];
  private cancelled = 0;
  /** Order of the youngest entry. Entries pushed from now on have a higher one. */
  lastOrder = 0;

  /** Entries that will still fire. */
  get size(): number {
    return this.entries.length - this.cancelled;
  }

  push(entry: E): void {
    entry.order = ++this.lastOrder;
    entry.heap = this as unknown as TimerHeap<never>;
    this.entries.push(entry);
    this.siftUp(this.entries.length - 1, entry);
  }

  /** The next entry that is not cancelled, left in place. */
  peek(): E | undefined {
    let first = this.entries[0];
    while (first !== undefined && first.call === null) {
      this.removeFirst();
      this.cancelled--;
      first = this.entries[0];
    }
    return first;
  }

  /** Takes the next entry that is not cancelled. Cancelling it from now on is between its holder and itself. */
  pop(): E | undefined {
    const first = this.peek();
    if (first === undefined) return undefined;
    this.removeFirst();
    first.heap = null;
    return first;
  }

  /** An entry of this heap has been cancelled. */
  forget(): void {
    this.cancelled++;
    if (this.cancelled < 64 || this.cancelled * 2 < this.entries.length) return;
    this.entries = this.entries.filter((entry) => entry.call !== null);
    this.cancelled = 0;
    for (let i = (this.entries.length >> 1) - 1; i >= 0; i--) this.siftDown(i, this.entries[i] as E);
  }

  private removeFirst(): void {
    const last = this.entries.pop() as E;
    if (this.entries.length > 0) this.siftDown(0, last);
  }

  private siftUp(from: number, entry: E): void {
    const entries = this.entries;
    let i = from;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = entries[parent] as E;
      if (!isBefore(entry, above)) break;
      entries[i] = above;
      i = parent;
    }
    entries[i] = entry;
  }

  private siftDown(from: number, entry: E): void {
    const entries = this.entries;
    const length = entries.length;
    let i = from;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= length) break;
      if (child + 1 < length && isBefore(entries[child + 1] as E, entries[child] as E)) child++;
      const below = entries[child] as E;
      if (!isBefore(below, entry)) break;
      entries[i] = below;
      i = child;
    }
    entries[i] = entry;
  }
}

function isBefore(a: TimerEntry, b: TimerEntry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
