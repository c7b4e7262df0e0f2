/**
 * Text and numbers as pictures write them: what came over the wire is made visible and escaped, numbers are the same bytes
 * on every machine, and widths are reckoned because the reader's font is not known when a picture is drawn.
 */

/** Code points that would break XML, vanish, or turn the reading direction of what stands beside them. */
const UNSAFE = new RegExp(
  [
    '[\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff0-\\ufffb]',
    '\\p{Surrogate}',
    '\\p{Noncharacter_Code_Point}',
  ].join('|'),
  'gu',
);

/** `text` with control characters as their pictures, other invisible ones as U+FFFD, and edge or repeated spaces as `␣`. */
export function visible(text: string): string {
  return text
    .replace(UNSAFE, (unsafe) => {
      const code = unsafe.codePointAt(0) as number;
      if (code < 0x20) return String.fromCharCode(0x2400 + code);
      return code === 0x7f ? '␡' : '\ufffd';
    })
    .replace(/^ +| +$| {2,}/g, (spaces) => '␣'.repeat(spaces.length));
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** `text` as it may stand in an element or an attribute of HTML and of SVG. */
export function escape(text: string): string {
  return text.replace(UNSAFE, '\ufffd').replace(/[&<>"']/g, (sign) => ENTITIES[sign] as string);
}

/** A coordinate: rounded to 0.1, without trailing zeros or minus zero. */
export function coordinate(value: number): string {
  const rounded = Math.round(value * 10) / 10;
  return String(rounded === 0 ? 0 : rounded);
}

/** A number with thousands commas and at most `digits` decimals: `1,940`, `0.25`. */
export function commas(value: number, digits = 0): string {
  if (!Number.isFinite(value)) return '?';
  const fixed = Math.abs(value).toFixed(digits);
  const [whole, fraction] = fixed.split('.') as [string, string | undefined];
  const decimals = fraction?.replace(/0+$/, '') ?? '';
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  const negative = value < 0 && Number(fixed) !== 0;
  return (negative ? '\u2212' : '') + grouped + (decimals === '' ? '' : `.${decimals}`);
}

/** A count that must be short: exact below 10,000, then `12 k`, `1.9 M`, `3.1 G`. */
export function compact(value: number): string {
  const size = Math.abs(value);
  if (size < 1e4) return commas(value);
  const [unit, sign]: [number, string] = size < 999_500 ? [1e3, 'k'] : size < 999.5e6 ? [1e6, 'M'] : [1e9, 'G'];
  const scaled = value / unit;
  return `${commas(scaled, Math.abs(scaled) < 9.95 ? 1 : 0)} ${sign}`;
}

/** `1 queue`, `2 queues`. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${commas(number)} ${number === 1 ? noun : plural}`;
}

/** Lab time as `mm:ss.mmm`. */
export function clock(ms: number): string {
  const whole = Number.isFinite(ms) ? Math.max(0, Math.round(ms)) : 0;
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${two(Math.floor(whole / 60_000))}:${two(Math.floor(whole / 1000) % 60)}.${String(whole % 1000).padStart(3, '0')}`;
}

/** A length of time in words: `310 ms`, `5.2 s`, `2 min 5 s`, `24 h`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${commas(ms)} ms`;
  if (ms < 59_950) return `${commas(ms / 1000, 1)} s`;
  const seconds = Math.round(ms / 1000);
  const rest = seconds % 60;
  if (seconds >= 2 * 86_400 && seconds % 86_400 === 0) return count(seconds / 86_400, 'day');
  if (seconds >= 3600 && seconds % 3600 === 0) return `${commas(seconds / 3600)} h`;
  return `${commas(Math.floor(seconds / 60))} min${rest === 0 ? '' : ` ${rest} s`}`;
}

export interface Font {
  readonly size: number;
  readonly mono: boolean;
  readonly bold: boolean;
}

/** The letters that pictures reckon with: names, keys on lines, words, bold words, secondary words. */
export const FONTS = {
  name: { size: 12, mono: true, bold: true },
  key: { size: 11, mono: true, bold: false },
  typed: { size: 12, mono: true, bold: false },
  word: { size: 12, mono: false, bold: false },
  strong: { size: 12, mono: false, bold: true },
  small: { size: 11, mono: false, bold: false },
  smallStrong: { size: 11, mono: false, bold: true },
} as const satisfies Readonly<Record<string, Font>>;

const WIDE = new RegExp(
  [
    '[\\u1100-\\u115f\\u2e80-\\u303e\\u3041-\\ua4cf\\ua960-\\ua97c\\uac00-\\ud7a3\\uf900-\\ufaff\\ufe10-\\ufe19\\ufe30-\\ufe6f]',
    '[\\uff00-\\uff60\\uffe0-\\uffe6\\u{1f1e6}-\\u{1f1ff}\\u{20000}-\\u{3fffd}]',
    '\\p{Extended_Pictographic}',
  ].join('|'),
  'u',
);
const ZERO = /\p{Mark}/u;

/**
 * Width in pixels, reckoned for the widest common font: 0.6 em a character, 0.66 em in bold words, more for capitals in
 * words, and for East Asian characters and pictographs, which take a whole em and more wherever the font falls back.
 */
export function textWidth(text: string, font: Font): number {
  const narrow = font.mono || !font.bold ? 0.6 : 0.66;
  let ems = 0;
  for (const sign of text) {
    if (ZERO.test(sign)) continue;
    if (WIDE.test(sign)) ems += /\p{Extended_Pictographic}/u.test(sign) ? 1.4 : 1.05;
    else if (sign > '\u02ff') ems += font.mono && sign === '…' ? narrow : Math.max(narrow, 0.85);
    else if (!font.mono && /[A-Z@%mw]/.test(sign)) ems += narrow + 0.2;
    else ems += narrow;
  }
  return ems * font.size;
}

/** `text`, shortened in the middle with `…` until it is at most `max` pixels wide; '' when not even `…` fits. */
export function shorten(text: string, max: number, font: Font): string {
  if (textWidth(text, font) <= max) return text;
  const signs = [...text];
  let low = 0;
  let high = signs.length - 1;
  const cut = (keep: number): string =>
    `${signs.slice(0, Math.ceil(keep / 2)).join('')}…${keep < 2 ? '' : signs.slice(-Math.floor(keep / 2)).join('')}`;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (textWidth(cut(middle), font) <= max) low = middle;
    else high = middle - 1;
  }
  return textWidth(cut(low), font) <= max ? cut(low) : '';
}

/** `text` of at most `most` words. */
export function clipWords(text: string, most: number): string {
  const words = text.split(' ');
  return words.length <= most ? text : `${words.slice(0, most - 1).join(' ')} …`;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}

/** Where the digits end that begin at `from`. */
function digitsEnd(text: string, from: number): number {
  let end = from;
  while (isDigit(text, end)) end++;
  return end;
}

/** By text, numbers inside by value: `q2` before `q10`. Independent of the machine's language. */
export function byName(a: string, b: string): number {
  let at = 0;
  while (at < a.length && at < b.length && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  let start = at;
  while (start > 0 && isDigit(a, start - 1)) start--;
  if (isDigit(a, start) && isDigit(b, start)) {
    const [x, y] = [
      a.slice(start, digitsEnd(a, start)).replace(/^0+/, ''),
      b.slice(start, digitsEnd(b, start)).replace(/^0+/, ''),
    ];
    if (x.length !== y.length) return x.length - y.length;
    if (x !== y) return x < y ? -1 : 1;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A copy in the order of `keyOf`; each key is made once. */
export function sortedBy<T>(items: Iterable<T>, keyOf: (item: T) => string): T[] {
  return [...items]
    .map((item) => ({ item, key: keyOf(item) }))
    .sort((a, b) => byName(a.key, b.key))
    .map(({ item }) => item);
}
