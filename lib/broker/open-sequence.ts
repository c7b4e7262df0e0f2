/**
 * Sequence numbers given out in order and settled in nearly that order: which is the oldest one still open? A set would know,
 * at the price of an entry a message; here a number costs an octet of a ring between the oldest open one and the newest.
 */
const RING_MIN = 1024;

export class OpenSequence {
  /** The number given out last. */
  last = 0;
  /** Numbers given out and not settled. */
  open = 0;
  /** The oldest open number; `last + 1` if there is none. */
  oldest = 1;
  /** 1 where a number above `oldest` is settled, by number modulo the ring's size. Invariant: 0 everywhere else. */
  private settled = new Uint8Array(RING_MIN);

  next(): number {
    if (this.last + 1 - this.oldest >= this.settled.length) this.grow();
    this.open++;
    return ++this.last;
  }

  /** Each number is settled once. */
  settle(seq: number): void {
    this.open--;
    const { settled } = this;
    const mask = settled.length - 1;
    if (seq !== this.oldest) {
      settled[seq & mask] = 1;
      return;
    }
    let oldest = seq + 1;
    while (oldest <= this.last && settled[oldest & mask] === 1) settled[oldest++ & mask] = 0;
    this.oldest = oldest;
  }

  private grow(): void {
    const { settled: from, oldest, last } = this;
    const to = new Uint8Array(from.length * 2);
    for (let seq = oldest; seq <= last; seq++) to[seq & (to.length - 1)] = from[seq & (from.length - 1)] as number;
    this.settled = to;
  }
}
