/**
 * What the home of a mirrored queue and the nodes with its copies say to each other. The home numbers its mirrors ("link"), and
 * what it appends; a mirror tells up to which number it has everything, on disk where the queue promises that.
 *
 *   home                                mirror
 *   begin, keep, drop, end         ──▶
 *                                  ◀──  kept
 */
import type { MessageRef } from '../../trace/events';
import type { QueueKey } from '../remote/queue-wire';

/** A message that a mirror lacks, by its position in the queue. */
export interface Lacking extends MessageRef {
  readonly position: number;
}

export type ToMirror =
  /**
   * A copy begins, with nothing in it. `missing`: messages that the home has and the copy will not be told of. `offered`: the
   * positions of so many stand behind the items, and the copy that the home of the reign `after` had here may go on as this one
   * (`lacks` answers): what this home has is from that one.
   */
  | {
      readonly do: 'begin';
      readonly link: number;
      readonly queue: QueueKey;
      readonly id: string;
      readonly durable: boolean;
      readonly lanes: number;
      readonly missing: number;
      readonly offered: number;
      /** Of this home: from its beginning on it alone says what stands where. */
      readonly reign: string;
      readonly after: string | null;
      /** The oldest of them; none unless somebody listens. */
      readonly lacks: readonly Lacking[];
    }
  /**
   * So many messages. `number`: of the last. `late`: they are older. Of each stands behind the items: its position, milliseconds
   * until it expires (-1: never), the receipt that a publisher on the node `from` waits for (0: none), by which a message is
   * known that is sent again, and the message.
   */
  | {
      readonly do: 'keep';
      readonly link: number;
      number: number;
      readonly late: boolean;
      readonly from: string;
      count: number;
    }
  /** So many are gone; their positions stand behind the items. */
  | { readonly do: 'drop'; readonly link: number; count: number }
  /** No copy is wanted any more. */
  | { readonly do: 'end'; readonly link: number };

export type ToHome =
  | { readonly do: 'kept'; readonly link: number; number: number }
  /** Of what was offered these are not here; their positions stand behind the items. Null: nothing is. */
  | { readonly do: 'lacks'; readonly link: number; readonly count: number | null }
  /** Asked by the tools of a node: bring mirrors up to date, or stop that. */
  | { readonly do: 'sync'; readonly queue: QueueKey; readonly call: number }
  | { readonly do: 'cancel'; readonly queue: QueueKey; readonly call: number }
  | { readonly do: 'move'; readonly queue: QueueKey; readonly to: string; readonly call: number };

/** To whoever asked. */
export type ToAsker = { readonly do: 'answer'; readonly call: number; readonly done: boolean };

/** To all: this node stops in order. */
export type ToAll = { readonly do: 'leaving' };

export type MirrorItem = ToMirror | ToHome | ToAsker | ToAll;

/** Milliseconds on the wire; clocks of nodes do not agree. */
export function ttlOf(expiresAt: number, now: number): number {
  return expiresAt === Number.POSITIVE_INFINITY ? -1 : Math.max(0, expiresAt - now);
}

export function expiryOf(ttl: number, now: number): number {
  return ttl < 0 ? Number.POSITIVE_INFINITY : now + ttl;
}
