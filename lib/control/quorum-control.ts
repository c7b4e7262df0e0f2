/**
 * What the commands about quorum queues ask of a node. What is refused is a rejection with a `Refusal` (cluster-control.ts),
 * whose reason the tool prints as it stands. Nodes are named as RabbitMQ writes them: `rabbit1@localhost`.
 */
export interface QuorumControl {
  /** All quorum queues of the cluster, whichever nodes they are on. */
  readonly queues: readonly QuorumQueue[];
  /** A row for each member, also for those that do not answer; in the order of the queue's member list. */
  status(queue: QueueName): Promise<readonly QuorumMemberStatus[]>;
  /**
   * The ready message at this position, 1 being the next one: its properties, in the order in which they are printed. Null if
   * there is none as far as this node knows, or, with `leads`, if this node does not lead the queue.
   */
  peek(queue: QueueName, position: number, leads: boolean): readonly MessageProperty[] | null;
  /** Resolves once the members have agreed on it. `node` runs, and is no member yet. */
  addMember(queue: QueueName, node: string): Promise<void>;
  /** Resolves once the members have agreed on it. `node` is a member, and not the only one. */
  removeMember(queue: QueueName, node: string): Promise<void>;
  /** Resolves with false if another node leads afterwards. `node` is an online member. */
  transferLeadership(queue: QueueName, node: string): Promise<boolean>;
}

export interface MessageProperty {
  readonly name: string;
  readonly text: string;
  /** Its value in JSON. */
  readonly json: unknown;
}

export interface QueueName {
  readonly vhost: string;
  readonly name: string;
}

export interface QuorumQueue extends QueueName {
  /** Where the leader is, or was when it was last heard of. */
  readonly leader: string;
  readonly members: readonly string[];
  /** Members that lead or follow now. */
  readonly online: readonly string[];
  /** Those that wait for their confirms, as far as the node knows. */
  readonly deadLetters?: number;
}

export interface QuorumMemberStatus {
  readonly node: string;
  /** `noproc`: nothing of the queue runs there. */
  readonly state: 'leader' | 'follower' | 'pre_vote' | 'candidate' | 'noproc';
  /** Null where it is not known. */
  readonly log: QuorumLog | null;
}

export interface QuorumLog {
  readonly lastIndex: number;
  readonly commitIndex: number;
  /** Null before the first snapshot. */
  readonly snapshotIndex: number | null;
  readonly term: number;
  /** Of the rules by which the log's commands are applied. */
  readonly machineVersion: number;
}
