/** A class in brackets: single characters, ranges, escaped classes, POSIX names; `^` in front turns it round. */
import { type ByteSet, byteSet, complement, ESCAPED_CLASSES, POSIX, unite, withoutCase } from './byte-set';
import { characterEscape } from './character-escape';
import type { Source } from './source';

/** One item of a class: a character, which may begin a range, or a set. */
type Item = number | ByteSet;

export class CharacterClassReader {
  constructor(
    private readonly source: Source,
    private readonly ignoreCase: boolean,
  ) {}

  /** The source stands behind the opening bracket. */
  read(): ByteSet {
    const { source } = this;
    const negative = source.take('^');
    const set = byteSet();
    let first = true;
    // A closing bracket in front is a character like others.
    while (first || !source.take(']')) {
      if (source.atEnd) throw source.error('missing terminating ] for character class', source.length);
      first = false;
      const item = this.item();
      if (item === null) continue;
      if (typeof item === 'number') unite(set, this.range(item));
      else unite(set, item);
    }
    const cased = this.ignoreCase ? withoutCase(set) : set;
    return negative ? complement(cased) : cased;
  }

  private item(): Item | null {
    const { source } = this;
    if (source.looksAt(/^\[[.=][^\]]*?[.=]\]/)) throw source.error('POSIX collating elements are not supported', source.offset);
    const posix = source.looksAt(/^\[:(\^?)([a-z]*):\]/);
    if (posix !== null) {
      const named = POSIX[posix[2] as string];
      if (named === undefined) throw source.error('unknown POSIX class name', source.offset + 2 + (posix[1] as string).length);
      source.takeMatch(/^\[[^\]]*\]/);
      return posix[1] === '^' ? complement(named) : named;
    }
    if (source.take('\\')) return this.escaped();
    return source.byteAt(source.offset++);
  }

  private escaped(): Item | null {
    const { source } = this;
    if (source.atEnd) throw source.error('\\ at end of pattern');
    if (source.take('Q')) return this.quotation();
    if (source.take('E')) return null;
    if (source.take('b')) return 8;
    const letter = source.peek();
    if (Object.hasOwn(ESCAPED_CLASSES, letter)) {
      source.next();
      return ESCAPED_CLASSES[letter] as ByteSet;
    }
    return characterEscape(source);
  }

  private quotation(): ByteSet {
    const { source } = this;
    const set = byteSet();
    while (!source.atEnd && !source.take('\\E')) set[source.byteAt(source.offset++)] = 1;
    return set;
  }

  /** The character alone, or up to the one behind a hyphen. A hyphen in front of the closing bracket is a character. */
  private range(from: number): ByteSet {
    const { source } = this;
    if (!source.looksAt(/^-[^\]]/)) return byteSet([from, from]);
    source.take('-');
    const to = this.item();
    if (to === null) return byteSet([from, from], [45, 45]);
    if (typeof to !== 'number') throw source.error('invalid range in character class', source.offset - 1);
    if (to < from) throw source.error('range out of order in character class', source.offset - 1);
    return byteSet([from, to]);
  }
}
