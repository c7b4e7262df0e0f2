/**
 * Sequence diagrams across the nodes of a cluster: a lane for each node instead of lanes for exchanges and queues, messages that
 * pass from node to node, and what the nodes decide among themselves.
 */
import type { ClusterEvent, EventOf, TraceEvent } from '../trace/events';
import { labelWords } from './loss';
import type { Reading } from './sequence-deliveries';
import { BROKER, type End, nodeEnd, type Step } from './sequence-step';
import { commas, count, visible } from './words';

type NodeReaders = { readonly [T in ClusterEvent['type']]: (event: EventOf<T>, reading: Reading) => Partial<Step> | undefined };

function box(node: string, verb: string, label: string, weight: number): Partial<Step> {
  return { shape: 'box', verb, from: nodeEnd(node), label, weight };
}

function names(nodes: readonly string[]): string {
  return nodes.map(visible).join(', ');
}

function lostWords(lost: number | null): string {
  return lost === null || lost === 0 ? '' : `, ${commas(lost)} lost`;
}

/** Between two nodes; its queue stands below the line. */
function passing(event: EventOf<'forwarded'> | EventOf<'replicated'>): Partial<Step> {
  return {
    shape: 'message',
    from: nodeEnd(event.node),
    to: nodeEnd(event.to),
    strong: visible(event.label),
    note: visible(event.queue),
    mono: true,
    message: event.message,
    messageLabel: event.label,
  };
}

/** How the events of a cluster are read. */
export const NODE_READERS: NodeReaders = {
  'node.joined': (event, reading) => {
    // A node that did not run before was joined for the lab, and not by anybody in it.
    if (!reading.down.has(event.node)) return undefined;
    const others = event.members.filter((member) => member !== event.node);
    return box(event.node, 'join', `joins ${names(others)}${event.kind === 'ram' ? ' as a RAM node' : ''}`, 60);
  },
  'node.reset': (event) => box(event.node, 'reset', 'blank again', 60),
  'node.forgotten': (event) => box(event.node, 'forget', `forgets ${visible(event.member)}`, 70),
  'node.waiting': (event) => box(event.node, 'wait', `waits for ${names(event.members)}`, 85),
  'node.failed': (event) => box(event.node, 'give up', 'gives up starting', 90),
  // That a node which is down cannot be reached needs no row of its own.
  'link.down': (event, reading) =>
    reading.down.has(event.peer)
      ? undefined
      : { ...box(event.node, 'link lost', `no link to ${visible(event.peer)}`, 45), shape: 'cross', ink: 'l' },
  'link.up': (event) => box(event.node, 'link', `reaches ${visible(event.peer)} again`, 40),
  'partition.seen': (event) => box(event.node, 'partition', `sees a partition from ${names(event.peers)}`, 90),
  'partition.healed': (event) => box(event.node, 'agreement', 'in agreement again', 80),
  'minority.paused': (event) => ({
    ...{ shape: 'banner', verb: 'pause', from: nodeEnd(event.node), ink: 'n', weight: 90, ends: true },
    label: `${visible(event.node)} pauses: it sees no majority`,
  }),
  'minority.resumed': (event) => ({
    ...{ shape: 'banner', verb: 'resume', from: nodeEnd(event.node), ink: 'o', weight: 80, begins: true },
    label: `${visible(event.node)} goes on`,
  }),
  autoheal: (event) =>
    box(event.node, 'autoheal', `autoheal: ${names(event.losers)} ${event.losers.length === 1 ? 'restarts' : 'restart'}`, 90),
  'mirror.added': (event) => box(event.mirror, 'mirror', `${visible(event.queue)}: mirror`, 35),
  'mirror.synchronised': (event) =>
    box(event.mirror, 'synchronise', `${visible(event.queue)}: in sync, ${count(event.messages, 'message')} copied`, 50),
  'mirror.dropped': () => undefined,
  'queue.promoted': (event, reading) => {
    reading.homes.set(event.queue, { node: event.node, before: event.from });
    const how = event.synchronised ? 'promoted' : 'promoted, not in sync';
    return box(event.node, 'promote', `${visible(event.queue)}: ${how}${lostWords(event.lost)}`, 95);
  },
  'raft.elected': (event) =>
    box(event.node, 'elect', `${visible(event.queue)}: elected, term ${commas(event.term)}`, event.term > 1 ? 88 : 20),
  'messages.lost': (event, reading) => ({
    shape: 'cross',
    verb: 'lost',
    // What a promoted copy lacks died with the home that is gone.
    from: nodeEnd((event.reason === 'promotion' ? reading.homes.get(event.queue)?.before : undefined) ?? event.node),
    ink: 'l',
    label: `${visible(event.queue)}: ${labelWords({ count: event.count, labels: event.messages.map(({ label }) => label) }, 30)}`,
    lost: true,
    died: event.messages,
    weight: 96,
  }),
  forwarded: (event, reading) => {
    reading.passed.add(JSON.stringify([event.message, event.to]));
    return { ...passing(event), verb: 'forward', label: 'forward ', ink: 'd', weight: 27 };
  },
  replicated: (event) => ({ ...passing(event), verb: 'replicate', label: 'copy ', ink: 'o', weight: 26 }),
};

/** Whether the diagram is about several nodes: the trace tells what happened between them. */
export function isAcross(events: readonly TraceEvent[]): boolean {
  const nodes = new Set<string>();
  let between = false;
  for (const { node, type } of events) {
    if (node !== '') nodes.add(node);
    between ||= type !== 'node.joined' && Object.hasOwn(NODE_READERS, type);
  }
  return between && nodes.size > 1;
}

/** A message that was published on one node and kept on another went there, also where nobody tells so. */
export function passedOn(event: EventOf<'enqueued'>, reading: Reading): Partial<Step> | undefined {
  const from = reading.entered.get(event.message);
  const told = reading.passed.has(JSON.stringify([event.message, event.node]));
  if (event.message === 0 || from === undefined || from === event.node || told) return undefined;
  return NODE_READERS.forwarded({ ...event, type: 'forwarded', node: from, to: event.node }, reading);
}

/**
 * Every node tells of a definition, and tells it again when it starts: whether this is news. Of what was there before the trace
 * began nothing is known but that it is there. Bindings may be alike but for their arguments: all that one node tells are news.
 */
export function isNews(event: TraceEvent, reading: Reading): boolean {
  if (event.type === 'binding.added' || event.type === 'binding.removed') {
    const key = JSON.stringify([event.vhost, event.source, event.destination, event.toQueue, event.routingKey]);
    const teller = reading.tellers.get(key) ?? event.node;
    reading.tellers.set(key, teller);
    return teller === event.node;
  }
  const what = definition(event);
  if (what === undefined) return true;
  const [key, there] = what;
  const known = reading.definitions.get(key);
  reading.definitions.set(key, there);
  return known !== there;
}

function definition(event: TraceEvent): [string, boolean] | undefined {
  if (event.type === 'queue.declared' || event.type === 'queue.deleted')
    return [JSON.stringify(['queue', event.vhost, event.queue]), event.type === 'queue.declared'];
  if (event.type === 'exchange.declared' || event.type === 'exchange.deleted')
    return [JSON.stringify(['exchange', event.vhost, event.exchange]), event.type === 'exchange.declared'];
  return undefined;
}

/** A step as it stands between lanes of nodes: exchanges and queues are where the event was told, and its words name them. */
export function atNodes(step: Step, event: TraceEvent): Step {
  const here = nodeEnd(event.node);
  const place = (end: End): End => (end.kind === 'client' || end.kind === 'node' ? end : here);
  if (step.shape === 'banner') {
    if ((event.type === 'fault' || event.type === 'healed') && event.fault === 'cut' && event.target !== event.node)
      return {
        ...step,
        from: BROKER,
        label: `${step.label.replace(/: .*/, '')}: cut ${names([event.node])} – ${names([event.target])}`,
      };
    const own = event.type.startsWith('node.');
    return own ? { ...step, from: here } : step.from.kind === 'node' ? step : { ...step, from: BROKER };
  }
  const { from, to } = step;
  const placed: Step = { ...step, from: place(from), to: to === undefined ? undefined : place(to), queues: [] };
  if (step.verb === 'bind') return { ...placed, label: `${title(from)} → ${title(to ?? from)}: bind` };
  if (step.shape === 'box' && (from.kind === 'queue' || from.kind === 'exchange'))
    return { ...placed, label: `${title(from)}: ${step.label}` };
  const queue = from.kind === 'queue' ? from : to?.kind === 'queue' ? to : undefined;
  return queue !== undefined && step.note === '' && step.verb !== 'ack'
    ? { ...placed, note: visible(queue.name), mono: true }
    : placed;
}

function title(end: End): string {
  return end.kind === 'exchange' && end.name === '' ? '(default)' : visible(end.name);
}
