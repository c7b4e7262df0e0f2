/** No hot requeue loop: a message that cannot be worked on is not given back and taken again for ever. */
import type { Delivery } from '../wire/messages';

export interface HotMessage {
  readonly body: string;
  /** How often it was given back. */
  readonly times: number;
  /** The delivery that was one too many. */
  readonly delivery: Delivery;
}

/** Messages, by their bodies, that programs gave back to a queue more than `most` times. Lost connections do not count. */
export function hotRequeues(deliveries: readonly Delivery[], most: number): HotMessage[] {
  const given = new Map<string, { times: number; first: Delivery | null }>();
  for (const delivery of deliveries) {
    if (delivery.settled?.how !== 'requeue') continue;
    const key = `${delivery.queue}\0${delivery.body}`;
    const { times = 0, first = null } = given.get(key) ?? {};
    given.set(key, { times: times + 1, first: first ?? (times + 1 > most ? delivery : null) });
  }
  return [...given.values()].flatMap(({ times, first }) =>
    first === null ? [] : [{ body: first.body, times, delivery: first }],
  );
}
