/** When a message expires that is published to a queue now. */
import type { Clock } from '../../world/world';
import type { Message } from '../message';
import type { QueueSettings } from './settings';

/** Milliseconds of the clock; Infinity for never. The queue's time-to-live or the message's own, whichever is shorter. */
export function expiryOf({ traits }: Message, { messageTtl }: QueueSettings, clock: Clock): number {
  const own = traits.expirationMs;
  if (messageTtl === null && own < 0) return Number.POSITIVE_INFINITY;
  const ttl = own < 0 ? (messageTtl as number) : messageTtl === null ? own : Math.min(own, messageTtl);
  return clock.now() + ttl;
}
