/** A backslash and what follows where it stands for one character: control characters, octal and hexadecimal numbers, itself. */
import type { Source } from './source';

const CONTROLS: Readonly<Record<string, number>> = { a: 7, e: 27, f: 12, n: 10, r: 13, t: 9 };
const NOT_IN_PCRE = 'LlNUu';

/** The source stands behind the backslash; something follows. Returns the octet. */
export function characterEscape(source: Source): number {
  const at = source.offset;
  const octal = source.takeMatch(/^(?:[0-7]{1,3})/);
  if (octal !== null) {
    const value = Number.parseInt(octal[0], 8);
    if (value > 255) throw source.error('octal value is greater than \\377 in 8-bit non-UTF-8 mode', source.offset - 1);
    return value;
  }
  if (source.take('x')) return hexadecimal(source);
  if (source.take('c')) {
    if (source.atEnd) throw source.error('\\c at end of pattern');
    return source.next().toUpperCase().charCodeAt(0) ^ 64;
  }
  const letter = source.next();
  if (Object.hasOwn(CONTROLS, letter)) return CONTROLS[letter] as number;
  if (NOT_IN_PCRE.includes(letter)) {
    throw source.error('PCRE does not support \\L, \\l, \\N{name}, \\U, or \\u', at);
  }
  if (letter === 'g') throw source.error('a numbered reference must not be zero', at);
  if (letter === 'k') throw source.error('\\k is not followed by a braced, angle-bracketed, or quoted name', at);
  if ('pPXoC'.includes(letter)) throw source.error(`\\${letter} is not supported`, at);
  return source.byteAt(at);
}

function hexadecimal(source: Source): number {
  if (source.peek() !== '{') {
    const digits = source.takeMatch(/^[0-9A-Fa-f]{0,2}/)?.[0] ?? '';
    return digits === '' ? 0 : Number.parseInt(digits, 16);
  }
  const braced = source.takeMatch(/^\{([0-9A-Fa-f]+)\}/);
  if (braced === null) {
    throw source.error('non-hex character in \\x{} (closing brace missing?)', source.length);
  }
  const value = Number.parseInt(braced[1] as string, 16);
  if (value > 255) throw source.error('character value in \\x{} or \\o{} is too large', source.offset - 1);
  return value;
}
