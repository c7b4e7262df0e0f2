/**
 * Where the messages of one stream (a queue, or one priority of it) lie in the log: for each message that is still there its LSN
 * and the size of its body. Twelve octets a message, outside the heap of JavaScript, in pages that go as they empty.
 *
 * Numbers grow by one from message to message; messages leave in any order.
 */
const PAGE = 256;

class Page {
  /** 0 for a message that is gone. No message has LSN 0: a block's header stands there. */
  readonly lsns = new Float64Array(PAGE);
  readonly sizes = new Uint32Array(PAGE);
  live = 0;
}

export class StreamIndex {
  /** Messages that are there. */
  live = 0;
  /** Octets of their bodies. */
  bytes = 0;
  private readonly pages = new Map<number, Page>();
  /** The page asked for last; its neighbours are asked for in runs. */
  private recent: Page | null = null;
  private recentNumber = -1;
  /** No number above this is set; -1 if none ever was. */
  last = -1;

  private page(number: number): Page | null {
    if (number === this.recentNumber) return this.recent;
    const page = this.pages.get(number) ?? null;
    if (page !== null) {
      this.recent = page;
      this.recentNumber = number;
    }
    return page;
  }

  private add(number: number): Page {
    const page = new Page();
    this.pages.set(number, page);
    this.recent = page;
    this.recentNumber = number;
    return page;
  }

  set(seq: number, lsn: number, size: number): void {
    const number = Math.floor(seq / PAGE);
    const page = this.page(number) ?? this.add(number);
    const slot = seq % PAGE;
    if (page.lsns[slot] === 0) {
      page.live++;
      this.live++;
      page.sizes[slot] = 0;
    }
    this.bytes += size - (page.sizes[slot] as number);
    page.lsns[slot] = lsn;
    page.sizes[slot] = size;
    if (seq > this.last) this.last = seq;
  }

  /** 0 if the message is not there. */
  lsn(seq: number): number {
    const page = this.page(Math.floor(seq / PAGE));
    return page === null ? 0 : (page.lsns[seq % PAGE] as number);
  }

  size(seq: number): number {
    const page = this.page(Math.floor(seq / PAGE));
    return page === null ? 0 : (page.sizes[seq % PAGE] as number);
  }

  /** Returns the LSN it had, 0 if it was not there. */
  remove(seq: number): number {
    const number = Math.floor(seq / PAGE);
    const page = this.page(number);
    if (page === null) return 0;
    const slot = seq % PAGE;
    const lsn = page.lsns[slot] as number;
    if (lsn === 0) return 0;
    page.lsns[slot] = 0;
    this.live--;
    this.bytes -= page.sizes[slot] as number;
    if (--page.live === 0) {
      this.pages.delete(number);
      this.recent = null;
      this.recentNumber = -1;
    }
    return lsn;
  }

  /** The lowest number from `seq` on whose message is there; -1 if there is none. */
  next(seq: number): number {
    if (seq > this.last) return -1;
    const lastPage = Math.floor(this.last / PAGE);
    let slot = seq % PAGE;
    for (let number = Math.floor(seq / PAGE); number <= lastPage; number++, slot = 0) {
      let page = this.page(number);
      // A long hole is crossed by looking at the pages there are, not at the numbers.
      if (page === null && lastPage - number > this.pages.size) {
        number = this.nearestPage(number);
        slot = 0;
        page = this.page(number);
      }
      if (page === null) continue;
      for (; slot < PAGE; slot++) if (page.lsns[slot] !== 0) return number * PAGE + slot;
    }
    return -1;
  }

  /** The highest number whose message is there; -1 if there is none. */
  highest(): number {
    let last = -1;
    for (const number of this.pages.keys()) if (number > last) last = number;
    const page = this.pages.get(last);
    if (page === undefined) return -1;
    let slot = PAGE - 1;
    while (page.lsns[slot] === 0) slot--;
    return last * PAGE + slot;
  }

  private nearestPage(from: number): number {
    let nearest = Number.POSITIVE_INFINITY;
    for (const number of this.pages.keys()) if (number >= from && number < nearest) nearest = number;
    return nearest;
  }

  /** LSN and body size of each message, in no order. */
  *places(): Iterable<readonly [lsn: number, size: number]> {
    for (const { lsns, sizes } of this.pages.values()) {
      for (let slot = 0; slot < PAGE; slot++) if (lsns[slot] !== 0) yield [lsns[slot] as number, sizes[slot] as number];
    }
  }
}
