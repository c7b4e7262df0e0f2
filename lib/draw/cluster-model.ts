/** The picture of a cluster from a snapshot and recent events: rooms, rows of copies, clients. */
import type { EventOf, TraceEvent } from '../trace/events';
import type { NodeSnapshot, Snapshot } from '../trace/snapshot';
import { clusterClients } from './cluster-clients';
import { copiesOf } from './cluster-copies';
import { type ClusterPicture, isDownState, type Room } from './cluster-items';
import { followMessage } from './follow';
import { partedNodes } from './node-states';
import { isUndone, type Loss } from './loss';
import type { TopologyOptions } from './topology-model';
import { byName, sortedBy } from './words';

/** Nodes with a room of their own; of more, the plain picture with its strip of nodes is drawn. */
const MOST_ROOMS = 5;

/**
 * Whether this is drawn as rooms: several nodes of which some know of each other, or each has a queue of the same name, which one
 * picture of all queues could not tell apart.
 */
export function isCluster({ nodes, queues }: Snapshot): boolean {
  if (nodes.length <= 1 || nodes.length > MOST_ROOMS) return false;
  return nodes.some((node) => node.cluster !== undefined) || new Set(queues.map(({ name }) => name)).size < queues.length;
}

export function clusterPicture(snapshot: Snapshot, options: TopologyOptions): ClusterPicture {
  const recent = options.recent ?? [];
  const path = options.follow === undefined ? undefined : followMessage(snapshot, options.follow, recent);
  const rooms = roomsOf(snapshot, recent);
  const told = historiesOf(recent);
  const names = [...new Set(snapshot.queues.map(({ name }) => name))].sort(byName);
  const rows = names.map((name) => {
    const queues = sortedBy(
      snapshot.queues.filter((queue) => queue.name === name),
      ({ node }) => node,
    );
    const own = told.queues.get(name) ?? [];
    const around = { rooms, recent, path, seen: options.lastSeen !== undefined, loss: lossOf(own, recent) };
    return copiesOf(queues, { ...around, told: [...told.nodes, ...own].sort((a, b) => a.seq - b.seq) });
  });
  const lostQueues = new Map<string, Loss>();
  for (const [name, own] of told.queues) {
    const loss = names.includes(name) ? undefined : lossOf(own, recent);
    if (loss !== undefined) lostQueues.set(name, loss);
  }
  const clients = clusterClients(snapshot, rooms, recent, path);
  return { rooms, rows, clients, path, partitioned: new Set(rooms.map(({ side }) => side)).size > 1, lostQueues };
}

const STATES: Readonly<Record<NodeSnapshot['state'], string>> = {
  running: 'running',
  'app stopped': 'application stopped',
  stopped: 'stopped',
  killed: 'killed (kill -9)',
  paused: 'paused (SIGSTOP)',
};

const GAVE_UP = 'gave up starting';

/** The nodes in the order of their names, those of one cluster together, and of those the ones that reach each other. */
function roomsOf(snapshot: Snapshot, recent: readonly TraceEvent[]): Room[] {
  const apart = apartness(snapshot.nodes, recent);
  const sides = sidesOf(apart);
  const named = sortedBy(snapshot.nodes, ({ name }) => name);
  const clusters = [...new Set(named.map((node) => clusterKey(node)))];
  const order = (node: NodeSnapshot): number => clusters.indexOf(clusterKey(node)) * 100 + (sides.get(node.name) ?? 0);
  const sorted = named
    .map((node, i) => ({ node, i }))
    .sort((a, b) => order(a.node) - order(b.node) || a.i - b.i)
    .map(({ node }) => node);
  return sorted.map((node, i) => {
    const before = sorted[i - 1];
    const state = stateWords(node, recent);
    return {
      node: state === GAVE_UP ? { ...node, state: 'stopped' } : node,
      state,
      brief: state.replace(/ \(.*|: .*/, ''),
      side: sides.get(node.name) ?? 0,
      apart: apart.get(node.name) ?? [],
      cluster: clusterKey(node),
      stranger: before !== undefined && clusterKey(before) !== clusterKey(node),
    };
  });
}

function clusterKey({ name, cluster }: NodeSnapshot): string {
  return cluster === undefined ? `node ${name}` : `cluster ${cluster}`;
}

function stateWords({ name, state }: NodeSnapshot, recent: readonly TraceEvent[]): string {
  if (state === 'running') return STATES[state];
  const own = recent.filter(({ node, type }) => node === name && (type.startsWith('node.') || type.startsWith('minority.')));
  // A process that cannot start ends itself, however its end was made.
  if (own.at(-1)?.type === 'node.failed') return GAVE_UP;
  if (state === 'killed') return STATES[state];
  // A minority stops its application to pause.
  const last = own.findLast(({ type }) => type !== 'node.stopped');
  if (state === 'app stopped' && last?.type === 'minority.paused') return 'paused: minority';
  if (last?.type === 'node.waiting') return 'waits for a peer';
  return STATES[state];
}

/** For each running node those that run and do not reach it. */
function apartness(nodes: readonly NodeSnapshot[], recent: readonly TraceEvent[]): Map<string, string[]> {
  const running = nodes.filter((node) => !isDownState(node.state));
  const parted = partedNodes(recent);
  const apart = (a: NodeSnapshot, b: NodeSnapshot): boolean =>
    clusterKey(a) === clusterKey(b) &&
    (a.partitionedFrom?.includes(b.name) === true ||
      b.partitionedFrom?.includes(a.name) === true ||
      parted.some((pair) => a !== b && pair.includes(a.name) && pair.includes(b.name)));
  return new Map(
    running.map((node) => [node.name, running.filter((other) => other !== node && apart(node, other)).map(({ name }) => name)]),
  );
}

/** Numbers the groups of nodes that all reach each other; nodes that are down stay with the first group. */
function sidesOf(apart: ReadonlyMap<string, readonly string[]>): Map<string, number> {
  const groups: string[][] = [];
  for (const node of [...apart.keys()].sort(byName)) {
    const group = groups.find((members) => !members.some((member) => apart.get(node)?.includes(member)));
    if (group === undefined) groups.push([node]);
    else group.push(node);
  }
  return new Map(groups.flatMap((members, side) => members.map((member): [string, number] => [member, side])));
}

/** Events of nodes that come and go, and of what became of each queue since it was last deleted by somebody. */
interface Histories {
  readonly nodes: readonly TraceEvent[];
  readonly queues: ReadonlyMap<string, readonly TraceEvent[]>;
}

const OF_NODES: ReadonlySet<TraceEvent['type']> = new Set(['node.started', 'node.forgotten'] as const);

function historiesOf(recent: readonly TraceEvent[]): Histories {
  const queues = new Map<string, TraceEvent[]>();
  for (const event of recent) {
    // What is told again by a node that starts is no new queue; what was deleted for its node's sake is told as lost.
    if (event.type === 'queue.deleted' && event.reason !== 'node-down') queues.delete(event.queue);
    if (!isFate(event)) continue;
    const known = queues.get(event.queue);
    if (known === undefined) queues.set(event.queue, [event]);
    else known.push(event);
  }
  return { nodes: recent.filter(({ type }) => OF_NODES.has(type)), queues };
}

type Fate = EventOf<'queue.promoted'> | EventOf<'mirror.dropped'> | EventOf<'raft.elected'> | EventOf<'messages.lost'>;

function isFate(event: TraceEvent): event is Fate {
  const { type } = event;
  return type === 'queue.promoted' || type === 'mirror.dropped' || type === 'raft.elected' || type === 'messages.lost';
}

/** All that failures took of a queue; what came back with the copy of a disk was not lost. */
function lossOf(events: readonly TraceEvent[], recent: readonly TraceEvent[]): Loss | undefined {
  const losses = events.filter(
    (event): event is EventOf<'messages.lost'> => event.type === 'messages.lost' && !isUndone(event, recent),
  );
  if (losses.length === 0) return undefined;
  return {
    count: losses.reduce((sum, { count }) => sum + count, 0),
    labels: losses.flatMap(({ messages }) => messages.map(({ label }) => label)),
  };
}
