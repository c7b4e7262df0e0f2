/** What a node of a cluster is handed, and an application made of it. */
import type { BrokerOptions } from '../broker/api';
import type { Broker } from '../broker/broker';
import type { Address } from '../world/world';
import type { DefinitionChange } from '../broker/catalogue';
import { Application, type ApplicationOptions, type Ground } from './application';
import type { NotePad } from './membership/notes';
import type { PartitionHandling } from './partitions/partition-handling';
import { queueParts } from './remote/queue-parts';
import type { Patience } from './membership/start-up';

export interface ClusterNodeOptions {
  /** `rabbit1@localhost` */
  readonly self: string;
  readonly cookie: string;
  /** Where another node listens for nodes; null if nobody knows. */
  addressOf(name: string): Address | null;
  readonly notes: NotePad;
  /** Opens what a life of the application stands on, once the one before has left it. Throws what the storage throws. */
  begin(): Ground;
  /** Calls `done` once the life before has left what it stood on; default: that it has. */
  whenLeft?(done: () => void): void;
  readonly broker: Omit<BrokerOptions, 'storage' | 'cluster'>;
  /** Told of each new broker before it serves. */
  prepare?(broker: Broker): void;
  /** Opens the broker's listeners, now that it has all definitions; default: it has none. */
  serve?(broker: Broker, done: (error: Error | null) => void): void;
  readonly patience?: Partial<Patience>;
  /** Milliseconds of silence after which a node counts as down (`net_ticktime`); default 60,000. */
  readonly tickTime?: number;
  /** `cluster_partition_handling`; default `ignore`, as RabbitMQ. */
  readonly partitionHandling?: PartitionHandling;
}

/** Throws what `begin` throws. `copied`: the definitions that it has instead of its own. */
export function openApplication(
  { begin, broker }: ClusterNodeOptions,
  copied: readonly DefinitionChange[] | null,
  node: Pick<ApplicationOptions, 'self' | 'send' | 'membership'>,
): Application {
  return new Application(begin(), { ...node, broker, makeQueueParts: queueParts }, copied);
}
