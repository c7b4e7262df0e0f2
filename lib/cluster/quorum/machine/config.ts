/**
 * What its arguments and policies ask of a quorum queue's state machine. It is part of the log, so that every member decides by
 * the same rules at the same entry.
 */
import type { OctetReader, OctetWriter } from './octets';

/** What becomes of a message that was rejected, expired, dropped, or delivered too often. */
export type DeadLettering =
  /** It is gone. */
  | 'none'
  /** The leader publishes it, and forgets it at once. */
  | 'at-most-once'
  /** It stays until the queues that it goes to have confirmed it. */
  | 'at-least-once';

export interface QuorumConfig {
  /** A message that came back more often than this is dead; null for no limit. */
  readonly deliveryLimit: number | null;
  /** Ready messages and octets of their bodies, dead letters that wait included. */
  readonly maxLength: number | null;
  readonly maxBytes: number | null;
  readonly overflow: 'drop-head' | 'reject-publish';
  /** Milliseconds. */
  readonly messageTtl: number | null;
  readonly expires: number | null;
  /** From the queue's arguments: it never changes. */
  readonly singleActive: boolean;
  readonly deadLettering: DeadLettering;
}

export const PLAIN_CONFIG: QuorumConfig = {
  deliveryLimit: null,
  maxLength: null,
  maxBytes: null,
  overflow: 'drop-head',
  messageTtl: null,
  expires: null,
  singleActive: false,
  deadLettering: 'none',
};

/** In the order of their numbers in the log. */
const DEAD_LETTERING: readonly DeadLettering[] = ['none', 'at-most-once', 'at-least-once'];

export function writeConfig(out: OctetWriter, config: QuorumConfig): void {
  out.optional(config.deliveryLimit);
  out.optional(config.maxLength);
  out.optional(config.maxBytes);
  out.flag(config.overflow === 'reject-publish');
  out.optional(config.messageTtl);
  out.optional(config.expires);
  out.flag(config.singleActive);
  out.number(DEAD_LETTERING.indexOf(config.deadLettering));
}

export function readConfig(from: OctetReader): QuorumConfig {
  return {
    deliveryLimit: from.optional(),
    maxLength: from.optional(),
    maxBytes: from.optional(),
    overflow: from.flag() ? 'reject-publish' : 'drop-head',
    messageTtl: from.optional(),
    expires: from.optional(),
    singleActive: from.flag(),
    deadLettering: DEAD_LETTERING[from.number()] as DeadLettering,
  };
}
