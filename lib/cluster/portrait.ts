/** What pictures show of a node's place in its cluster. */
import type { NodeSnapshot } from '../trace/snapshot';
import { type ClusterView, kindOf } from './membership/membership';

type Portrait = Pick<NodeSnapshot, 'cluster' | 'kind' | 'partitionedFrom'>;

/** One that has joined nobody is a cluster of its own. */
export function portrait(view: ClusterView, partitions: readonly string[]): Portrait {
  const names = view.members.map(({ name }) => name).sort();
  const split = partitions.length === 0 ? {} : { partitionedFrom: partitions };
  return { cluster: names.join(' '), kind: kindOf(view, view.self) ?? 'disc', ...split };
}
