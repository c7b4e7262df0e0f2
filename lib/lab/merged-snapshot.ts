/** What several nodes that are no cluster look like together. */
import type { NodeSnapshot, Snapshot } from '../trace/snapshot';

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
  return {
    at,
    vhost,
    nodes: nodes.map(({ name, state }) => ({ name, state })),
    connections: renamed(parts.flatMap((part) => part.connections)),
    // The predeclared exchanges are on each node; the picture needs them once.
    exchanges: unique(parts.flatMap((part) => part.exchanges)),
    queues: renamed(parts.flatMap((part) => part.queues)),
    bindings: parts.flatMap((part) => part.bindings),
    consumers: parts.flatMap((part) => part.consumers),
  };
}

function unique<T extends { readonly name: string }>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [item.name, item])).values()];
}
