/**
 * Topic exchange (spec 3.1.3.3, RabbitMQ's meaning): words are cut at dots, `*` matches exactly one word, `#` zero or more.
 * The empty key has no words; a key of one dot has two empty ones.
 *
 * Binding keys form a trie, a node per word. At each node the walk tries the literal word, `*` and `#`. Once two `#` edges
 * lie on the path, the same (node, position) can be reached in many ways and their number grows combinatorially with the key
 * (`#.#.#.#` would be a denial of service), so from there on, and with a long key from the first `#`, a pair is walked once.
 *
 * A publisher may use a new key for each message, so routing cuts no strings: a word of the key is its place and its hash
 * (key-words.ts), and children are found by that.
 */
import type { Binding, ExchangeType, Target } from './exchange';
import type { Traits } from '../traits';
import { hashOf, KeyWords } from './key-words';

class TrieNode {
  /** By hash of the word; nodes whose words have the same hash form a chain. */
  readonly words = new Map<number, TrieNode>();
  /** The next one of the chain that this node is in. */
  next: TrieNode | null = null;
  star: TrieNode | null = null;
  hash: TrieNode | null = null;
  readonly bindings = new Set<Binding>();

  /** `id` is dense within the exchange: the guard's keys are made of it. */
  constructor(
    readonly id: number,
    readonly word: string,
  ) {}

  get empty(): boolean {
    return this.bindings.size === 0 && this.words.size === 0 && this.star === null && this.hash === null;
  }

  child(word: string): TrieNode | null {
    if (word === '*') return this.star;
    if (word === '#') return this.hash;
    let node = this.words.get(hashOf(word)) ?? null;
    while (node !== null && node.word !== word) node = node.next;
    return node;
  }

  adopt(node: TrieNode): void {
    if (node.word === '*') this.star = node;
    else if (node.word === '#') this.hash = node;
    else {
      const hash = hashOf(node.word);
      node.next = this.words.get(hash) ?? null;
      this.words.set(hash, node);
    }
  }

  disown(node: TrieNode): void {
    if (node.word === '*') this.star = null;
    else if (node.word === '#') this.hash = null;
    else {
      const hash = hashOf(node.word);
      const first = this.words.get(hash) as TrieNode;
      if (first === node && node.next === null) this.words.delete(hash);
      else if (first === node) this.words.set(hash, node.next as TrieNode);
      else {
        let before = first;
        while (before.next !== node) before = before.next as TrieNode;
        before.next = node.next;
      }
    }
  }
}

export class TopicType implements ExchangeType {
  readonly byKeyOnly = true;
  private nodes = 0;
  private readonly root = this.node('');

  check(): void {}

  add(binding: Binding): void {
    let node = this.root;
    for (const word of wordsOf(binding.routingKey)) {
      let child = node.child(word);
      if (child === null) {
        child = this.node(word);
        node.adopt(child);
      }
      node = child;
    }
    node.bindings.add(binding);
  }

  remove(binding: Binding): void {
    const path: TrieNode[] = [this.root];
    for (const word of wordsOf(binding.routingKey)) {
      const next = (path[path.length - 1] as TrieNode).child(word);
      if (next === null) return;
      path.push(next);
    }
    (path[path.length - 1] as TrieNode).bindings.delete(binding);
    for (let i = path.length - 1; i > 0 && (path[i] as TrieNode).empty; i--)
      (path[i - 1] as TrieNode).disown(path[i] as TrieNode);
  }

  route(key: string, _traits: Traits, found: (target: Target) => void): void {
    KEY.cut(key);
    walk(this.root, 0, 0, null, found);
  }

  private node(word: string): TrieNode {
    return new TrieNode(this.nodes++, word);
  }
}

function wordsOf(key: string): string[] {
  return key === '' ? [] : key.split('.');
}

/** The key that is being routed. One for all exchanges: a walk ends before the next begins. */
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
    let literal = node.words.get(KEY.hash(at)) ?? null;
    while (literal !== null && !KEY.is(at, literal.word)) literal = literal.next;
    if (literal !== null) walk(literal, at + 1, hashes, seen, found);
    if (node.star !== null) walk(node.star, at + 1, hashes, seen, found);
  }
  if (node.hash !== null) {
    const guard = seen ?? (hashes >= 1 || count > LONG_KEY ? new Set<number>() : null);
    for (let next = at; next <= count; next++) walk(node.hash, next, hashes + 1, guard, found);
  }
}
