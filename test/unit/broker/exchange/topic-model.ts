/**
 * What a topic binding means, without a trie: the set of positions in the key that the pattern can have reached, word by word.
 * Slow, and plainly right.
 */
export function topicMatches(pattern: string, key: string): boolean {
  const words = wordsOf(key);
  let reached = new Set([0]);
  for (const word of wordsOf(pattern)) {
    const next = new Set<number>();
    for (const at of reached) {
      if (word === '#') for (let after = at; after <= words.length; after++) next.add(after);
      else if (at < words.length && (word === '*' || word === words[at])) next.add(at + 1);
    }
    reached = next;
  }
  return reached.has(words.length);
}

/** The empty key has no words. */
function wordsOf(key: string): string[] {
  return key === '' ? [] : key.split('.');
}
