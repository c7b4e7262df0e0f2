/** No loss after acknowledgement: who acknowledges a message answers for it from then on. */
import type { Delivery } from '../wire/messages';

/**
 * Deliveries of messages in `sent` that the broker will not give out again and that are not in `arrived`; each message once.
 * Messages are known by their bodies.
 */
export function lostAfterAck(deliveries: readonly Delivery[], sent: Iterable<string>, arrived: Iterable<string>): Delivery[] {
  const asked = new Set(sent);
  const accounted = new Set(arrived);
  return deliveries.filter((delivery) => {
    if (!asked.has(delivery.body) || accounted.has(delivery.body) || !isGone(delivery)) return false;
    accounted.add(delivery.body);
    return true;
  });
}

/** Whether the broker has forgotten it: acknowledged, thrown away, or sent to a consumer that never acknowledges. */
export function isGone({ automatic, settled }: Delivery): boolean {
  return automatic || settled?.how === 'ack' || settled?.how === 'discard';
}
