/**
 * How much memory the ready messages of a node may take. When they take more, the longest backlogs go to the shelf until half of
 * it is free (RabbitMQ: vm_memory_high_watermark_paging_ratio).
 */
export interface Shelving {
  /** Octets of memory that ready messages take, roughly. */
  readonly memory: number;
  /** Puts most of them on the shelf. */
  shelve(): void;
}

/** A queue reports only when its memory has grown by so much, so that a message costs nothing. */
export const REPORT_EVERY = 1 << 20;

/** Octets of memory that a message takes besides its frames, roughly. */
export const MESSAGE_MEMORY = 120;

export class MemoryBudget {
  private readonly queues = new Set<Shelving>();
  private reported = 0;

  /** `limit`: octets. */
  constructor(private readonly limit: number) {}

  /** A queue has grown by about `octets`. */
  grew(queue: Shelving, octets: number): void {
    this.queues.add(queue);
    this.reported += octets;
    if (this.reported > this.limit) this.relieve();
  }

  forget(queue: Shelving): void {
    this.queues.delete(queue);
  }

  private relieve(): void {
    const bySize = [...this.queues].sort((a, b) => b.memory - a.memory);
    let total = bySize.reduce((sum, { memory }) => sum + memory, 0);
    for (const queue of bySize) {
      if (total <= this.limit / 2) break;
      total -= queue.memory;
      queue.shelve();
      total += queue.memory;
    }
    for (const queue of bySize) if (queue.memory < REPORT_EVERY) this.queues.delete(queue);
    this.reported = total;
  }
}
