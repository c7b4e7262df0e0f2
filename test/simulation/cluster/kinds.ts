/** Kinds of queues: how each is declared, what it promises, and by what it may lose what it has confirmed. */
import type { FieldTable } from '../../../lib/amqp/field-table';
import type { TraceEvent } from '../../../lib/trace/events';

export interface Kind {
  readonly args: FieldTable;
  /** A policy for queues of this kind, by their names. */
  readonly policy?: { readonly pattern: string; readonly definition: Readonly<Record<string, string | number>> };
  /** What was requeued goes back to its place, so that all comes in the order of publishing once nobody holds anything. */
  readonly inPlace: boolean;
  /** The documented ways to lose what was confirmed; none: never, as long as the disks live. */
  readonly losses: readonly Loss[];
}

export interface Loss {
  /** As the run names it. */
  readonly name: string;
  /** This event can be the reason why a message of the queue is gone. */
  explains(event: TraceEvent, queue: string, number: number): boolean;
}

export const KINDS = {
  /** Durable, on one node, messages persistent. */
  classic: { args: new Map(), inPlace: true, losses: [] },
} satisfies Record<string, Kind>;

export type KindName = keyof typeof KINDS;

export function kindOf(name: KindName): Kind {
  return KINDS[name];
}
