/**
 * What follows from a command outside of the state machine. Every member computes the same effects; only the leader's act on
 * them. A message is named by its place in the log, where its octets are.
 */
import type { DeathReason } from '../../../trace/events';
import type { Place } from './entry';

export type Effect =
  /** `session`: its number. `refused`: the queue is full, and wants nothing for now. */
  | { readonly type: 'opened'; readonly key: string; readonly session: number; readonly refused: boolean }
  /** The messages up to this one are in the queue, now or since before: confirm them. */
  | { readonly type: 'accepted'; readonly session: number; readonly sequence: number }
  /** Not taken, for messages before it are missing: send again from `expected` on. 0: the session is not open. */
  | { readonly type: 'missed'; readonly session: number; readonly sequence: number; readonly expected: number }
  /** The queue is full (`refuse`), or has room again: from now on the session's publishes are refused before they come here. */
  | { readonly type: 'refuse'; readonly session: number; readonly refuse: boolean }
  | { readonly type: 'subscribed'; readonly session: number; readonly tag: string; readonly consumer: number }
  | DeliverEffect
  /** `ready`: messages that remain. */
  | (Omit<DeliverEffect, 'type'> & { readonly type: 'got'; readonly tag: string; readonly ready: number })
  /** `request`: index of the `get`. */
  | {
      readonly type: 'got-nothing';
      readonly session: number;
      readonly request: number;
      readonly tag: string;
      readonly reason: 'empty' | 'single-active';
    }
  /** `request`: index of the `purge`. */
  | { readonly type: 'purged'; readonly request: number; readonly messages: number }
  /** A message to be published to the dead-letter exchange, whether that succeeds or not. */
  | ({ readonly type: 'dead' } & Corpse)
  /** A message that leaves no trace. */
  | ({ readonly type: 'dropped' } & Corpse)
  /** A message to be published to the dead-letter exchange, and settled when it is confirmed there. */
  | ({ readonly type: 'dead-letter'; readonly delivery: number } & Corpse)
  /** Ask the node which of these sessions still live, and close the others. */
  | { readonly type: 'recheck'; readonly node: string; readonly sessions: readonly number[] };

export interface DeliverEffect extends Place {
  readonly type: 'deliver';
  readonly session: number;
  readonly consumer: number;
  readonly delivery: number;
  /** How often it came back: the `x-delivery-count` header. Above 0 it is redelivered. */
  readonly returns: number;
}

export interface Corpse extends Place {
  readonly reason: DeathReason;
  readonly returns: number;
}
