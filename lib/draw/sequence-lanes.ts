/**
 * The lanes of a sequence diagram: publishing clients on the left, exchanges, queues, receiving clients on the right; six
 * at most. Where there are more, channels fall together into connections, then exchanges and queues, then clients.
 */
import type { TraceEvent } from '../trace/events';
import { isAcross } from './sequence-nodes';
import type { End, Step } from './sequence-step';
import { byName, count, visible } from './words';

export const MOST_LANES = 6;

export interface Lane {
  readonly kind: 'client' | 'exchange' | 'queue' | 'node';
  readonly name: string;
  readonly sub: string;
  /** Type of an exchange, for its sign. */
  readonly type: string;
  /** The one channel of a client's lane; 0 when it stands for several, or for no client. */
  readonly channel: number;
  /** Names of the connections that a client's lane stands for. */
  readonly connections: readonly string[];
}

export interface Lanes {
  readonly lanes: readonly Lane[];
  /**
   * Index of the lane of an end; the broker as such is its lane nearest to `towards`, a connection as such its lane nearest to
   * the broker. -1 when it has none.
   */
  readonly find: (end: End, towards?: End) => number;
  /** Index of the lane of this exchange or queue, its own or one for several; -1 when it has none, or is neither. */
  readonly standsFor: (end: End) => number;
  /** All lanes that stand for this connection, alone or with others. */
  readonly ofConnection: (name: string) => readonly number[];
  readonly broker: readonly number[];
}

/** What is known about the names in a trace. */
export interface Names {
  readonly connections: ReadonlyMap<string, string>;
  readonly exchangeTypes: ReadonlyMap<string, string>;
  /** The node it is about; of several, `cluster`. */
  readonly node: string;
}

export function namesIn(events: readonly TraceEvent[]): Names {
  const connections = new Map<string, string>();
  const exchangeTypes = new Map([['', 'direct']]);
  for (const kind of ['direct', 'fanout', 'topic', 'headers']) exchangeTypes.set(`amq.${kind}`, kind);
  exchangeTypes.set('amq.match', 'headers');
  for (const event of events) {
    if (event.type === 'connection.opened' || event.type === 'connection.refused') connections.set(event.connection, event.name);
    if (event.type === 'exchange.declared') exchangeTypes.set(event.exchange, event.kind);
  }
  return { connections, exchangeTypes, node: isAcross(events) ? 'cluster' : (events[0]?.node ?? '') };
}

/** How strongly lanes are folded, from not at all to one lane for all of a kind. */
interface Fold {
  readonly clients: 'channels' | 'connections' | 'roles';
  readonly exchanges: 'each' | 'one';
  readonly queues: 'each' | 'one';
  readonly broker: boolean;
}

const FOLDS: readonly Fold[] = [
  { clients: 'channels', exchanges: 'each', queues: 'each', broker: false },
  { clients: 'connections', exchanges: 'each', queues: 'each', broker: false },
  { clients: 'connections', exchanges: 'one', queues: 'each', broker: false },
  { clients: 'connections', exchanges: 'each', queues: 'one', broker: false },
  { clients: 'connections', exchanges: 'one', queues: 'one', broker: false },
  { clients: 'roles', exchanges: 'each', queues: 'each', broker: false },
  { clients: 'roles', exchanges: 'one', queues: 'each', broker: false },
  { clients: 'roles', exchanges: 'one', queues: 'one', broker: false },
  { clients: 'roles', exchanges: 'one', queues: 'one', broker: true },
];

/** Lanes for the steps that are drawn; what a client does is learned from all steps. */
export function lanesOf(drawn: readonly Step[], all: readonly Step[], names: Names): Lanes {
  const ends = collectEnds(drawn, all);
  const folds = FOLDS.map((fold) => assign(ends, fold, names));
  return folds.find((lanes) => lanes.lanes.length <= MOST_LANES) ?? (folds.at(-1) as Lanes);
}

interface Ends {
  /** Channels by key, in order of appearance, with whether they first sent or received. */
  readonly clients: ReadonlyMap<string, { readonly end: End; readonly receives: boolean; readonly role: string }>;
  readonly exchanges: readonly string[];
  readonly queues: readonly string[];
  /** In the order of their names. */
  readonly nodes: readonly string[];
}

function endKey(end: End): string {
  return JSON.stringify([end.name, end.channel]);
}

function collectEnds(drawn: readonly Step[], all: readonly Step[]): Ends {
  const known = new Map<string, { end: End; receives: boolean; role: string }>();
  for (const step of all)
    for (const end of [step.from, step.to]) if (end?.kind === 'client' && end.channel !== 0) meet(known, end, step);
  const clients = new Map<string, { end: End; receives: boolean; role: string }>();
  const exchanges = new Set<string>();
  const queues = new Set<string>();
  const nodes = new Set<string>();
  const bare: End[] = [];
  for (const step of drawn) {
    for (const end of [step.from, step.to]) {
      if (end === undefined) continue;
      if (end.kind === 'exchange') exchanges.add(end.name);
      if (end.kind === 'queue') queues.add(end.name);
      if (end.kind === 'node') nodes.add(end.name);
      if (end.kind !== 'client') continue;
      if (end.channel === 0) bare.push(end);
      else clients.set(endKey(end), known.get(endKey(end)) ?? { end, receives: false, role: 'client' });
    }
    for (const queue of step.queues) queues.add(queue);
  }
  const opened = new Set([...clients.values()].map(({ end }) => end.name));
  for (const end of bare) if (!opened.has(end.name)) clients.set(endKey(end), { end, receives: false, role: 'client' });
  return { clients, exchanges: [...exchanges], queues: [...queues], nodes: [...nodes].sort(byName) };
}

/** A client's place follows from the first thing it does with messages; its role from everything it does. */
function meet(clients: Map<string, { end: End; receives: boolean; role: string }>, end: End, step: Step): void {
  const key = endKey(end);
  const known = clients.get(key) ?? { end, receives: false, role: 'client' };
  const sends = step.verb === 'publish';
  // Who waits for direct replies has a question to send first, so it stands with the senders.
  const waits = step.verb === 'consume' && step.to?.kind !== 'exchange';
  const receives = step.verb === 'deliver' || step.verb === 'get' || waits;
  const was = known.role;
  if (was === 'client') known.receives = receives;
  if (sends) known.role = was === 'client' || was === 'producer' ? 'producer' : 'both';
  if (receives) known.role = was === 'client' || was === 'consumer' ? 'consumer' : 'both';
  clients.set(key, known);
}

function assign(ends: Ends, fold: Fold, names: Names): Lanes {
  const left: Lane[] = [];
  const right: Lane[] = [];
  /** Lane objects by end. */
  const found = new Map<string, Lane>();
  const groups = new Map<string, { members: End[]; receives: boolean; role: string }>();
  for (const { end, receives, role } of ends.clients.values()) {
    const key =
      fold.clients === 'channels' ? endKey(end) : fold.clients === 'connections' ? end.name : receives ? 'right' : 'left';
    const group = groups.get(key) ?? { members: [], receives, role };
    group.members.push(end);
    if (group.role !== role) group.role = 'both';
    groups.set(key, group);
  }
  for (const group of groups.values()) {
    const [{ name }] = group.members as [End];
    const divided = fold.clients === 'channels' && [...ends.clients.values()].filter(({ end }) => end.name === name).length > 1;
    const lane = clientLane(group.members, group.role, group.receives, names, divided);
    (group.receives ? right : left).push(lane);
    for (const end of group.members) found.set(endKey(end), lane);
  }
  const broker = brokerLanes(ends, fold, names, found);
  const lanes = [...left, ...broker, ...right];
  const index = new Map(lanes.map((lane, i) => [lane, i]));
  const indexes = broker.map((lane) => index.get(lane) as number);
  const first = indexes[0] ?? -1;
  const last = indexes.at(-1) ?? -1;
  const ofConnection = (name: string): number[] => lanes.flatMap((lane, i) => (lane.connections.includes(name) ? [i] : []));
  const distance = (lane: number): number => (lane < first ? first - lane : lane - last);
  const standsFor = ({ kind, name }: End): number => index.get(found.get(`${kind}:${name}`) as Lane) ?? -1;
  const find = (end: End, towards?: End): number => {
    if (end.kind === 'client')
      return (
        index.get(found.get(endKey(end)) as Lane) ??
        ofConnection(end.name).reduce((best, lane) => (best < 0 || distance(lane) < distance(best) ? lane : best), -1)
      );
    const own = standsFor(end);
    if (own >= 0) return own;
    const other = towards === undefined || towards.kind === 'broker' ? -1 : find(towards);
    return other > last ? last : first;
  };
  return { lanes, find, standsFor, ofConnection, broker: indexes };
}

function clientLane(members: readonly End[], role: string, receives: boolean, names: Names, divided: boolean): Lane {
  const [first] = members as [End];
  const connections = [...new Set(members.map((end) => end.name))];
  const channels = count(members.length, 'channel');
  if (connections.length > 1) {
    const crowd = count(connections.length, receives ? 'consumer' : 'producer');
    return { kind: 'client', name: crowd, sub: channels, type: '', channel: 0, connections };
  }
  const known = names.connections.get(first.name) ?? '';
  const name = visible(known !== '' ? known : (first.name.split(' -> ')[0] as string));
  const words = role === 'both' ? 'client' : role;
  const sub = divided ? `channel ${first.channel}` : members.length > 1 ? channels : words;
  return { kind: 'client', name, sub, type: '', channel: members.length > 1 ? 0 : first.channel, connections };
}

function brokerLanes(ends: Ends, fold: Fold, names: Names, found: Map<string, Lane>): Lane[] {
  const bare = { kind: 'node', type: '', channel: 0, connections: [] } as const;
  if (ends.nodes.length > 0 && !fold.broker) {
    return ends.nodes.map((name) => {
      const lane: Lane = { ...bare, name: visible(name), sub: 'node' };
      found.set(`node:${name}`, lane);
      return lane;
    });
  }
  const node: Lane = { ...bare, name: visible(names.node), sub: ends.nodes.length > 0 ? 'all nodes' : 'broker' };
  for (const name of ends.nodes) found.set(`node:${name}`, node);
  if (fold.broker || ends.exchanges.length + ends.queues.length === 0) {
    for (const name of ends.exchanges) found.set(`exchange:${name}`, node);
    for (const name of ends.queues) found.set(`queue:${name}`, node);
    return [node];
  }
  const lanes: Lane[] = [];
  const add = (kind: 'exchange' | 'queue', list: readonly string[], one: boolean): void => {
    const shared: Lane = { kind, name: count(list.length, kind), sub: '', type: '', channel: 0, connections: [] };
    for (const name of list) {
      const type = kind === 'exchange' ? (names.exchangeTypes.get(name) ?? '') : '';
      const title = kind === 'exchange' && name === '' ? '(default)' : visible(name);
      const own: Lane = { kind, name: title, sub: type === '' ? kind : visible(type), type, channel: 0, connections: [] };
      const lane = one && list.length > 1 ? shared : own;
      if (!lanes.includes(lane)) lanes.push(lane);
      found.set(`${kind}:${name}`, lane);
    }
  };
  add('exchange', ends.exchanges, fold.exchanges === 'one');
  add('queue', ends.queues, fold.queues === 'one');
  return lanes;
}
