/** What the commands about mirrored queues ask of a node. */
import type { QueueName } from './quorum-control';

export interface MirrorControl {
  /** All mirrored queues of the cluster. */
  readonly queues: readonly MirroredQueue[];
  /** Gives mirrors what they lack; does nothing if they lack nothing. Resolves once that is over, also if it was stopped. */
  sync(queue: QueueName): Promise<void>;
  /** Resolves with false if nothing was under way. */
  cancelSync(queue: QueueName): Promise<boolean>;
  /** Makes the mirror on `node` the master. Resolves with false if another node has it afterwards. */
  transferMaster(queue: QueueName, node: string): Promise<boolean>;
}

export interface MirroredQueue extends QueueName {
  /** `rabbit1@localhost` */
  readonly master: string;
  /** In the order in which they became mirrors. */
  readonly mirrors: ReadonlyArray<{ readonly node: string; readonly synchronised: boolean }>;
}
