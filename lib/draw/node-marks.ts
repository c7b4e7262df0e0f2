/** What was done to the nodes of a cluster and what they decided: marks of a timeline. What came at one moment is one mark. */
import type { EventOf, EventType, TraceEvent } from '../trace/events';
import { isUndone } from './loss';
import { nodesIn } from './node-states';
import type { TimelineMark } from './timeline';
import { commas, count, visible } from './words';

interface Wording {
  /** Marks with the same key at about the same time become one. */
  readonly key: string;
  /** What it is about, gathered in the mark: names of queues, or ''. */
  readonly about: string;
  readonly words: (about: string) => string;
  readonly lane?: string;
  readonly happened: boolean;
  /** Lab time of the mark, if it is not that of the event. */
  readonly at?: number;
}

type Words = { readonly [T in EventType]?: (event: EventOf<T>, nodes: ReadonlySet<string>) => Wording | undefined };

/** Commands that look and change nothing would drown the others. */
const LOOKS =
  /^\s*\S+(\s+-\S+(\s+[^-\s]\S*)?)*\s+(list_|status|cluster_status|check_|ping|eval|report|environment|help|version|wait|await)/;

function did(event: TraceEvent, text: string): Wording {
  return { key: `${event.seq}`, about: '', words: () => text, lane: event.node, happened: false };
}

function happened(event: TraceEvent, about: string, words: (about: string) => string): Wording {
  return { key: JSON.stringify([event.type, event.node, words('')]), about, words, lane: event.node, happened: true };
}

function fault(event: EventOf<'fault'> | EventOf<'healed'>, nodes: ReadonlySet<string>): Wording {
  const link = event.fault === 'cut' && event.target !== event.node && nodes.has(event.target);
  const target = link ? `${event.node} – ${event.target}` : event.target;
  const text = `${visible(event.fault)}${event.type === 'healed' ? ' healed' : ''}: ${visible(target)}`;
  const lane = !link && nodes.has(event.node) ? { lane: event.node } : {};
  return { key: `${event.seq}`, about: '', words: () => text, happened: false, ...lane };
}

const WORDS: Words = {
  command: ({ seq, at, line, typed = at }, nodes) => {
    if (LOOKS.test(line)) return undefined;
    const node = /\s-n\s*([\w-]+)/.exec(line)?.[1];
    const lane = node !== undefined && nodes.has(node) ? { lane: node } : {};
    return { key: `${seq}`, about: '', words: () => visible(line), happened: false, at: typed, ...lane };
  },
  fault,
  healed: fault,
  'node.killed': (event) => did(event, `kill -9 ${event.node}`),
  'node.paused': (event) => did(event, `SIGSTOP ${event.node}`),
  'node.joined': (event) => {
    const others = event.members.filter((member) => member !== event.node).join(', ');
    return happened(event, '', () => `${event.node} joins ${others}${event.kind === 'ram' ? ' as a RAM node' : ''}`);
  },
  'node.reset': (event) => happened(event, '', () => `${event.node} is blank again`),
  'node.forgotten': (event) => happened(event, '', () => `${event.node} forgets ${event.member}`),
  'node.failed': (event) => happened(event, '', () => `${event.node} gives up starting`),
  'minority.paused': (event) => happened(event, '', () => `${event.node} pauses: no majority`),
  autoheal: (event) =>
    happened(event, '', () => `autoheal: ${event.losers.join(', ')} ${event.losers.length === 1 ? 'restarts' : 'restart'}`),
  'queue.promoted': (event) => {
    const lost = event.lost === null || event.lost === 0 ? '' : `, ${commas(event.lost)} lost`;
    const how = `${event.synchronised ? '' : ' unsynchronised'}${lost}`;
    return happened(event, event.queue, (queues) => `${queues}: ${event.node} promoted${how}`);
  },
  // The first election of a queue belongs to its declaration.
  'raft.elected': (event) =>
    event.term <= 1
      ? undefined
      : happened(event, event.queue, (queues) => `${queues}: ${event.node} elected, term ${event.term}`),
  'mirror.synchronised': (event) => happened(event, event.queue, (queues) => `${queues}: in sync on ${event.mirror}`),
  'messages.lost': (event) => happened(event, event.queue, (queues) => `${queues}: ${count(event.count, 'message')} lost`),
};

/** Names that stand in one mark. */
const MOST_NAMES = 2;

/** `about` of several: the first names, and how many more. */
function together(names: readonly string[]): string {
  const unique = [...new Set(names)].map(visible);
  const more = unique.length - MOST_NAMES;
  return more <= 0 ? unique.join(', ') : `${unique.slice(0, MOST_NAMES).join(', ')} +${more}`;
}

const COMMANDS: Partial<Record<EventType, RegExp>> = {
  'node.joined': /\s(join_cluster|change_cluster_node_type)\s/,
  'node.reset': /\s(force_reset|reset|change_cluster_node_type)(\s|$)/,
  'node.forgotten': /\sforget_cluster_node\s/,
};

/** Another mark says it (that of the command that did it, or of the promotion that lost the messages), or it was undone. */
function isSaid(event: TraceEvent, events: readonly TraceEvent[]): boolean {
  if (event.type === 'messages.lost') {
    if (isUndone(event, events)) return true;
    const about = events.findLast(
      (other) =>
        other.type === 'queue.promoted' && other.seq < event.seq && other.vhost === event.vhost && other.queue === event.queue,
    );
    return about?.type === 'queue.promoted' && about.lost === event.count;
  }
  const command = COMMANDS[event.type];
  const next = command && events.find(({ seq, type }) => seq > event.seq && type === 'command');
  return next?.type === 'command' && command?.test(next.line) === true;
}

/** A mark for each thing done or decided; what is the same for several queues within `near` milliseconds is one mark. */
export function nodeMarks(events: readonly TraceEvent[], near: number): TimelineMark[] {
  const nodes = nodesIn(events);
  const groups: Array<{ readonly at: number; readonly wording: Wording; readonly about: string[] }> = [];
  const stopped = new Set<string>();
  for (const event of events) {
    if (event.type === 'node.stopped' || event.type === 'node.killed') stopped.add(event.node);
    // Nodes that were joined before they first ran were so for the lab, and not by anybody in it.
    if (event.type === 'node.joined' && !stopped.has(event.node)) continue;
    if (isSaid(event, events)) continue;
    const words = WORDS[event.type] as ((event: TraceEvent, nodes: ReadonlySet<string>) => Wording | undefined) | undefined;
    const wording = words?.(event, nodes);
    if (wording === undefined) continue;
    const same = groups.findLast((group) => group.wording.key === wording.key && event.at - group.at <= near);
    if (same === undefined) groups.push({ at: wording.at ?? event.at, wording, about: [wording.about] });
    else same.about.push(wording.about);
  }
  // At one moment a command stands before what it brought about.
  groups.sort((a, b) => a.at - b.at || Number(a.wording.happened) - Number(b.wording.happened));
  return groups.map(({ at, wording, about }) => ({
    at,
    label: wording.words(together(about)),
    ...(wording.lane === undefined ? {} : { lane: wording.lane }),
    ...(wording.happened ? { happened: true } : {}),
  }));
}
