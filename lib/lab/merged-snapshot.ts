/**
 * What several nodes look like together: members of one cluster know the same definitions, and each has the facts of its own
 * queues.
 */
import type { BindingSnapshot, NodeSnapshot, QueueSnapshot, Snapshot } from '../trace/snapshot';

interface Frame {
  readonly at: number;
  readonly vhost: string;
  readonly nodes: readonly NodeSnapshot[];
  /** The lab's name of a node, by the name that the node gives itself. */
  labName(nodename: string): string;
}

export function merged(parts: readonly Snapshot[], { at, vhost, nodes, labName }: Frame): Snapshot {
  const renamed = <T extends { readonly node: string }>(items: readonly T[]): T[] =>
    items.map((item) => ({ ...item, node: labName(item.node) }));
  const clusterOf = (part: Snapshot): string => {
    const name = labName(part.nodes[0]?.name ?? '');
    return nodes.find((node) => node.name === name)?.cluster ?? name;
  };
  return {
    at,
    vhost,
    nodes,
    connections: renamed(parts.flatMap((part) => part.connections)),
    // The predeclared exchanges are on each node; the picture needs them once.
    exchanges: unique(parts.flatMap((part) => part.exchanges)),
    queues: queuesOf(parts, clusterOf, labName),
    bindings: bindingsOf(parts, clusterOf),
    consumers: parts.flatMap((part) => part.consumers),
  };
}

function unique<T extends { readonly name: string }>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [item.name, item])).values()];
}

/** Of the members' views of a queue, the one of its home tells most; on the sides of a partition each may have a home. */
function queuesOf(
  parts: readonly Snapshot[],
  clusterOf: (part: Snapshot) => string,
  labName: (nodename: string) => string,
): QueueSnapshot[] {
  const named = <T extends { readonly node: string }>(item: T): T => ({ ...item, node: labName(item.node) });
  const homes: QueueSnapshot[] = [];
  const atHome = new Set<string>();
  const others = new Map<string, QueueSnapshot>();
  for (const part of parts) {
    const teller = labName(part.nodes[0]?.name ?? '');
    for (const queue of part.queues) {
      const key = JSON.stringify([clusterOf(part), queue.name]);
      const shown: QueueSnapshot = {
        ...named(queue),
        ...(queue.mirrors === undefined ? {} : { mirrors: queue.mirrors.map(named) }),
        ...(queue.members === undefined ? {} : { members: queue.members.map(named) }),
        ...(queue.leader == null ? {} : { leader: labName(queue.leader) }),
      };
      if (shown.node === teller) {
        homes.push(shown);
        atHome.add(key);
      } else others.set(key, shown);
    }
  }
  return [...homes, ...[...others].flatMap(([key, queue]) => (atHome.has(key) ? [] : [queue]))];
}

function bindingsOf(parts: readonly Snapshot[], clusterOf: (part: Snapshot) => string): BindingSnapshot[] {
  const found = parts.flatMap((part) =>
    part.bindings.map((binding) => [JSON.stringify([clusterOf(part), binding]), binding] as const),
  );
  return [...new Map(found).values()];
}
