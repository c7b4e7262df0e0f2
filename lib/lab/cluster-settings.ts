/** Settings of rabbitmq.conf that rule a node's place in a cluster, for nodes of the embedded engine. */
import type { ClusterNodeOptions } from '../cluster/cluster-node';

export type ClusterSettings = Pick<ClusterNodeOptions, 'patience' | 'tickTime'>;

type Value = string | number;

const READERS: Readonly<Record<string, (value: number) => ClusterSettings>> = {
  net_ticktime: (seconds) => ({ tickTime: seconds * 1000 }),
  mnesia_table_loading_retry_timeout: (ms) => ({ patience: { retryTimeout: ms } }),
  mnesia_table_loading_retry_limit: (times) => ({ patience: { retryLimit: times } }),
};

/** Throws on a name or value that a node would refuse. */
export function clusterSettings(config: Readonly<Record<string, Value>>): ClusterSettings {
  let settings: ClusterSettings = {};
  for (const [name, value] of Object.entries(config)) {
    const read = READERS[name];
    if (read === undefined) {
      throw new Error(`A node of this engine has no setting '${name}'; it has ${Object.keys(READERS).join(', ')}.`);
    }
    const number = Number(value);
    if (!Number.isInteger(number) || number <= 0) throw new Error(`${name} is a whole number above 0, not '${value}'.`);
    const { patience, ...others } = read(number);
    settings = { ...settings, ...others, patience: { ...settings.patience, ...patience } };
  }
  return settings;
}
