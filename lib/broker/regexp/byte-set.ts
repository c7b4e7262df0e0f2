/** Sets of octets, and those that regular expressions name. Letters are those of ISO Latin-1, as in Erlang's `re`. */

/** By octet, 1 for those in the set. */
export type ByteSet = Uint8Array;

export type Range = readonly [from: number, to: number];

export function byteSet(...ranges: readonly Range[]): ByteSet {
  const set = new Uint8Array(256);
  for (const [from, to] of ranges) set.fill(1, from, to + 1);
  return set;
}

export function complement(set: ByteSet): ByteSet {
  return set.map((bit) => 1 - bit);
}

export function unite(target: ByteSet, more: ByteSet): void {
  for (let byte = 0; byte < 256; byte++) target[byte] = (target[byte] as number) | (more[byte] as number);
}

/** The other case of a letter; the octet itself if it has none. */
export function otherCase(byte: number): number {
  const upper = (byte >= 65 && byte <= 90) || (byte >= 192 && byte <= 222 && byte !== 215);
  const lower = (byte >= 97 && byte <= 122) || (byte >= 224 && byte <= 254 && byte !== 247);
  return upper ? byte + 32 : lower ? byte - 32 : byte;
}

/** With the other case of all letters in it. */
export function withoutCase(set: ByteSet): ByteSet {
  return set.map((bit, byte) => bit | (set[otherCase(byte)] as number));
}

const ALPHA: readonly Range[] = [
  [65, 90],
  [97, 122],
  [170, 170],
  [181, 181],
  [186, 186],
  [192, 214],
  [216, 246],
  [248, 255],
];
const DIGIT: Range = [48, 57];
const SPACE: readonly Range[] = [
  [9, 13],
  [32, 32],
];

/** Classes by their POSIX names. */
export const POSIX: Readonly<Record<string, ByteSet>> = {
  alpha: byteSet(...ALPHA),
  lower: byteSet([97, 122], [170, 170], [181, 181], [186, 186], [223, 246], [248, 255]),
  upper: byteSet([65, 90], [192, 214], [216, 222]),
  alnum: byteSet(DIGIT, ...ALPHA),
  ascii: byteSet([0, 255]),
  blank: byteSet([9, 9], [32, 32]),
  cntrl: byteSet([0, 31], [127, 159]),
  digit: byteSet(DIGIT),
  graph: byteSet([33, 126], [160, 255]),
  print: byteSet([32, 126], [160, 255]),
  punct: byteSet(
    [33, 47],
    [58, 64],
    [91, 96],
    [123, 126],
    [160, 169],
    [171, 180],
    [182, 185],
    [187, 191],
    [215, 215],
    [247, 247],
  ),
  space: byteSet(...SPACE),
  word: byteSet(DIGIT, [95, 95], ...ALPHA),
  xdigit: byteSet(DIGIT, [65, 70], [97, 102]),
};

export const WORD = POSIX.word as ByteSet;
export const NOT_NEWLINE = complement(byteSet([10, 10]));
export const ANY = byteSet([0, 255]);

const DIGITS = byteSet(DIGIT);
const SPACES = byteSet(...SPACE);
const HORIZONTAL = byteSet([9, 9], [32, 32], [160, 160]);
const VERTICAL = byteSet([10, 13], [133, 133]);

/** Classes by the letter behind the backslash. */
export const ESCAPED_CLASSES: Readonly<Record<string, ByteSet>> = {
  d: DIGITS,
  D: complement(DIGITS),
  w: WORD,
  W: complement(WORD),
  s: SPACES,
  S: complement(SPACES),
  h: HORIZONTAL,
  H: complement(HORIZONTAL),
  v: VERTICAL,
  V: complement(VERTICAL),
};
