/** Names, nonces and numbers of a run, from its seed. Whoever knows the seed knows them; seeds of graded attempts are secret. */

const WORDS = [
  'amber',
  'anchor',
  'apple',
  'arrow',
  'aspen',
  'badge',
  'basil',
  'beacon',
  'birch',
  'bridge',
  'canal',
  'cedar',
  'chalk',
  'cliff',
  'clover',
  'cobalt',
  'comet',
  'copper',
  'coral',
  'crane',
  'delta',
  'ember',
  'falcon',
  'fern',
  'flint',
  'garnet',
  'ginger',
  'glade',
  'grove',
  'harbour',
  'hazel',
  'heron',
  'indigo',
  'iris',
  'ivory',
  'jasper',
  'juniper',
  'kestrel',
  'lagoon',
  'lantern',
  'laurel',
  'lemon',
  'lilac',
  'linen',
  'lotus',
  'maple',
  'marble',
  'meadow',
  'mint',
  'mosaic',
  'nectar',
  'nettle',
  'oak',
  'olive',
  'onyx',
  'opal',
  'orchid',
  'otter',
  'pearl',
  'pepper',
  'pine',
  'plum',
  'poplar',
  'quartz',
  'quill',
  'raven',
  'reed',
  'ribbon',
  'river',
  'robin',
  'saffron',
  'sage',
  'slate',
  'sorrel',
  'spruce',
  'stone',
  'summit',
  'thistle',
  'timber',
  'tulip',
  'umber',
  'valley',
  'velvet',
  'violet',
  'walnut',
  'willow',
  'wren',
  'yarrow',
] as const;

export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** At least 0, less than 1: Mulberry32 (Tommy Ettinger, 2017). */
  float(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** A whole number, both ends among them. */
  int(from: number, to: number): number {
    return from + Math.floor(this.float() * (to - from + 1));
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.int(0, choices.length - 1)] as T;
  }

  shuffle<T>(items: readonly T[]): T[] {
    const all = [...items];
    for (let i = all.length - 1; i > 0; i--) {
      const other = this.int(0, i);
      [all[i], all[other]] = [all[other] as T, all[i] as T];
    }
    return all;
  }

  /** A word that may stand in a name. */
  word(): string {
    return this.pick(WORDS);
  }

  /** So many words, each another one; at most 80. */
  words(count: number): string[] {
    return this.shuffle(WORDS).slice(0, count);
  }

  /** Eight hexadecimal digits that nobody guesses. */
  nonce(): string {
    return Math.floor(this.float() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, '0');
  }
}
