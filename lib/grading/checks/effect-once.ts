/** Effect once: a message may come twice, what it causes happens once. */

/** What took effect more than once, and how often. */
export function repeatedEffects(effects: readonly string[]): { readonly effect: string; readonly times: number }[] {
  const counted = new Map<string, number>();
  for (const effect of effects) counted.set(effect, (counted.get(effect) ?? 0) + 1);
  return [...counted].flatMap(([effect, times]) => (times > 1 ? [{ effect, times }] : []));
}
