/**
 * What the nodes of a real RabbitMQ tell, put together: each is asked for all that it knows, and of that counts what nobody knows
 * better.
 */
import type { NodeSnapshot, Snapshot } from '../trace/snapshot';

/** Of what a node tells: its own clients, and who consumes from queues that are at home there. The node itself comes first. */
export function ownPart(name: string, told: Snapshot): Snapshot {
  const atHome = new Set(told.queues.filter(({ node }) => node === name).map((queue) => queue.name));
  const own = told.nodes.filter((node) => node.name === name);
  return {
    ...told,
    nodes: [...own, ...told.nodes.filter((node) => node.name !== name)],
    connections: told.connections.filter(({ node }) => node === name),
    consumers: told.consumers.filter(({ queue }) => atHome.has(queue)),
  };
}

/** What each node says of its membership; of one that cannot say anything, what the first of the others says. */
export function membersIn(nodes: readonly NodeSnapshot[], parts: readonly Snapshot[]): NodeSnapshot[] {
  return nodes.map((node) => {
    const own = parts.find((part) => part.nodes[0]?.name === node.name)?.nodes[0];
    return own ?? parts[0]?.nodes.find(({ name }) => name === node.name) ?? node;
  });
}
