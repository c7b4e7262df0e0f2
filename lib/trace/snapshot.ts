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
  readonly state: 'running' | 'stopped' | 'killed' | 'paused';
}

export interface ConnectionSnapshot {
  readonly connection: string;
  /** `connection_name` of the client properties, else the product, else ''. */
  readonly name: string;
  readonly node: string;
  readonly user: string;
  readonly state: 'running' | 'blocking' | 'blocked' | 'closing';
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
  readonly node: string;
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
