/** At least once: what was sent arrives, maybe more than once. */

/** What was sent and did not arrive, in the order of sending. */
export function missing(sent: readonly string[], arrived: Iterable<string>): string[] {
  const there = new Set(arrived);
  return sent.filter((each) => !there.has(each));
}
