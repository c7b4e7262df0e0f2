/**
 * What a broker looks like at one moment: plain data, the same from the embedded engine and from a real RabbitMQ (where
 * the lab fills it from rabbitmqctl's listings). Pictures are drawn from it. This file imports nothing.
 */
export interface Snapshot {
  /** Lab time in milliseconds. */
  readonly at: number;
  readonly vhost: string;
  readonly nodes: readonly NodeSnapshot[];
  readonly connections: readonly ConnectionSnapshot[];
  readonly exchanges: readonly ExchangeSnapshot[];
  readonly queues: readonly QueueSnapshot[];
  readonly bindings: readonly BindingSnapshot[];
  readonly consumers: readonly ConsumerSnapshot[];
}

export interface NodeSnapshot {
  readonly name: string;
  /** `app stopped`: its process runs and answers the tools, its application does not run (stop_app, pause_minority). */
  readonly state: 'running' | 'app stopped' | 'stopped' | 'killed' | 'paused';
  /** Nodes with the same text are members of one cluster; absent where nobody knows. Its content means nothing. */
  readonly cluster?: string;
  /** Where it keeps definitions; absent means disc. */
  readonly kind?: 'disc' | 'ram';
  /** Members that it cannot reach though they run, or saw go and come back meanwhile (`partitions` of cluster_status). */
  readonly partitionedFrom?: readonly string[];
}

export interface ConnectionSnapshot {
  readonly connection: string;
  /** `connection_name` of the client properties, else the product, else ''. */
  readonly name: string;
  readonly node: string;
  readonly user: string;
  /** `flow`: its publishers wait for a queue. */
  readonly state: 'running' | 'flow' | 'blocking' | 'blocked' | 'closing';
  readonly channels: readonly ChannelSnapshot[];
}

export interface ChannelSnapshot {
  readonly channel: number;
  readonly prefetch: number;
  readonly globalPrefetch: number;
  readonly confirm: boolean;
  readonly tx: boolean;
  readonly unacked: number;
  readonly unconfirmed: number;
  /** Messages published on this channel since it was opened. */
  readonly published: number;
  /** The exchanges it published to, most recent last, at most 4. */
  readonly publishedTo: readonly string[];
}

export interface ExchangeSnapshot {
  readonly name: string;
  readonly kind: string;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly internal: boolean;
  /** By its arguments or by a policy. */
  readonly alternateExchange: string | null;
  /** Of its declaration; absent where nobody asked for them. */
  readonly arguments?: Readonly<Record<string, unknown>>;
}

export interface QueueSnapshot {
  readonly name: string;
  readonly kind: 'classic' | 'mirrored' | 'quorum' | 'stream';
  /** Its home: where its only copy, its master or its leader is, or was when it was last heard of. */
  readonly node: string;
  /**
   * As list_queues says it: `down` the home does not run and no copy took its place, `minority` too few members of a quorum queue
   * run, `stopped` its process ended and was not made anew. Absent means running.
   */
  readonly state?: 'running' | 'down' | 'minority' | 'stopped';
  /** Of a mirrored queue: its copies without the master, in the order in which they joined: the first is promoted first. */
  readonly mirrors?: readonly MirrorSnapshot[];
  /** Of a quorum queue: all members, the leader among them, in the order of their names. */
  readonly members?: readonly MemberSnapshot[];
  /** Of a quorum queue: the node that leads it now, null while nobody does. */
  readonly leader?: string | null;
  readonly durable: boolean;
  readonly exclusive: boolean;
  readonly autoDelete: boolean;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly ready: number;
  readonly unacked: number;
  readonly consumers: number;
  readonly deadLetterExchange: string | null;
  readonly deadLetterRoutingKey: string | null;
}

export interface MirrorSnapshot {
  readonly node: string;
  /** It has every message that the master has. */
  readonly synchronised: boolean;
}

export interface MemberSnapshot {
  readonly node: string;
  /** Its process runs and the others reach it. */
  readonly online: boolean;
}

export interface BindingSnapshot {
  readonly source: string;
  readonly destination: string;
  readonly toQueue: boolean;
  readonly routingKey: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

export interface ConsumerSnapshot {
  readonly queue: string;
  readonly consumerTag: string;
  readonly connection: string;
  readonly channel: number;
  readonly noAck: boolean;
  readonly exclusive: boolean;
  readonly active: boolean;
  readonly priority: number;
  readonly prefetch: number;
  readonly unacked: number;
  /** Of basic.consume; absent where nobody asked for them. */
  readonly arguments?: Readonly<Record<string, unknown>>;
}
