/** A queue of values in a ring: in at the back, out at the front, both in constant time. */

const SMALLEST = 16;

export class Deque<T> {
  /** Invariant: its length is a power of two. */
  private ring: (T | undefined)[] = new Array<T | undefined>(SMALLEST);
  private head = 0;
  private size = 0;

  get length(): number {
    return this.size;
  }

  push(value: T): void {
    if (this.size === this.ring.length) this.resize(this.size * 2);
    this.ring[(this.head + this.size++) & (this.ring.length - 1)] = value;
  }

  first(): T | undefined {
    return this.ring[this.head];
  }

  shift(): T | undefined {
    const value = this.ring[this.head];
    if (this.size === 0) return undefined;
    this.ring[this.head] = undefined;
    this.head = (this.head + 1) & (this.ring.length - 1);
    this.size--;
    if (this.ring.length > SMALLEST && this.size * 8 < this.ring.length) this.resize(this.ring.length / 2);
    return value;
  }

  clear(): void {
    this.ring = new Array<T | undefined>(SMALLEST);
    this.head = 0;
    this.size = 0;
  }

  /** Keeps only what `wanted` accepts, in the same order. */
  keep(wanted: (value: T) => boolean): void {
    const kept = [...this].filter(wanted);
    this.clear();
    for (const value of kept) this.push(value);
  }

  /** Counted from the front, 0 being the first; it must be there. */
  private at(i: number): T {
    return this.ring[(this.head + i) & (this.ring.length - 1)] as T;
  }

  *[Symbol.iterator](): Generator<T> {
    for (let i = 0; i < this.size; i++) yield this.at(i);
  }

  private resize(size: number): void {
    const ring = new Array<T | undefined>(size);
    for (let i = 0; i < this.size; i++) ring[i] = this.at(i);
    this.ring = ring;
    this.head = 0;
  }
}
