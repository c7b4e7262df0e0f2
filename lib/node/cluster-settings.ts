/** Settings of rabbitmq.conf that rule a node's place in a cluster. */
import type { ClusterNodeOptions } from '../cluster/cluster-node-options';
import type { PartitionHandling } from '../cluster/partitions/partition-handling';

export type ClusterSettings = Pick<ClusterNodeOptions, 'patience' | 'tickTime' | 'partitionHandling'>;

const HANDLINGS: readonly PartitionHandling[] = ['ignore', 'pause_minority', 'autoheal'];

/** By name; each throws, saying what the value must be. */
const READERS: Readonly<Record<string, (value: string) => ClusterSettings>> = {
  net_ticktime: (seconds) => ({ tickTime: whole(seconds) * 1000 }),
  mnesia_table_loading_retry_timeout: (ms) => ({ patience: { retryTimeout: whole(ms) } }),
  mnesia_table_loading_retry_limit: (times) => ({ patience: { retryLimit: whole(times) } }),
  cluster_partition_handling: (value) => {
    const known = HANDLINGS.find((one) => one === value);
    if (known === undefined) throw new Error(`must be one of ${HANDLINGS.join(', ')}, not '${value}'`);
    return { partitionHandling: known };
  },
};

export const CLUSTER_SETTINGS: readonly string[] = Object.keys(READERS);

/** `settings` with one more. Throws on a value that cannot be. */
export function withClusterSetting(settings: ClusterSettings, name: string, value: string): ClusterSettings {
  const { patience, ...others } = READERS[name]?.(value) ?? {};
  return { ...settings, ...others, ...(patience === undefined ? {} : { patience: { ...settings.patience, ...patience } }) };
}

/** Of a lab. Throws on a name or value that a node would refuse. */
export function clusterSettings(config: Readonly<Record<string, string | number>>): ClusterSettings {
  let settings: ClusterSettings = {};
  for (const [name, value] of Object.entries(config)) {
    if (READERS[name] === undefined) {
      throw new Error(`A node of this engine has no setting '${name}'; it has ${CLUSTER_SETTINGS.join(', ')}.`);
    }
    try {
      settings = withClusterSetting(settings, name, String(value));
    } catch (error) {
      throw new Error(`${name} ${(error as Error).message}.`);
    }
  }
  return settings;
}

function whole(value: string): number {
  if (!/^[1-9]\d*$/.test(value)) throw new Error(`must be a whole number above 0, not '${value}'`);
  return Number(value);
}
