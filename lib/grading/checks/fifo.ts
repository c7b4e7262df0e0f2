/**
 * First in, first out: of one publisher's channel, through one queue, to one consumer's channel. AMQP promises no order across
 * these, and none for messages that come again.
 */
import type { Delivery } from '../wire/messages';

export interface Overtaking {
  /** Sent first, came second. */
  readonly late: string;
  readonly early: Delivery;
}

/**
 * Where the order of `sent` (bodies, as one publisher sent them on one channel) was not kept among first deliveries of a queue
 * on a channel. Bodies that are not in `sent` do not matter.
 */
export function overtakings(sent: readonly string[], deliveries: readonly Delivery[]): Overtaking[] {
  const placeOf = new Map(sent.map((body, place) => [body, place]));
  const farthest = new Map<string, { place: number; delivery: Delivery }>();
  return deliveries.flatMap((delivery) => {
    const place = placeOf.get(delivery.body);
    if (place === undefined || delivery.redelivered) return [];
    const { connection, channel } = delivery.record;
    const way = `${connection} ${channel} ${delivery.queue}`;
    const before = farthest.get(way);
    if (before !== undefined && before.place > place) return [{ late: delivery.body, early: before.delivery }];
    farthest.set(way, { place, delivery });
    return [];
  });
}
