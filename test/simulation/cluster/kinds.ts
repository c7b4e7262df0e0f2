/** Kinds of queues: how each is declared, what it promises, and by what it may lose what it has confirmed. */
import { type FieldTable, tableOf } from '../../../lib/amqp/field-table';
import type { TraceEvent } from '../../../lib/trace/events';

export interface Kind {
  readonly args: FieldTable;
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

export interface Circumstances {
  readonly events: readonly TraceEvent[];
  /** Nodes went their own ways: with `ignore` and `autoheal` each side goes on, and one of them is thrown away. */
  readonly apart: boolean;
}

const PARTED: Failure = { name: 'one side of a partition was thrown away', happened: ({ apart }) => apart };

const UNSYNCHRONISED: Failure = {
  name: 'a mirror was promoted that was not synchronised',
  happened: ({ events }, queue) =>
    events.some((event) => event.type === 'queue.promoted' && event.queue === queue && !event.synchronised),
};

export const KINDS = {
  /** Durable, on one node, messages persistent. */
  classic: { args: new Map(), inPlace: true, failures: [] },
  mirrored: {
    args: new Map(),
    policy: { pattern: '^mirrored', definition: { 'ha-mode': 'all', 'ha-sync-mode': 'automatic' } },
    inPlace: true,
    failures: [UNSYNCHRONISED, PARTED],
  },
  quorum: { args: tableOf({ 'x-queue-type': 'quorum' }), inPlace: false, failures: [] },
} satisfies Record<string, Kind>;

export type KindName = keyof typeof KINDS;

export function kindOf(name: KindName): Kind {
  return KINDS[name];
}
