/**
 * The messages that wait, and which entries of the log are still needed.
 *
 * Fresh messages come out in the order of the log. What came back from consumers goes first, in the order in which it came back.
 */
import { Deque } from './deque';
import type { Entry } from './entry';

/** Fewer dead entries than this in the list of those taken out are not worth cleaning up. */
const CLEAN_UP_MIN = 64;

export class QuorumBacklog {
  /** Octets of the bodies of all ready messages. */
  bytes = 0;
  /** Invariant: places grow. */
  private readonly fresh = new Deque<Entry>();
  private readonly returned = new Deque<Entry>();
  /** Every fresh message that was taken out, in order of place; those that are gone are cleaned up later. */
  private readonly taken = new Deque<Entry>();
  private gone = 0;

  get length(): number {
    return this.fresh.length + this.returned.length;
  }

  /** A message behind all others in the log. */
  push(entry: Entry): void {
    this.fresh.push(entry);
    this.bytes += entry.size;
  }

  /** A message that came back. */
  putBack(entry: Entry): void {
    this.returned.push(entry);
    this.bytes += entry.size;
  }

  first(): Entry | undefined {
    return this.returned.first() ?? this.fresh.first();
  }

  take(): Entry | undefined {
    let entry = this.returned.shift();
    if (entry === undefined) {
      entry = this.fresh.shift();
      if (entry === undefined) return undefined;
      this.taken.push(entry);
    }
    this.bytes -= entry.size;
    return entry;
  }

  /** Nobody needs the entry any more. It must have been taken out. */
  release(entry: Entry): void {
    entry.gone = true;
    this.gone++;
    // Mostly they go in the order in which they were taken.
    this.trim();
    if (this.gone < CLEAN_UP_MIN || this.gone * 2 < this.taken.length) return;
    this.taken.keep((one) => !one.gone);
    this.gone = 0;
  }

  private trim(): void {
    while (this.taken.first()?.gone) {
      this.taken.shift();
      this.gone--;
    }
  }

  /** Throws away all that is ready. Returns how many that were. */
  purge(): number {
    const { length } = this;
    this.fresh.clear();
    for (const entry of this.returned) this.release(entry);
    this.returned.clear();
    this.bytes = 0;
    return length;
  }

  /** The lowest index of a log entry whose message may still be asked for; Infinity if there is none. */
  lowestNeeded(): number {
    const taken = this.taken.first()?.index ?? Number.POSITIVE_INFINITY;
    const fresh = this.fresh.first()?.index ?? Number.POSITIVE_INFINITY;
    return Math.min(taken, fresh);
  }

  /** For a snapshot. */
  parts(): { readonly fresh: Deque<Entry>; readonly returned: Deque<Entry> } {
    return { fresh: this.fresh, returned: this.returned };
  }

  /** From a snapshot. `out`: the entries that somebody holds. */
  static from(fresh: readonly Entry[], returned: readonly Entry[], out: readonly Entry[]): QuorumBacklog {
    const backlog = new QuorumBacklog();
    for (const entry of fresh) backlog.push(entry);
    for (const entry of returned) backlog.putBack(entry);
    const taken = [...returned, ...out].sort((one, other) => one.index - other.index || one.at - other.at);
    for (const entry of taken) backlog.taken.push(entry);
    return backlog;
  }
}
