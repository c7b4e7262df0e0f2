/** Finding the next node of a trie, also among words that were chosen to be hard to tell apart. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { HASH_BITS, KeyWords } from '../../../../lib/broker/exchange/key-words';
import { WordChildren, type WordNode } from '../../../../lib/broker/exchange/word-children';

/** Counts how often it is compared. */
class Node implements WordNode<Node> {
  static looks = 0;
  next: Node | null = null;

  constructor(
    readonly word: string,
    private readonly hash: number,
  ) {}

  get wordHash(): number {
    Node.looks++;
    return this.hash;
  }
}

/** Looks of the key at words, apart from those at hashes. */
class CountingKey extends KeyWords {
  comparisons = 0;

  override is(at: number, word: string): boolean {
    this.comparisons++;
    return super.is(at, word);
  }

  override compare(at: number, word: string): number {
    this.comparisons++;
    return super.compare(at, word);
  }
}

/** Children, and beside them the words that should be there. */
class Pair {
  readonly children = new WordChildren<Node>();
  readonly expected = new Set<string>();
  readonly key = new CountingKey();

  add(word: string): void {
    this.cut(word);
    this.children.add(this.key, 1, new Node(word, this.key.hash(1)));
    this.expected.add(word);
  }

  remove(word: string): void {
    this.cut(word);
    this.children.remove(this.key, 1, this.children.find(this.key, 1) as Node);
    this.expected.delete(word);
  }

  /** Finds the word if and only if it should be there; returns how many nodes were looked at. */
  find(word: string): number {
    this.cut(word);
    Node.looks = 0;
    this.key.comparisons = 0;
    const found = this.children.find(this.key, 1);
    assert.equal(found?.word, this.expected.has(word) ? word : undefined);
    assert.equal(this.children.size, this.expected.size);
    return Math.max(Node.looks, this.key.comparisons);
  }

  /** The second word of a key, for alone the empty word would be none. */
  private cut(word: string): void {
    this.key.cut(`x.${word}`);
  }
}

/** Words of one hash: each pair of letters stands for the other, as 31 a + b is the same for both. */
function sameHash(letterPairs: number): string[] {
  let words = [''];
  for (let i = 0; i < letterPairs; i++) words = words.flatMap((word) => [`${word}Aa`, `${word}BB`]);
  return words;
}

/** Words whose hashes all differ, but lie in one chain of every table with up to 2^12 chains. */
function sameChain(count: number): string[] {
  const key = new KeyWords();
  const words = new Map<number, string>();
  for (let i = 0; words.size < count; i++) {
    key.cut(`w${i}`);
    if (key.hash(0) >>> (HASH_BITS - 12) === 5) words.set(key.hash(0), `w${i}`);
  }
  return [...words.values()];
}

function hashes(words: readonly string[]): Set<number> {
  const key = new KeyWords();
  key.cut(words.join('.'));
  return new Set(words.map((_, at) => key.hash(at)));
}

/** The most nodes that any of the words, or one that is like them, makes `find` look at. */
function worst(pair: Pair, words: readonly string[]): number {
  return Math.max(...words.flatMap((word) => [pair.find(word), pair.find(word.slice(0, -1)), pair.find(`${word}a`)]));
}

describe('WordChildren', () => {
  const hard: ReadonlyArray<readonly [string, string[]]> = [
    ['of one hash', sameHash(10)],
    ['of one chain', sameChain(1024)],
  ];

  it('is tested with words of one hash, and with words of many hashes', () => {
    assert.deepEqual(
      hard.map(([, words]) => [words.length, hashes(words).size]),
      [
        [1024, 1],
        [1024, 1024],
      ],
    );
  });

  for (const [what, words] of hard) {
    it(`looks at few of a thousand words ${what}, while they come and go`, () => {
      const pair = new Pair();
      for (const [i, word] of words.entries()) {
        pair.add(word);
        if (i % 100 === 0) assert.ok(worst(pair, words.slice(0, i + 50)) <= 12);
      }
      // log2 of 1024, and the last look whether it is the word.
      assert.ok(worst(pair, words) <= 12);
      // Every third stays.
      for (const [i, word] of words.entries()) if (i % 3 !== 0) pair.remove(word);
      assert.ok(worst(pair, words) <= 12);
      for (const word of [...pair.expected]) pair.remove(word);
      assert.equal(worst(pair, words), 0);
    });
  }

  it('serves ordinary words by their hash again once the hard ones are gone', () => {
    const pair = new Pair();
    for (const word of sameHash(5)) pair.add(word);
    assert.ok(pair.find('AaAaAaAaAa') > 3);
    for (const word of sameHash(5)) pair.remove(word);
    pair.add('stock');
    assert.equal(pair.find('stock'), 1);
  });

  it('looks at hardly more than the one that it finds, among words that nobody chose', () => {
    const pair = new Pair();
    const words = Array.from({ length: 20_000 }, (_, i) => `device-${i}`);
    for (const word of words) pair.add(word);
    const looks = words.reduce((sum, word) => sum + pair.find(word), 0);
    assert.ok(looks < 1.5 * words.length, `${looks} looks`);
  });

  it('finds what is there and nothing else, whatever comes and goes', () => {
    const word = fc.oneof(
      fc.constantFrom(...sameHash(4), ...sameChain(20)),
      fc.string({ unit: 'binary', maxLength: 3 }).filter((text) => !text.includes('.')),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(word, fc.boolean()), { maxLength: 200, size: 'max' }), fc.array(word), (steps, others) => {
        const pair = new Pair();
        for (const [one, remove] of steps) {
          if (!pair.expected.has(one)) pair.add(one);
          else if (remove) pair.remove(one);
          pair.find(one);
        }
        for (const one of [...others, ...steps.map(([text]) => text)]) pair.find(one);
      }),
      { numRuns: 300 },
    );
  });
});
