/**
 * Where durable things go. The broker calls it for persistent messages in durable queues and asks when they are safe; what
 * stands behind it (memory now, a log with group commit on a disk) does not change the broker.
 *
 * Contract: `append` and `remove` are called in the order in which things happened. After `append` said true, the message
 * is not safe yet; every callback given to `afterSync` from then on runs once everything appended before it is safe.
 */
export interface Storage {
  /** `queue` is unique in the node, `position` in the queue. True: the message is not safe before the next sync. */
  append(queue: string, position: number, frames: Uint8Array): boolean;
  /** The message was acknowledged, expired, dropped or purged. */
  remove(queue: string, position: number): void;
  /** The queue was deleted with all it held. */
  removeQueue(queue: string): void;
  afterSync(done: () => void): void;
}

/** Keeps nothing, so everything is as safe as it will ever be at once. For nodes without a data folder. */
export class MemoryStorage implements Storage {
  append(): boolean {
    return false;
  }

  remove(): void {}

  removeQueue(): void {}

  afterSync(done: () => void): void {
    done();
  }
}
