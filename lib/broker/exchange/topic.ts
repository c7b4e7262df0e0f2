/**
 * Topic exchange (spec 3.1.3.3, RabbitMQ's meaning): words are cut at dots, `*` matches exactly one word, `#` zero or more.
 * The empty key has no words; a key of one dot has two empty ones.
 *
 * Binding keys form a trie, a node per word. At each node the walk tries the literal word, `*` and `#`. Once two `#` edges
 * lie on the path, the same (node, position) can be reached in many ways and their number grows combinatorially with the key
 * (`#.#.#.#` would be a denial of service), so from there on, and with a long key from the first `#`, a pair is walked once.
 */
import type { Binding, ExchangeType, Target } from './exchange';
import type { Traits } from '../traits';

class TrieNode {
  readonly words = new Map<string, TrieNode>();
  star: TrieNode | null = null;
  hash: TrieNode | null = null;
  readonly bindings = new Set<Binding>();

  /** `id` is dense within the exchange: the guard's keys are made of it. */
  constructor(readonly id: number) {}

  get empty(): boolean {
    return this.bindings.size === 0 && this.words.size === 0 && this.star === null && this.hash === null;
  }
}

export class TopicType implements ExchangeType {
  readonly byKeyOnly = true;
  private nodes = 0;
  private readonly root = this.node();

  check(): void {}

  add(binding: Binding): void {
    let node = this.root;
    for (const word of wordsOf(binding.routingKey)) node = this.child(node, word);
    node.bindings.add(binding);
  }

  remove(binding: Binding): void {
    const words = wordsOf(binding.routingKey);
    const path: TrieNode[] = [this.root];
    for (const word of words) {
      const next = existingChild(path[path.length - 1] as TrieNode, word);
      if (next === null) return;
      path.push(next);
    }
    (path[path.length - 1] as TrieNode).bindings.delete(binding);
    for (let i = words.length; i > 0 && (path[i] as TrieNode).empty; i--)
      removeChild(path[i - 1] as TrieNode, words[i - 1] as string);
  }

  route(key: string, _traits: Traits, found: (target: Target) => void): void {
    walk(this.root, wordsOf(key), 0, 0, null, found);
  }

  private node(): TrieNode {
    return new TrieNode(this.nodes++);
  }

  private child(node: TrieNode, word: string): TrieNode {
    const known = existingChild(node, word);
    if (known !== null) return known;
    const made = this.node();
    if (word === '*') node.star = made;
    else if (word === '#') node.hash = made;
    else node.words.set(word, made);
    return made;
  }
}

function wordsOf(key: string): string[] {
  return key === '' ? [] : key.split('.');
}

function existingChild(node: TrieNode, word: string): TrieNode | null {
  if (word === '*') return node.star;
  if (word === '#') return node.hash;
  return node.words.get(word) ?? null;
}

function removeChild(node: TrieNode, word: string): void {
  if (word === '*') node.star = null;
  else if (word === '#') node.hash = null;
  else node.words.delete(word);
}

/** Of so many words a second `#` may make too much of a key; below, most walks end before a guard would pay. */
const LONG_KEY = 32;

/** `hashes` counts the `#` edges on the path; `seen` holds the (node, position) pairs walked since the guard was set. */
function walk(
  node: TrieNode,
  words: readonly string[],
  at: number,
  hashes: number,
  seen: Set<number> | null,
  found: (target: Target) => void,
): void {
  if (seen !== null) {
    const pair = node.id * 257 + at; // a key has at most 255 octets, so at most 256 words, and `at` may stand behind the last
    if (seen.has(pair)) return;
    seen.add(pair);
  }
  if (at === words.length) for (const binding of node.bindings) found(binding.target);
  else {
    const literal = node.words.get(words[at] as string);
    if (literal !== undefined) walk(literal, words, at + 1, hashes, seen, found);
    if (node.star !== null) walk(node.star, words, at + 1, hashes, seen, found);
  }
  if (node.hash !== null) {
    const guard = seen ?? (hashes >= 1 || words.length > LONG_KEY ? new Set<number>() : null);
    for (let next = at; next <= words.length; next++) walk(node.hash, words, next, hashes + 1, guard, found);
  }
}
