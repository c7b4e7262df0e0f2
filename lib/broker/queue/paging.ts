/** Tells the node how much memory the ready messages of a queue take, and puts most of them on the shelf when it is asked to. */
import type { Backlog } from './backlog';
import { REPORT_EVERY, type MemoryBudget, type Shelving } from './memory-budget';

/** Messages that stay in memory when a backlog goes to the shelf. */
const KEPT_AT_HEAD = 2048;
/** Octets of bodies that stay at most, by the average of the queue. */
const KEPT_OCTETS = 4 << 20;

export class Paging implements Shelving {
  /** Octets of memory at which the node is told next. */
  private reportAt: number;

  /** `budget`: null without a shelf. */
  constructor(
    private readonly backlog: Backlog,
    private readonly budget: MemoryBudget | null,
  ) {
    this.reportAt = budget === null ? Number.POSITIVE_INFINITY : REPORT_EVERY;
  }

  get memory(): number {
    return this.backlog.memory;
  }

  /** The backlog has grown. */
  grew(): void {
    if (this.backlog.memory <= this.reportAt) return;
    this.reportAt = this.memory + REPORT_EVERY;
    this.budget?.grew(this, REPORT_EVERY);
  }

  shelve(): void {
    const { backlog } = this;
    const each = backlog.bytes / Math.max(backlog.length, 1) + 1;
    backlog.shelve(Math.min(KEPT_AT_HEAD, Math.max(1, Math.floor(KEPT_OCTETS / each))));
    this.reportAt = this.memory + REPORT_EVERY;
  }

  /** The queue is gone. */
  end(): void {
    this.budget?.forget(this);
  }
}
