/**
 * Topic exchange (spec 3.1.3.3, RabbitMQ's meaning): words are cut at dots, `*` matches exactly one word, `#` zero or more.
 * The empty key has no words; a key of one dot has two empty ones.
 *
 * Binding keys form a trie, a node per word. At each node the walk tries the literal word, `*` and `#`. Once two `#` edges
 * lie on the path, the same (node, position) can be reached in many ways and their number grows combinatorially with the key
 * (`#.#.#.#` would be a denial of service), so from there on, and with a long key from the first `#`, a pair is walked once.
 *
 * A publisher may use a new key for each message, so routing cuts no strings: a word of the key is its place and its hash
 * (key-words.ts), and children are found by that (word-children.ts).
 */
import type { Binding, ExchangeType, Target } from './exchange';
import type { Traits } from '../traits';
import { KeyWords } from './key-words';
import { WordChildren, type WordNode } from './word-children';

class TrieNode implements WordNode<TrieNode> {
  readonly words = new WordChildren<TrieNode>();
  next: TrieNode | null = null;
  star: TrieNode | null = null;
  hash: TrieNode | null = null;
  readonly bindings = new Set<Binding>();

  /** `id` is dense within the exchange: the guard's keys are made of it. */
  constructor(
    readonly id: number,
    readonly word: string,
    readonly wordHash: number,
  ) {}

  get empty(): boolean {
    return this.bindings.size === 0 && this.words.size === 0 && this.star === null && this.hash === null;
  }

  /** For the word at `at` of the binding key that was cut. */
  child(at: number): TrieNode | null {
    if (KEY.is(at, '*')) return this.star;
    if (KEY.is(at, '#')) return this.hash;
    return this.words.find(KEY, at);
  }

  adopt(at: number, node: TrieNode): void {
    if (node.word === '*') this.star = node;
    else if (node.word === '#') this.hash = node;
    else this.words.add(KEY, at, node);
  }

  disown(at: number, node: TrieNode): void {
    if (node.word === '*') this.star = null;
    else if (node.word === '#') this.hash = null;
    else this.words.remove(KEY, at, node);
  }
}

export class TopicType implements ExchangeType {
  readonly byKeyOnly = true;
  private nodes = 0;
  private readonly root = new TrieNode(this.nodes++, '', 0);

  check(): void {}

  add(binding: Binding): void {
    KEY.cut(binding.routingKey);
    let node = this.root;
    for (let at = 0; at < KEY.count; at++) {
      let child = node.child(at);
      if (child === null) {
        child = new TrieNode(this.nodes++, KEY.word(at), KEY.hash(at));
        node.adopt(at, child);
      }
      node = child;
    }
    node.bindings.add(binding);
  }

  remove(binding: Binding): void {
    KEY.cut(binding.routingKey);
    const path: TrieNode[] = [this.root];
    for (let at = 0; at < KEY.count; at++) {
      const next = (path[at] as TrieNode).child(at);
      if (next === null) return;
      path.push(next);
    }
    (path[KEY.count] as TrieNode).bindings.delete(binding);
    for (let at = KEY.count - 1; at >= 0 && (path[at + 1] as TrieNode).empty; at--)
      (path[at] as TrieNode).disown(at, path[at + 1] as TrieNode);
  }

  route(key: string, _traits: Traits, found: (target: Target) => void): void {
    KEY.cut(key);
    walk(this.root, 0, 0, null, found);
  }
}

/** The key that is being routed, bound or unbound. One for all exchanges: a walk ends before the next begins. */
const KEY = new KeyWords();

/** Of so many words a second `#` may make too much of a key; below, most walks end before a guard would pay. */
const LONG_KEY = 32;

/** `hashes` counts the `#` edges on the path; `seen` holds the (node, position) pairs walked since the guard was set. */
function walk(node: TrieNode, at: number, hashes: number, seen: Set<number> | null, found: (target: Target) => void): void {
  const { count } = KEY;
  if (seen !== null) {
    const pair = node.id * (count + 1) + at;
    if (seen.has(pair)) return;
    seen.add(pair);
  }
  if (at === count) for (const binding of node.bindings) found(binding.target);
  else {
    const literal = node.words.find(KEY, at);
    if (literal !== null) walk(literal, at + 1, hashes, seen, found);
    if (node.star !== null) walk(node.star, at + 1, hashes, seen, found);
  }
  if (node.hash !== null) {
    const guard = seen ?? (hashes >= 1 || count > LONG_KEY ? new Set<number>() : null);
    for (let next = at; next <= count; next++) walk(node.hash, next, hashes + 1, guard, found);
  }
}
