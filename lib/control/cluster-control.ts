/**
 * What the cluster commands ask of a node. A node that is in no cluster yet has this port too, as a cluster of one; so has a node
 * whose process is stopped, for the commands that work on its folder (`forget_cluster_node --offline`, `rename_cluster_node`).
 *
 * Nodes are named as RabbitMQ writes them: `rabbit1@localhost`. What is refused is a rejection with a `Refusal`.
 */
export interface ClusterControl {
  /** In the order of joining; the node itself is one of them. */
  readonly members: readonly ClusterMember[];
  /** Members whose application runs, as this node sees them, itself among them. */
  readonly running: readonly string[];
  /** By member: whom it saw go out of reach and come back. Empty where nobody did. */
  readonly partitions: ReadonlyMap<string, readonly string[]>;
  /** Makes this node, whose application is stopped, a member of the cluster of `member`. What it kept is thrown away. */
  join(member: string, kind: MemberKind): Promise<void>;
  /**
   * Takes this node, whose application is stopped, out of its cluster and throws away what it keeps. Forced: without telling the
   * others, who go on taking it for a member.
   */
  leave(forced: boolean): Promise<void>;
  /** Takes a member out of the cluster whose application is stopped. */
  forget(member: string): Promise<void>;
  /** The same, on the folder of this node while its process is stopped. Mirrors here become masters in place of those there. */
  forgetOffline(member: string): Promise<void>;
  /** Resolves with false if this node, whose application is stopped, is of that kind already. */
  changeKind(kind: MemberKind): Promise<boolean>;
  /** Old names to new ones, on the folder of this node while its process is stopped. */
  rename(names: ReadonlyMap<string, string>): Promise<void>;
  /** At its next start this node, whose application is stopped, asks `member` who is in the cluster. */
  seed(member: string): Promise<void>;
  /** At its next start this node does not wait for others who may know more. */
  forceBoot(): Promise<void>;
  /** Resolves with true once so many members run, with false after so many milliseconds. */
  whenRunning(count: number, limitMs: number): Promise<boolean>;
  /** Resolves once everything that this node has changed so far is on all running members. */
  settled(): Promise<void>;
  /** By member that runs and answers, this node among them. */
  facts(): Promise<ReadonlyMap<string, MemberFacts>>;
  /**
   * Asks the tools' side of every other running member, which answers by `answerMember` (commands/listings.ts). By member that
   * answered.
   */
  ask(question: string): Promise<ReadonlyMap<string, string>>;
}

export type MemberKind = 'disc' | 'ram';

export interface ClusterMember {
  readonly name: string;
  readonly kind: MemberKind;
}

/** What `cluster_status` tells of a member. */
export interface MemberFacts {
  /** Such as `Warren 0.1.0`. */
  readonly version: string;
  /** In the order of opening; where the other members reach it, first. */
  readonly listeners: readonly MemberListener[];
  /** In effect on this member. */
  readonly alarms: readonly ('memory' | 'disk')[];
}

export interface MemberListener {
  /** An address. */
  readonly host: string;
  readonly port: number;
  readonly protocol: 'clustering' | 'amqp' | 'amqp/ssl';
}

/** `reason` is the tag of the Erlang term that RabbitMQ's tools print; `message` the text behind it. */
export interface Refusal extends Error {
  readonly reason: string;
}
