/** A routing key cut at its dots without making strings: each word is where it begins and ends, and its hash. */
const DOT = 46;

/** Of a word; fits in what the runtime keeps as a small integer. */
export function hashOf(word: string): number {
  let hash = 0;
  for (let i = 0; i < word.length; i++) hash = step(hash, word.charCodeAt(i));
  return hash;
}

function step(hash: number, code: number): number {
  return (Math.imul(hash, 31) + code) & 0x3fffffff;
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

  hash(at: number): number {
    return this.hashes[at] as number;
  }

  is(at: number, word: string): boolean {
    const start = this.starts[at] as number;
    return (this.ends[at] as number) - start === word.length && this.key.startsWith(word, start);
  }

  private add(start: number, end: number, hash: number): void {
    const at = this.count++;
    this.hashes[at] = hash;
    this.starts[at] = start;
    this.ends[at] = end;
  }
}
