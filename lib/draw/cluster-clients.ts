/** Who is connected to which node, what flows from there into which queues, and from which queues to whom. */
import type { TraceEvent } from '../trace/events';
import type { Snapshot } from '../trace/snapshot';
import { type ClientBox, type ClusterClients, isDownState, type Room } from './cluster-items';
import { channelId, type FollowedPath } from './follow';
import { clientItems, consumerItems } from './topology-items';
import { defaultTargets, publishTargets } from './topology-raw';
import { sortedBy, visible } from './words';

/** Boxes above or below one room; of more, the rest is one box. */
const MOST_BOXES = 3;

export function clusterClients(
  snapshot: Snapshot,
  rooms: readonly Room[],
  recent: readonly TraceEvent[],
  path: FollowedPath | undefined,
): ClusterClients {
  const down = new Set(rooms.filter(({ node }) => isDownState(node.state)).map(({ node }) => node.name));
  const nodeOf = new Map(snapshot.connections.map(({ connection, node }) => [connection, node]));
  const shown = (box: ClientBox): boolean => rooms.some(({ node }) => node.name === box.node);
  const [all, takers] = [publishers(snapshot, recent, path, down), consumers(snapshot, path, nodeOf, down)];
  return {
    publishers: folded(all.filter(shown), 'client'),
    consumers: folded(takers.filter(shown), 'consumer'),
    unfolded: { publishers: all, consumers: takers },
  };
}

function publishers(
  snapshot: Snapshot,
  recent: readonly TraceEvent[],
  path: FollowedPath | undefined,
  down: ReadonlySet<string>,
): ClientBox[] {
  const exchanges = publishTargets(snapshot, recent);
  const queues = queueTargets(snapshot, recent, exchanges);
  const items = new Map(clientItems(snapshot, exchanges, path).map((item) => [item.id, item]));
  return snapshot.connections.flatMap((connection) => {
    const ids = [
      `p:${connection.connection}`,
      ...connection.channels.map(({ channel }) => `p:${connection.connection}#${channel}`),
    ];
    return ids.flatMap((id): ClientBox[] => {
      const item = items.get(id);
      if (item === undefined) return [];
      const channel = id.slice(2);
      const through = (exchanges.get(channel) ?? []).filter((name) => name !== '').map(visible);
      const lines = through.length === 0 ? item.lines : [...item.lines, `through ${through.join(', ')}`];
      return [
        {
          id,
          node: connection.node,
          name: item.name,
          lines,
          count: 1,
          queues: [...(queues.get(channel) ?? [])],
          followed: path?.publishers.has(channel) === true,
          lost: down.has(connection.node),
        },
      ];
    });
  });
}

/** Queues that each channel's messages went to as recent events tell; where they tell nothing, those that bindings lead to. */
function queueTargets(
  snapshot: Snapshot,
  recent: readonly TraceEvent[],
  exchanges: ReadonlyMap<string, readonly string[]>,
): Map<string, Set<string>> {
  const names = new Set(snapshot.queues.map(({ name }) => name));
  const publisher = new Map<number, string>();
  const targets = new Map<string, Set<string>>();
  const add = (channel: string, queue: string): void => {
    if (!names.has(queue)) return;
    const known = targets.get(channel);
    if (known === undefined) targets.set(channel, new Set([queue]));
    else known.add(queue);
  };
  for (const event of recent) {
    if (event.type === 'publish') {
      const channel = channelId(event.connection, event.channel);
      if (event.message !== 0) publisher.set(event.message, channel);
      if (event.exchange === '') add(channel, event.routingKey);
    }
    if (event.type !== 'routed') continue;
    const channel = publisher.get(event.message);
    if (channel !== undefined) for (const queue of event.queues) add(channel, queue);
  }
  for (const [channel, through] of exchanges) {
    if (targets.has(channel)) continue;
    const direct = through.includes('') ? defaultTargets(snapshot, [], undefined) : [];
    for (const queue of [...direct, ...reached(snapshot, through)]) add(channel, queue);
  }
  return targets;
}

/** Queues behind these exchanges, along every binding. */
function reached(snapshot: Snapshot, exchanges: readonly string[]): Set<string> {
  const queues = new Set<string>();
  const seen = new Set<string>(exchanges);
  for (const exchange of seen) {
    for (const binding of snapshot.bindings) {
      if (exchange === '' || binding.source !== exchange) continue;
      (binding.toQueue ? queues : seen).add(binding.destination);
    }
  }
  return queues;
}

function consumers(
  snapshot: Snapshot,
  path: FollowedPath | undefined,
  nodeOf: ReadonlyMap<string, string>,
  down: ReadonlySet<string>,
): ClientBox[] {
  const homes = new Map(snapshot.queues.map(({ name, node }) => [name, node]));
  const { items, sorted } = consumerItems(snapshot);
  return sorted.map((consumer, i): ClientBox => {
    const item = items[i] as (typeof items)[number];
    const node = nodeOf.get(consumer.connection) ?? homes.get(consumer.queue) ?? '';
    const holder = `${channelId(consumer.connection, consumer.channel)}#${consumer.consumerTag}`;
    return {
      id: item.id,
      node,
      name: item.name,
      lines: [item.brief],
      count: 1,
      queues: [consumer.queue],
      followed: path?.holders.has(holder) === true && !consumer.noAck,
      lost: down.has(node),
    };
  });
}

/** At most so many boxes a room; the rest of them is one box, with all that theirs are joined to. */
function folded(boxes: readonly ClientBox[], noun: string): ClientBox[] {
  const sorted = sortedBy(boxes, ({ name, id }) => JSON.stringify([name, id]));
  const nodes = [...new Set(sorted.map(({ node }) => node))];
  return nodes.flatMap((node) => {
    const own = sorted.filter((box) => box.node === node);
    if (own.length <= MOST_BOXES) return own;
    const first = own.filter(({ followed }) => followed).slice(0, MOST_BOXES - 1);
    const shown = [...first, ...own.filter((box) => !first.includes(box))].slice(0, MOST_BOXES - 1);
    const rest = own.filter((box) => !shown.includes(box));
    const together: ClientBox = {
      id: `${noun} rest ${node}`,
      node,
      name: `${rest.length} more`,
      lines: [`${noun}s, in the table`],
      count: rest.length,
      queues: [...new Set(rest.flatMap(({ queues }) => queues))],
      followed: rest.some(({ followed }) => followed),
      lost: rest.some(({ lost }) => lost),
    };
    return [...own.filter((box) => shown.includes(box)), together];
  });
}
