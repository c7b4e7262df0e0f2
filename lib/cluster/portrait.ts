/** What pictures show of a node's place in its cluster. */
import type { NodeSnapshot } from '../trace/snapshot';
import { type ClusterView, isClustered, kindOf } from './membership';

type Portrait = Pick<NodeSnapshot, 'cluster' | 'kind' | 'partitionedFrom'>;

/** Nothing for a node that stands alone. */
export function portrait(view: ClusterView, partitions: readonly string[]): Portrait {
  if (!isClustered(view)) return {};
  const names = view.members.map(({ name }) => name).sort();
  const split = partitions.length === 0 ? {} : { partitionedFrom: partitions };
  return { cluster: names.join(' '), kind: kindOf(view, view.self) ?? 'disc', ...split };
}
