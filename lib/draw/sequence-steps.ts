/** Trace events as the steps of a sequence diagram, one step for what is one thing to a reader. Nothing is folded yet. */
import type { EventOf, TraceEvent } from '../trace/events';
import type { Reading } from './sequence-deliveries';
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
  };
  for (const event of events) {
    if (event.type === 'routed' || event.type === 'enqueued') {
      route(event, reading);
      continue;
    }
    const read = READERS[event.type] as Reader<TraceEvent['type']> | undefined;
    const part = read?.(event as never, reading);
    if (part === undefined) continue;
    const step = { ...NOTHING, seq: event.seq, at: event.at, ...part } as Step;
    reading.steps.push(step);
    if ((step.shape === 'message' && step.verb === 'publish') || step.shape === 'dead') reading.routing.set(step.message, step);
  }
  return reading.steps;
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
  return new Set(steps.filter((step) => step.lost && step.message !== 0).map((step) => step.message));
}
