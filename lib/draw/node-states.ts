/**
 * What each node was doing when, read from the trace: spans of states for the lanes of a timeline. A node is partitioned while
 * it runs and cannot reach another one that runs too, or has seen that happen and is not in agreement again.
 */
import type { TraceEvent } from '../trace/events';
import type { NodeState, TimelineLane, TimelineSpan } from './timeline';
import { sortedBy } from './words';

export interface StateOptions {
  /** Lab milliseconds at which the last state of each node ends. */
  readonly until: number;
  /** States before this lab time are left out; default: everything since the first event. */
  readonly from?: number;
  /** Nodes that run now; those of which no event tells ran all the time. */
  readonly running?: readonly string[];
}

interface Known {
  /** Undefined until the node is first heard of. */
  own: NodeState | undefined;
  /** Members to which the lab cut the way, members it told to have no link to, and members that it saw go and come back. */
  readonly severed: Set<string>;
  readonly lost: Set<string>;
  readonly seen: Set<string>;
  /** The span that is not over yet. */
  since: number;
  shown: NodeState | undefined;
  readonly spans: TimelineSpan[];
}

/** What an event says about the node it is of. */
const STATES: Readonly<Partial<Record<TraceEvent['type'], NodeState>>> = {
  'node.started': 'running',
  'node.stopped': 'stopped',
  'node.killed': 'dead',
  'node.paused': 'paused',
  'node.resumed': 'running',
  'node.waiting': 'waiting',
  'node.failed': 'stopped',
  'minority.paused': 'paused',
  'minority.resumed': 'running',
};

/** The first that is heard of a node which was not there before. */
const STARTS: ReadonlySet<TraceEvent['type']> = new Set(['node.started', 'node.waiting', 'node.failed'] as const);

/** A lane for each node that the events speak of, in the order of their names. Events are in the order in which they happened. */
export function nodeLanes(events: readonly TraceEvent[], { until, from = 0, running = [] }: StateOptions): TimelineLane[] {
  const nodes = new Map<string, Known>();
  for (const node of sortedBy(new Set([...nodesIn(events), ...running]), (name) => name)) {
    const first = events.find((event) => event.node === node && STATES[event.type] !== undefined);
    // Who is first heard of by its start was not there before; anybody else ran when the trace began.
    const own = first !== undefined && STARTS.has(first.type) ? undefined : 'running';
    const apart = { severed: new Set<string>(), lost: new Set<string>(), seen: new Set<string>() };
    nodes.set(node, { own, ...apart, since: events[0]?.at ?? 0, shown: own, spans: [] });
  }
  for (const event of events) {
    tell(nodes, event);
    for (const known of nodes.values()) show(known, stateOf(known, nodes), event.at);
  }
  for (const known of nodes.values()) show(known, undefined, Math.max(until, events.at(-1)?.at ?? 0));
  return [...nodes].map(([name, { spans }]) => ({
    name,
    spans: spans.filter((span) => span.to > from).map((span) => ({ ...span, from: Math.max(span.from, from) })),
  }));
}

/** Nodes of which events tell, and those to which the lab cut the way. Events of the lab itself have no node. */
export function nodesIn(events: readonly TraceEvent[]): Set<string> {
  return new Set(
    events.flatMap((event) => {
      const ends = event.type === 'fault' && event.fault === 'cut' ? [event.node, event.target] : [event.node];
      return ends.filter((name) => name !== '');
    }),
  );
}

/**
 * Pairs of nodes that do not reach each other at the end of these events: the lab has cut the way between them, or one of them
 * told that the link is down, though the other did not go.
 */
export function partedNodes(events: readonly TraceEvent[]): ReadonlyArray<readonly [string, string]> {
  const pairs = new Map<string, readonly [string, string]>();
  const key = (how: string, a: string, b: string): string => JSON.stringify([how, ...[a, b].sort()]);
  const gone = new Set<string>();
  for (const event of events) {
    if (event.type === 'node.started') gone.delete(event.node);
    if (event.type === 'link.down') {
      if (gone.has(event.node) || gone.has(event.peer)) continue;
      pairs.set(key('link', event.node, event.peer), [event.node, event.peer]);
    } else if (event.type === 'link.up') pairs.delete(key('link', event.node, event.peer));
    else if ((event.type === 'fault' || event.type === 'healed') && event.fault === 'cut' && event.target !== event.node) {
      if (event.type === 'fault') pairs.set(key('cut', event.node, event.target), [event.node, event.target]);
      else pairs.delete(key('cut', event.node, event.target));
    } else if (event.type === 'node.killed' || event.type === 'node.stopped') {
      gone.add(event.node);
      for (const [name, pair] of pairs) if (name.startsWith('["link"') && pair.includes(event.node)) pairs.delete(name);
    }
  }
  return [...pairs.values()];
}

function tell(nodes: ReadonlyMap<string, Known>, event: TraceEvent): void {
  const known = nodes.get(event.node);
  if (known === undefined) return;
  const state = STATES[event.type];
  if (state !== undefined) {
    // A minority stops its application to pause.
    known.own = known.own === 'paused' && event.type === 'node.stopped' ? 'paused' : state;
    if (state === 'dead' || state === 'stopped') forget(nodes, event.node);
  } else if (event.type === 'link.down') {
    // Who is not there is not partitioned from anybody.
    if (isUp(nodes.get(event.peer))) known.lost.add(event.peer);
  } else if (event.type === 'link.up') known.lost.delete(event.peer);
  else if (event.type === 'partition.seen') for (const peer of event.peers) known.seen.add(peer);
  else if (event.type === 'partition.healed') known.seen.clear();
  else if ((event.type === 'fault' || event.type === 'healed') && event.fault === 'cut') {
    const other = nodes.get(event.target);
    if (other === undefined || other === known) return;
    const change = event.type === 'fault' ? 'add' : 'delete';
    known.severed[change](event.target);
    other.severed[change](event.node);
  }
}

/** What was between this node and the others ends with it, but for what the lab has cut. */
function forget(nodes: ReadonlyMap<string, Known>, gone: string): void {
  for (const [name, { lost, seen }] of nodes) {
    lost.delete(gone);
    seen.delete(gone);
    if (name !== gone) continue;
    lost.clear();
    seen.clear();
  }
}

function isUp(known: Known | undefined): boolean {
  return known?.own === 'running';
}

function stateOf(known: Known, nodes: ReadonlyMap<string, Known>): NodeState | undefined {
  if (known.own !== 'running') return known.own;
  const away = [...known.severed, ...known.lost];
  const apart = known.seen.size > 0 || away.some((peer) => isUp(nodes.get(peer)));
  return apart ? 'partitioned' : 'running';
}

function show(known: Known, state: NodeState | undefined, at: number): void {
  if (state === known.shown) return;
  if (known.shown !== undefined && (at > known.since || known.shown === 'stopped')) {
    const last = known.spans.at(-1);
    // A state between two others that took no time parts nothing, but for a restart while the lab's clock stood.
    const same = last?.state === known.shown && last.to === known.since;
    if (same) known.spans.pop();
    known.spans.push({ from: same ? last.from : known.since, to: at, state: known.shown });
  }
  known.since = at;
  known.shown = state;
}
