/** Kinds of queues: how each is declared, what it promises, and by what it may lose what it has confirmed. */
import { type FieldTable, tableOf } from '../../../lib/amqp/field-table';
import type { TraceEvent } from '../../../lib/trace/events';

export interface Kind {
  readonly args: FieldTable;
  /**
   * A node that takes the place of the home is given once more what nobody has confirmed by then, and does not know what of that
   * the home had delivered: each time it may come as if for the first time once more (RabbitMQ: a mirror that is promoted
   * publishes what channels had sent to it and its home had not told it of).
   */
  readonly repeats?: boolean;
  /** What is published is kept in memory only, however many nodes do so. */
  readonly transient?: boolean;
  /** A policy for queues of this kind, by their names. */
  readonly policy?: { readonly pattern: string; readonly definition: Readonly<Record<string, string | number>> };
  /** What was requeued goes back to its place, so that all comes in the order of publishing once nobody holds anything. */
  readonly inPlace: boolean;
  /** The documented ways in which its promises end; none: they never do, as long as the disks live. */
  readonly failures: readonly Failure[];
}

/** A documented way to lose what was confirmed, or to hand it out as if for the first time once more. */
export interface Failure {
  /** As the run names it. */
  readonly name: string;
  /** It came to that in this run, for this queue. */
  happened(circumstances: Circumstances, queue: string): boolean;
}

/** Events that failures are known by. */
export const EXPLAINING: ReadonlySet<TraceEvent['type']> = new Set<TraceEvent['type']>([
  'node.started',
  'node.stopped',
  'node.killed',
  'mirror.added',
  'queue.promoted',
]);

export interface Circumstances {
  /** Those of EXPLAINING, at least. */
  readonly events: readonly TraceEvent[];
  /** Nodes went their own ways: with `ignore` and `autoheal` each side goes on, and one of them is thrown away. */
  readonly apart: boolean;
  /** One that others had gone on without started before them, from what it had (claim partition.pause.overtaken). */
  readonly overtaken?: boolean;
}

const PARTED: Failure = { name: 'one side of a partition was thrown away', happened: ({ apart }) => apart };

const OVERTAKEN: Failure = {
  name: 'one that had been cut off started before those that had gone on',
  happened: ({ overtaken }) => overtaken === true,
};

/** How what was promised of a definition may be lost. */
export const DEFINITION_FAILURES: readonly Failure[] = [PARTED, OVERTAKEN];

const UNSYNCHRONISED: Failure = {
  name: 'a mirror was promoted that was not synchronised',
  happened: ({ events }, queue) =>
    events.some((event) => event.type === 'queue.promoted' && event.queue === queue && !event.synchronised),
};

const LAST_MIRROR: Failure = {
  name: 'the last mirror went down',
  happened: ({ events }, queue) => cameBack(events, queue),
};

/** Whether the home of the queue went down, and was its home still when it came back: nobody had taken its place. */
function cameBack(events: readonly TraceEvent[], queue: string): boolean {
  let home: string | null = null;
  const down = new Set<string>();
  for (const event of events) {
    const { type, node } = event;
    if (type === 'node.stopped' || type === 'node.killed') down.add(node);
    else if (type === 'queue.promoted' && event.queue === queue) home = node;
    else if (type === 'mirror.added' && event.queue === queue) home ??= node;
    else if (type === 'node.started' && down.delete(node) && node === home) return true;
  }
  return false;
}

const COPIED = { 'ha-mode': 'all', 'ha-sync-mode': 'automatic' } as const;

export const KINDS = {
  /** Durable, on one node, messages persistent. */
  classic: { args: new Map(), inPlace: true, failures: [] },
  mirrored: {
    args: new Map(),
    repeats: true,
    policy: { pattern: '^mirrored', definition: COPIED },
    inPlace: true,
    failures: [UNSYNCHRONISED, ...DEFINITION_FAILURES],
  },
  /** What is confirmed is in the memory of several nodes, and nowhere else. */
  'remembered by mirrors': {
    args: new Map(),
    repeats: true,
    transient: true,
    policy: { pattern: '^remembered', definition: COPIED },
    inPlace: true,
    failures: [UNSYNCHRONISED, ...DEFINITION_FAILURES, LAST_MIRROR],
  },
  quorum: { args: tableOf({ 'x-queue-type': 'quorum' }), inPlace: false, failures: [] },
} satisfies Record<string, Kind>;

export type KindName = keyof typeof KINDS;

export function kindOf(name: KindName): Kind {
  return KINDS[name];
}

/** Queues are named after their kind, with a digit behind. */
export function kindOfQueue(queue: string): Kind {
  return kindOf(queue.slice(0, -1) as KindName);
}
