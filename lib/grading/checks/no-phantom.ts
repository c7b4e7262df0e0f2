/** No phantom: nothing arrives that nobody sent. */

/** What arrived and nobody sent, each once, in the order of arrival. */
export function phantoms(sent: Iterable<string>, arrived: Iterable<string>): string[] {
  const known = new Set(sent);
  return [...new Set(arrived)].filter((each) => !known.has(each));
}
