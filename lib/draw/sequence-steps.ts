/** Trace events as the steps of a sequence diagram, one step for what is one thing to a reader. Nothing is folded yet. */
import type { EventOf, TraceEvent } from '../trace/events';
import type { Reading } from './sequence-deliveries';
import { atNodes, isAcross, isNews, NODE_READERS, passedOn } from './sequence-nodes';
import { READERS, type Reader } from './sequence-readers';
import type { Step } from './sequence-step';

const NOTHING: Omit<Step, 'seq' | 'at' | 'shape' | 'verb' | 'from' | 'label'> = {
  to: undefined,
  queues: [],
  ink: 'i',
  strong: '',
  extra: '',
  note: '',
  mono: false,
  message: 0,
  messageLabel: '',
  again: false,
  lost: false,
  died: [],
  weight: 30,
  setup: false,
  settles: [],
  delivery: '',
  ends: false,
  begins: false,
};

/** All steps, in the order of the events. */
export function stepsOf(events: readonly TraceEvent[]): Step[] {
  const reading: Reading = {
    steps: [],
    open: new Map(),
    routing: new Map(),
    published: new Set(),
    delivered: new Set(),
    automatic: new Set(),
    commands: 0,
    entered: new Map(),
    passed: new Set(),
    definitions: new Map(),
    tellers: new Map(),
    down: new Set(),
    homes: new Map(),
  };
  const across = isAcross(events);
  for (const event of events) {
    if (event.type === 'node.killed' || event.type === 'node.stopped') reading.down.add(event.node);
    if (event.type === 'node.started') reading.down.delete(event.node);
    if (event.type === 'publish') reading.entered.set(event.message, event.node);
    if (!across && (event.type === 'routed' || event.type === 'enqueued')) route(event, reading);
    const part = across ? readAcross(event, reading) : read(event, reading);
    if (part === undefined) continue;
    const whole = { ...NOTHING, seq: event.seq, at: event.at, ...part } as Step;
    const step = across ? atNodes(whole, event) : whole;
    reading.steps.push(step);
    if ((step.shape === 'message' && step.verb === 'publish') || step.shape === 'dead') reading.routing.set(step.message, step);
  }
  return reading.steps;
}

function read(event: TraceEvent, reading: Reading): Partial<Step> | undefined {
  const reader = READERS[event.type] as Reader<TraceEvent['type']> | undefined;
  return reader?.(event as never, reading);
}

function readAcross(event: TraceEvent, reading: Reading): Partial<Step> | undefined {
  if (event.type === 'enqueued') return passedOn(event, reading);
  if (!isNews(event, reading)) return undefined;
  const readers: Readonly<Partial<Record<TraceEvent['type'], unknown>>> = NODE_READERS;
  const reader = readers[event.type] as Reader<TraceEvent['type']> | undefined;
  return reader === undefined ? read(event, reading) : reader(event as never, reading);
}

/** Where the message of the latest publish or dead-letter step went. */
function route(event: EventOf<'routed'> | EventOf<'enqueued'>, reading: Reading): void {
  const step = event.message === 0 ? undefined : reading.routing.get(event.message);
  if (step === undefined) return;
  const reached = event.type === 'routed' ? event.queues : [event.queue];
  step.queues = [...new Set([...step.queues, ...reached])];
}

/** Marks every message that is lost, from its first appearance: the steps themselves cannot know yet. */
export function lostMessages(steps: readonly Step[]): ReadonlySet<number> {
  const died = steps.flatMap((step) => step.died.map(({ message }) => message));
  const lost = steps.filter((step) => step.lost).map((step) => step.message);
  return new Set([...lost, ...died].filter((message) => message !== 0));
}
