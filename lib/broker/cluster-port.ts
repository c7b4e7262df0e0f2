/** What a broker asks of the cluster that its node is in. */
import type { Mirror, Queue, QueueAttributes } from './queue/queue';
import type { Vhost } from './vhost';

export interface ClusterPort {
  /** The node, as homes of queues are named: `rabbit1@localhost`. */
  readonly self: string;
  /** Members whose application runs, this one among them, in the order of the member list. */
  readonly running: readonly string[];
  /**
   * A change of definitions: waits until it is this node's turn, calls `make` (which may find that nothing is to be changed),
   * tells the others what it has changed, and calls `done` once all running members have that on disk. Both are called at once
   * where no other member runs. What changes without being asked for (a queue expires) is told on by itself.
   */
  change(make: () => void, done: () => void): void;
  /** A queue of whichever kind, here or on another node, by its attributes. */
  queue(vhost: Vhost, attributes: QueueAttributes): Queue;
  /** Other policies rule the queue now. */
  ruled(queue: Queue): void;
  /** Another node has changed where the queue lives, or who mirrors it. */
  relocated(queue: Queue, home: string, mirrors: readonly Mirror[] | null): void;
  /** Where a queue is to live that is declared on this node. */
  homeOf(vhost: Vhost, attributes: Omit<QueueAttributes, 'home' | 'id'>): string;
}
