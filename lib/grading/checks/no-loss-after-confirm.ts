/** No loss after confirm: what a broker has confirmed is kept. */
import type { Publish } from '../wire/messages';

/** Publishes that were confirmed to their program, were not returned to it, and whose bodies arrived nowhere. */
export function lostAfterConfirm(publishes: readonly Publish[], arrived: Iterable<string>): Publish[] {
  const there = new Set(arrived);
  return publishes.filter(({ confirmed, returned, body }) => confirmed !== null && returned === null && !there.has(body));
}
