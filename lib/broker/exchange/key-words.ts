/** A routing key cut at its dots without making strings: each word is where it begins and ends, and its hash. */
const DOT = 46;

/** A hash fits in what the runtime keeps as a small integer. */
export const HASH_BITS = 30;

function step(hash: number, code: number): number {
  return (Math.imul(hash, 31) + code) | 0;
}

/** Words that differ in their last letters differ in the highest bits too. The factor: 2^32 over the golden ratio. */
function spread(hash: number): number {
  return Math.imul(hash, 0x9e3779b1) >>> (32 - HASH_BITS);
}

export class KeyWords {
  count = 0;
  private key = '';
  /** By word; what lies behind `count` is of earlier keys. */
  private readonly hashes: number[] = [];
  private readonly starts: number[] = [];
  private readonly ends: number[] = [];

  /** The empty key has no words. */
  cut(key: string): void {
    this.key = key;
    this.count = 0;
    if (key === '') return;
    const { length } = key;
    let start = 0;
    let hash = 0;
    for (let i = 0; i < length; i++) {
      const code = key.charCodeAt(i);
      if (code === DOT) {
        this.add(start, i, hash);
        start = i + 1;
        hash = 0;
      } else hash = step(hash, code);
    }
    this.add(start, length, hash);
  }

  /** HASH_BITS wide. */
  hash(at: number): number {
    return this.hashes[at] as number;
  }

  word(at: number): string {
    return this.key.slice(this.starts[at], this.ends[at]);
  }

  is(at: number, word: string): boolean {
    const start = this.starts[at] as number;
    return (this.ends[at] as number) - start === word.length && this.key.startsWith(word, start);
  }

  /** Below 0 if the key's word comes before `word` in the order of UTF-16 units, 0 if it is that word. */
  compare(at: number, word: string): number {
    const start = this.starts[at] as number;
    const length = (this.ends[at] as number) - start;
    const common = Math.min(length, word.length);
    for (let i = 0; i < common; i++) {
      const difference = this.key.charCodeAt(start + i) - word.charCodeAt(i);
      if (difference !== 0) return difference;
    }
    return length - word.length;
  }

  private add(start: number, end: number, hash: number): void {
    const at = this.count++;
    this.hashes[at] = spread(hash);
    this.starts[at] = start;
    this.ends[at] = end;
  }
}
