/** The copies of one queue: where they are, what each is, how much it holds, and what died with one of them. */
import type { TraceEvent } from '../trace/events';
import type { QueueSnapshot } from '../trace/snapshot';
import { type Copy, type CopyLook, isDownState, type QueueRow, type Replication, type Room } from './cluster-items';
import type { FollowedPath } from './follow';
import type { Loss } from './loss';
import { commas } from './words';

export interface Surroundings {
  readonly rooms: readonly Room[];
  /** What failures and elections did to this queue since it was last deleted, and when nodes came and went. */
  readonly told: readonly TraceEvent[];
  /** All recent events: where the followed message is. */
  readonly recent: readonly TraceEvent[];
  readonly loss: Loss | undefined;
  readonly path: FollowedPath | undefined;
  /** What stands on nodes that are down is as it was last seen; else nobody knows it. */
  readonly seen: boolean;
}

interface Part {
  readonly node: string;
  readonly look: CopyLook;
  readonly words: string;
  readonly brief: string;
}

/** `queues`: all that the nodes say about the queue of this name; on two sides of a partition each may have one. */
export function copiesOf(queues: readonly QueueSnapshot[], around: Surroundings): QueueRow {
  const [first] = queues as readonly [QueueSnapshot, ...QueueSnapshot[]];
  const copies = new Map<string, Copy>();
  const replications: Replication[] = [];
  const holds = holdsFollowed(first.name, around);
  // Homes first: what one side calls a mirror may be a home on the other. Last what a side says of nodes that it does not reach.
  const parts = queues.flatMap((queue) => partsOf(queue, around).map((part) => ({ queue, part })));
  const rank = ({ queue, part }: (typeof parts)[number]): number =>
    part.brief === NOT_REACHED ? 2 : part.node === queue.node ? 0 : 1;
  for (const { queue, part } of parts.sort((a, b) => rank(a) - rank(b))) {
    if (copies.has(part.node) || !around.rooms.some(({ node }) => node.name === part.node)) continue;
    copies.set(part.node, copyOf(queue, part, around, holds));
    if (part.node === queue.node || part.look === 'down' || part.look === 'apart') continue;
    replications.push({ from: queue.node, to: part.node, synchronised: part.look === 'sync' });
  }
  for (const ghost of ghosts(copies, around)) copies.set(ghost.node, ghost);
  return { queue: first.name, kind: first.kind, copies: withLoss([...copies.values()], around.loss, first), replications };
}

const NOT_REACHED = 'not reached';

/** Words for copies: of a mirrored queue, of a quorum queue. */
function partsOf(queue: QueueSnapshot, around: Surroundings): Part[] {
  if (queue.kind === 'quorum' && queue.members !== undefined) return membersOf(queue, around);
  if (isBlank(queue, queue.node, around)) return [{ node: queue.node, ...BLANK }];
  const down = queue.state === 'down' || queue.state === 'stopped' || isDown(queue.node, around);
  const mirrored = queue.kind === 'mirrored' || queue.mirrors !== undefined;
  const type = mirrored ? 'leader' : queue.kind === 'classic' ? 'home' : `${queue.kind}, home`;
  const durability = queue.exclusive ? ', exclusive' : queue.durable ? '' : ', transient';
  const home: Part = down
    ? { node: queue.node, look: 'down', words: `${type}${durability}, down`, brief: 'down' }
    : {
        node: queue.node,
        look: mirrored ? 'leader' : 'only',
        words: `${type}${promotedWords(queue, around)}${durability}`,
        brief: mirrored ? 'leader' : 'home',
      };
  const mirrors = (queue.mirrors ?? []).map(({ node, synchronised }): Part => {
    const brief = synchronised ? 'in sync' : 'not in sync';
    if (isDown(node, around)) return { node, look: 'down', words: 'mirror, down', brief: 'down' };
    if (down) return { node, look: 'apart', words: `${brief}, not promoted`, brief };
    return { node, look: synchronised ? 'sync' : 'unsync', words: `mirror, ${brief}`, brief };
  });
  return [home, ...mirrors];
}

function membersOf(queue: QueueSnapshot, around: Surroundings): Part[] {
  const leader = queue.leader === undefined ? queue.node : queue.leader;
  const members = queue.members ?? [];
  // Nodes need a moment to call it a minority.
  const few = members.filter(({ online }) => online).length * 2 <= members.length;
  const lacking = few || queue.state === 'minority' || queue.state === 'down';
  const term = around.told.findLast((event) => event.type === 'raft.elected');
  const suffix = term?.type === 'raft.elected' ? `, term ${commas(term.term)}` : '';
  return members.map(({ node, online }): Part => {
    if (!online && isBlank(queue, node, around)) return { node, ...BLANK };
    if (isDown(node, around)) return { node, look: 'down', words: 'quorum member, down', brief: 'down' };
    if (!online) return { node, look: 'apart', words: `quorum member, ${NOT_REACHED}`, brief: NOT_REACHED };
    if (lacking) return { node, look: 'apart', words: 'quorum member, no majority', brief: 'no majority' };
    if (leader === null) return { node, look: 'apart', words: 'quorum member, no leader', brief: 'no leader' };
    return node === leader
      ? { node, look: 'leader', words: `quorum leader${suffix}`, brief: 'leader' }
      : { node, look: 'sync', words: 'quorum follower', brief: 'follower' };
  });
}

const BLANK: Omit<Part, 'node'> = { look: 'down', words: 'was here, the node is blank now', brief: 'gone' };

/** It runs, is no member of the cluster any more that has the queue, and has lost what it had of it. */
function isBlank({ state }: QueueSnapshot, node: string, { rooms }: Surroundings): boolean {
  const room = rooms.find((one) => one.node.name === node);
  const alone = room !== undefined && rooms.filter(({ cluster }) => cluster === room.cluster).length === 1;
  return alone && rooms.length > 2 && room.node.state === 'running' && state !== undefined && state !== 'running';
}

function promotedWords(queue: QueueSnapshot, { told }: Surroundings): string {
  const last = told.findLast((event) => event.type === 'queue.promoted');
  return last?.node === queue.node ? ', promoted' : '';
}

function isDown(node: string, { rooms }: Surroundings): boolean {
  const state = rooms.find((room) => room.node.name === node)?.node.state;
  return state !== undefined && isDownState(state);
}

function copyOf(queue: QueueSnapshot, { node, look, words, brief }: Part, around: Surroundings, holds: boolean): Copy {
  const all = queue.ready + queue.unacked;
  const known = look === 'down' ? around.seen && node === queue.node : look !== 'unsync' && look !== 'apart';
  const serves = look === 'leader' || look === 'only' || look === 'down';
  return {
    node,
    look,
    words,
    brief,
    ready: known ? (serves ? queue.ready : all) : undefined,
    unacked: known && serves ? queue.unacked : 0,
    of: look === 'unsync' ? all : undefined,
    loss: undefined,
    followed: holds && look !== 'unsync' && look !== 'down',
  };
}

/** Copies that were on nodes which are down now, and that the others do not count any more. */
function ghosts(copies: ReadonlyMap<string, Copy>, around: Surroundings): Copy[] {
  const were = new Map<string, string>();
  for (const event of around.told) {
    if (event.type === 'queue.promoted') were.set(event.from, 'was leader');
    if (event.type === 'mirror.dropped' && event.reason === 'node-down') were.set(event.mirror, 'was mirror');
    if (event.type === 'node.started' || event.type === 'node.forgotten')
      were.delete(event.type === 'node.forgotten' ? event.member : event.node);
  }
  return [...were]
    .filter(([node]) => !copies.has(node) && isDown(node, around))
    .map(([node, words]) => {
      const nothing = { ready: undefined, unacked: 0, of: undefined, loss: undefined, followed: false };
      return { node, look: 'down', words, brief: 'gone', ...nothing };
    });
}

/** What was lost stands where it was lost: with the leader that is gone, else with the home. */
function withLoss(copies: readonly Copy[], loss: Loss | undefined, { node }: QueueSnapshot): Copy[] {
  if (loss === undefined) return [...copies];
  const place = copies.find(({ words }) => words === 'was leader') ?? copies.find((copy) => copy.node === node) ?? copies[0];
  return copies.map((copy) => (copy === place ? { ...copy, loss } : copy));
}

/** Whether the followed message is in this queue now: it came in, and was not settled since. */
function holdsFollowed(queue: string, { path, recent }: Surroundings): boolean {
  if (path === undefined || !path.queues.has(queue)) return false;
  const last = recent.findLast(
    (event) =>
      'label' in event && event.label === path.label && 'queue' in event && event.queue === queue && FATES.has(event.type),
  );
  return last === undefined || STAYS.has(last.type);
}

/** Events that say that a message is in a queue, or is there no more. */
const STAYS: ReadonlySet<TraceEvent['type']> = new Set(['enqueued', 'requeued'] as const);
const FATES: ReadonlySet<TraceEvent['type']> = new Set([...STAYS, 'settled', 'dropped', 'dead-lettered'] as const);
