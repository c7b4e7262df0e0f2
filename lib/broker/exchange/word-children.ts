/**
 * The nodes below one node of a trie, found by a word of a key without making a string of it: a hash table with chains, at
 * most half full. The hash is no secret, so a client could bind words that all meet in one chain, and make every message
 * walk it. A chain longer than chance makes it ends the table: from then on the nodes stand sorted by word, and finding one
 * takes a comparison for each doubling of their number, whatever the words are.
 */
import { HASH_BITS, type KeyWords } from './key-words';

export interface WordNode<T> {
  readonly word: string;
  /** Of the word, as `KeyWords` has it. */
  readonly wordHash: number;
  /** The next one of the chain. Belongs to `WordChildren`. */
  next: T | null;
}

/** In a table half full, words that nobody chose for it make a longer chain in one of a hundred million chains. */
const CHAIN_MAX = 8;
/** Of the smallest table, as a power of two. */
const SMALLEST = 2;
/** The table of all that have no nodes. Invariant: nothing is put into it. */
const NO_CHAINS: null[] = new Array(1 << SMALLEST).fill(null);

/** Words are named by a key that was cut, and their place in it. Invariant: no two nodes have the same word. */
export class WordChildren<T extends WordNode<T>> {
  size = 0;
  /** The first node of each chain; the highest bits of a hash say which. */
  private chains: (T | null)[] = NO_CHAINS;
  /** Hash to chain. */
  private shift = HASH_BITS - SMALLEST;
  /** All nodes by word, in the order of UTF-16 units; null while the table serves. Invariant: one of the two is empty. */
  private sorted: T[] | null = null;

  find(key: KeyWords, at: number): T | null {
    const hash = key.hash(at);
    let node = this.chains[hash >>> this.shift] as T | null;
    while (node !== null && (node.wordHash !== hash || !key.is(at, node.word))) node = node.next;
    return node === null && this.sorted !== null ? findIn(this.sorted, key, at) : node;
  }

  /** The node's word stands at `at`, and no node has it yet. */
  add(key: KeyWords, at: number, node: T): void {
    this.size++;
    if (this.sorted !== null) this.sorted.splice(placeIn(this.sorted, key, at), 0, node);
    else {
      if (this.size * 2 > this.chains.length || this.size === 1) this.grow();
      if (this.chain(node) > CHAIN_MAX) this.sort();
    }
  }

  /** The node's word stands at `at`, and the node is here. */
  remove(key: KeyWords, at: number, node: T): void {
    this.size--;
    if (this.size === 0) {
      this.sorted = null;
      this.dropTable();
    } else if (this.sorted !== null) this.sorted.splice(placeIn(this.sorted, key, at), 1);
    else this.unchain(node);
  }

  /** Returns the length of the chain that the node is in now. */
  private chain(node: T): number {
    const index = node.wordHash >>> this.shift;
    node.next = this.chains[index] as T | null;
    this.chains[index] = node;
    let length = 0;
    for (let each: T | null = node; each !== null; each = each.next) length++;
    return length;
  }

  private unchain(node: T): void {
    const index = node.wordHash >>> this.shift;
    let before = this.chains[index] as T;
    if (before === node) this.chains[index] = node.next;
    else {
      while (before.next !== node) before = before.next as T;
      before.next = node.next;
    }
    node.next = null;
  }

  /** Doubles the table, or makes the first. */
  private grow(): void {
    const nodes = this.chained();
    if (this.chains !== NO_CHAINS) this.shift--;
    this.chains = new Array(1 << (HASH_BITS - this.shift)).fill(null);
    for (const node of nodes) this.chain(node);
  }

  private sort(): void {
    this.sorted = this.chained().sort((a, b) => (a.word < b.word ? -1 : 1));
    this.dropTable();
  }

  private chained(): T[] {
    const nodes: T[] = [];
    for (const first of this.chains) for (let node = first; node !== null; node = node.next) nodes.push(node);
    return nodes;
  }

  private dropTable(): void {
    this.chains = NO_CHAINS;
    this.shift = HASH_BITS - SMALLEST;
  }
}

function findIn<T extends WordNode<T>>(sorted: readonly T[], key: KeyWords, at: number): T | null {
  const node = sorted[placeIn(sorted, key, at)];
  return node !== undefined && key.is(at, node.word) ? node : null;
}

/** Of the first node whose word is not below the key's word at `at`; the number of nodes if there is none. */
function placeIn(sorted: readonly { readonly word: string }[], key: KeyWords, at: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (key.compare(at, (sorted[middle] as { word: string }).word) > 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
