/**
 * Reads a regular expression as PCRE 8 does: literals, `.`, classes with POSIX names, alternation, groups (remembered, named,
 * non-capturing, atomic), quantifiers (greedy, lazy, possessive, counted), anchors, look-ahead and look-behind, back references,
 * `\Q...\E`, comments and the flags i, m, s, x. What PCRE has besides (recursion, conditions, verbs, properties) is refused.
 */
import { ANY, type ByteSet, byteSet, ESCAPED_CLASSES, NOT_NEWLINE, withoutCase } from './byte-set';
import { CharacterClassReader } from './character-class';
import { characterEscape } from './character-escape';
import { type Assertion, lengthOf, type Node, NOTHING } from './node';
import { type RegexpError, Source } from './source';

export interface Parsed {
  readonly node: Node;
  /** How many groups remember. */
  readonly groups: number;
}

/** Throws `RegexpError`. */
export function parse(text: string): Parsed {
  const parser = new Parser(new Source(text));
  return { node: parser.whole(), groups: parser.groups };
}

type Reference = { kind: 'reference'; group: number; readonly ignoreCase: boolean };

interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
  readonly x: boolean;
}

const NO_FLAGS: Flags = { i: false, m: false, s: false, x: false };

const COMMENTS = /^(?:\(\?#[^)]*\))+/;
/** PCRE's limits. */
const NESTING_MAX = 250;
const COUNT_MAX = 65535;

const ASSERTIONS: Readonly<Record<string, Assertion>> = {
  A: 'start',
  G: 'start',
  z: 'end',
  Z: 'last-line-end',
  b: 'word-boundary',
  B: 'no-word-boundary',
};

/** What stands in front of a body in brackets. */
const LOOKS: ReadonlyArray<readonly [string, { readonly behind: boolean; readonly negative: boolean }]> = [
  ['?=', { behind: false, negative: false }],
  ['?!', { behind: false, negative: true }],
  ['?<=', { behind: true, negative: false }],
  ['?<!', { behind: true, negative: true }],
];

const GROUP_NAME = /^(?:\?P?<|\?')([A-Za-z_]\w*)([>'])/;
const NAME_REFERENCE = /^(?:k<(\w+)>|k'(\w+)'|k\{(\w+)\}|g\{([A-Za-z_]\w*)\})/;
const NUMBER_REFERENCE = /^g(?:\{(-?\d+)\}|(-?\d+))/;

class Parser {
  groups = 0;
  private flags = NO_FLAGS;
  private depth = 0;
  private readonly names = new Map<string, number>();
  private readonly references: { readonly node: Reference; readonly name: string | null; readonly offset: number }[] = [];
  /** Found while reading, but PCRE tells them only when all that it reads is well formed. */
  private readonly late: RegexpError[] = [];

  constructor(private readonly source: Source) {}

  whole(): Node {
    const node = this.alternatives();
    if (!this.source.atEnd) throw this.source.error('unmatched parentheses');
    const [first] = this.late;
    if (first !== undefined) throw first;
    this.resolve();
    return node;
  }

  /** References may stand in front of their groups. */
  private resolve(): void {
    for (const { node, name, offset } of this.references) {
      if (name !== null) node.group = this.names.get(name) ?? 0;
      if (node.group < 1 || node.group > this.groups) throw this.source.error('reference to non-existent subpattern', offset);
    }
  }

  /** `each` hears of every alternative when the source stands at its end. */
  private alternatives(each: (option: Node) => void = () => undefined): Node {
    const options: Node[] = [];
    do {
      const option = this.sequence();
      each(option);
      options.push(option);
    } while (this.source.take('|'));
    return options.length === 1 ? (options[0] as Node) : { kind: 'choice', options };
  }

  private sequence(): Node {
    const { source } = this;
    const items: Node[] = [];
    for (;;) {
      this.skipBlanks();
      const next = source.peek();
      if (source.atEnd || next === '|' || next === ')') break;
      const item = this.atom();
      if (item === null) continue;
      items.push(this.quantified(item.node, item.repeatable));
    }
    return items.length === 1 ? (items[0] as Node) : { kind: 'sequence', items };
  }

  /** With the flag x, blanks and comments mean nothing. */
  private skipBlanks(): void {
    if (this.flags.x) this.source.takeMatch(/^(?:[ \t-\r]|#[^\n]*\n?)*/);
  }

  /** A quantifier may follow behind comments and the end of a quotation. */
  private skipToQuantifier(): void {
    let before: number;
    do {
      before = this.source.offset;
      this.skipBlanks();
      this.source.takeMatch(/^(?:\(\?#[^)]*\)|\\E)+/);
    } while (this.source.offset > before);
  }

  /** One thing that a quantifier may follow, or may not. Null if nothing is left to match: flags, comments. */
  private atom(): { readonly node: Node; readonly repeatable: boolean } | null {
    const { source, flags } = this;
    const at = source.offset;
    const character = source.next();
    switch (character) {
      case '.':
        return repeatable({ kind: 'set', set: flags.s ? ANY : NOT_NEWLINE });
      case '^':
        return assertion(flags.m ? 'line-start' : 'start');
      case '$':
        return assertion(flags.m ? 'line-end' : 'last-line-end');
      case '[':
        if (source.looksAt(/^([:.=])[^\]]*?\1\]/)) {
          throw source.error('POSIX named classes are supported only within a class', at);
        }
        return repeatable({ kind: 'set', set: new CharacterClassReader(source, flags.i).read() });
      case '(':
        return this.bracket();
      case '\\':
        return this.escape();
      case '*':
      case '+':
      case '?':
        throw source.error('nothing to repeat', at);
      case '{':
        if (source.looksAt(/^\d+(?:,\d*)?\}/)) {
          source.takeMatch(/^[^}]*\}/);
          throw source.error('nothing to repeat', source.offset - 1);
        }
    }
    return repeatable(this.literal(source.byteAt(at)));
  }

  private literal(byte: number): Node {
    const set = byteSet([byte, byte]);
    return { kind: 'set', set: this.flags.i ? withoutCase(set) : set };
  }

  // --- quantifiers ---

  private quantified(body: Node, isRepeatable: boolean): Node {
    const { source } = this;
    this.skipToQuantifier();
    const range = this.range();
    if (range === null) return body;
    if (!isRepeatable) throw source.error('nothing to repeat', source.offset - 1);
    const [min, max] = range;
    source.takeMatch(COMMENTS);
    if (source.take('+')) return { kind: 'atomic', body: { kind: 'repeat', body, min, max, lazy: false } };
    return { kind: 'repeat', body, min, max, lazy: source.take('?') };
  }

  private range(): readonly [number, number] | null {
    const { source } = this;
    if (source.take('*')) return [0, Number.POSITIVE_INFINITY];
    if (source.take('+')) return [1, Number.POSITIVE_INFINITY];
    if (source.take('?')) return [0, 1];
    const match = source.takeMatch(/^\{(\d+)(,?)(\d*)\}/);
    if (match === null) return null;
    const [, from = '', comma, to = ''] = match;
    const min = Number(from);
    const max = comma === '' ? min : to === '' ? Number.POSITIVE_INFINITY : Number(to);
    const tooBig = min > COUNT_MAX || (max !== Number.POSITIVE_INFINITY && max > COUNT_MAX);
    if (tooBig)
      throw source.error(
        'number too big in {} quantifier',
        source.offset - (min > COUNT_MAX && comma !== '' ? 1 + comma.length + to.length : 1),
      );
    if (max < min) throw source.error('numbers out of order in {} quantifier', source.offset - 1);
    return [min, max];
  }

  // --- brackets ---

  private bracket(): { readonly node: Node; readonly repeatable: boolean } | null {
    const { source } = this;
    if (source.take('?#')) {
      if (source.takeMatch(/^[^)]*\)/) === null) throw source.error('missing ) after comment', source.length);
      return null;
    }
    if (source.looksAt(/^\*[A-Z]+[:)]/)) {
      source.takeMatch(/^\*[A-Z]*/);
      throw source.error('(*VERB) not recognized or malformed');
    }
    for (const [mark, how] of LOOKS) if (source.take(mark)) return repeatable(this.look(how));
    const named = source.takeMatch(/^\?P=(\w+)\)/);
    if (named !== null) return repeatable(this.named(named[1] as string, source.offset - 1));
    if (source.take('?:')) return repeatable(this.body());
    if (source.take('?>')) return repeatable({ kind: 'atomic', body: this.body() });
    if (source.looksAt(/^\?(?:P?<|')/)) return repeatable(this.group(this.groupName()));
    if (source.take('?')) return this.flagged();
    return repeatable(this.group(null));
  }

  private body(each?: (option: Node) => void): Node {
    const { source } = this;
    if (++this.depth > NESTING_MAX) throw source.error('parentheses are too deeply nested');
    const outer = this.flags;
    const node = this.alternatives(each);
    this.flags = outer;
    if (!source.take(')')) throw source.error('missing )');
    this.depth--;
    return node;
  }

  private group(name: string | null): Node {
    const index = ++this.groups;
    if (name !== null) this.names.set(name, index);
    return { kind: 'group', index, body: this.body() };
  }

  private groupName(): string {
    const { source } = this;
    const match = source.takeMatch(GROUP_NAME);
    if (match === null) {
      source.takeMatch(/^\?P?[<']/);
      if (source.looksAt(/^\w/) === null) throw source.error('unrecognized character after (?<');
      if (source.looksAt(/^\d/) !== null) throw source.error('group name must start with a non-digit');
      source.takeMatch(/^\w*/);
      throw source.error('syntax error in subpattern name (missing terminator)');
    }
    const name = match[1] as string;
    if (this.names.has(name)) throw source.error('two named subpatterns have the same name', source.offset - 1);
    return name;
  }

  private look({ behind, negative }: { readonly behind: boolean; readonly negative: boolean }): Node {
    const { source } = this;
    const body = this.body((option) => {
      if (behind && lengthOf(option) === null) this.late.push(source.error('lookbehind assertion is not fixed length'));
    });
    return { kind: 'look', body, behind, negative };
  }

  /** `(?i-s)` up to the end of the group that it stands in, `(?i-s:...)` for what is in the brackets. */
  private flagged(): { readonly node: Node; readonly repeatable: boolean } | null {
    const { source } = this;
    const match = source.takeMatch(/^([imsx]*)(?:-([imsx]*))?/) as RegExpMatchArray;
    const outer = this.flags;
    const flags: Record<keyof Flags, boolean> = { ...outer };
    for (const letter of match[1] ?? '') flags[letter as keyof Flags] = true;
    for (const letter of match[2] ?? '') flags[letter as keyof Flags] = false;
    if (source.take(')')) {
      this.flags = flags;
      return null;
    }
    if (!source.take(':')) throw source.error('unrecognized character after (? or (?-');
    this.flags = flags;
    const node = this.body();
    this.flags = outer;
    return repeatable(node);
  }

  // --- behind a backslash ---

  private escape(): { readonly node: Node; readonly repeatable: boolean } | null {
    const { source } = this;
    if (source.atEnd) throw source.error('\\ at end of pattern');
    if (source.take('Q')) return this.quotation();
    if (source.take('E')) return null;
    const reference = this.reference();
    if (reference !== null) return repeatable(reference);
    const letter = source.peek();
    if (Object.hasOwn(ASSERTIONS, letter)) {
      source.next();
      return assertion(ASSERTIONS[letter] as Assertion);
    }
    if (Object.hasOwn(ESCAPED_CLASSES, letter)) {
      source.next();
      return repeatable({ kind: 'set', set: ESCAPED_CLASSES[letter] as ByteSet });
    }
    if (source.take('K')) return { node: NOTHING, repeatable: false };
    if (source.looksAt(/^N(?!\{(?!\d+(?:,\d*)?\}))/)) {
      source.next();
      return repeatable({ kind: 'set', set: NOT_NEWLINE });
    }
    if (source.take('R')) return repeatable(LINE_BREAK);
    return repeatable(this.literal(characterEscape(source)));
  }

  /** Up to `\E` or the end all characters stand for themselves; a quantifier behind them is for the last one. */
  private quotation(): { readonly node: Node; readonly repeatable: boolean } | null {
    const { source } = this;
    const items: Node[] = [];
    while (!source.atEnd && !source.take('\\E')) {
      const at = source.offset;
      source.next();
      items.push(this.literal(source.byteAt(at)));
    }
    const last = items.pop();
    if (last === undefined) return null;
    return { node: { kind: 'sequence', items: [...items, this.quantified(last, true)] }, repeatable: false };
  }

  private reference(): Node | null {
    const { source } = this;
    const at = source.offset;
    const named = source.takeMatch(NAME_REFERENCE);
    if (named !== null) return this.named(named.slice(1).find((name) => name !== undefined) as string, source.offset - 1);
    const numbered = source.takeMatch(NUMBER_REFERENCE);
    if (numbered !== null) {
      const number = Number(numbered[1] ?? numbered[2]);
      if (number === 0) throw source.error('a numbered reference must not be zero', at);
      return this.to(number < 0 ? this.groups + 1 + number : number, null);
    }
    // One digit refers to a group always, several only if there are so many groups before; else they are an octal number.
    const plain = source.looksAt(/^[1-9]\d*/);
    if (plain === null || (plain[0].length > 1 && Number(plain[0]) > this.groups)) return null;
    if (Number(plain[0]) > 7 && Number(plain[0]) > this.groups) return null;
    source.takeMatch(/^\d+/);
    return this.to(Number(plain[0]), null);
  }

  private named(name: string, offset: number): Node {
    return this.to(0, name, offset);
  }

  private to(group: number, name: string | null, offset = this.source.length): Node {
    const node: Reference = { kind: 'reference', group, ignoreCase: this.flags.i };
    this.references.push({ node, name, offset });
    return node;
  }
}

/** CR LF together, or one octet that ends a line. */
const LINE_BREAK: Node = {
  kind: 'atomic',
  body: {
    kind: 'choice',
    options: [
      {
        kind: 'sequence',
        items: [
          { kind: 'set', set: byteSet([13, 13]) },
          { kind: 'set', set: byteSet([10, 10]) },
        ],
      },
      { kind: 'set', set: ESCAPED_CLASSES.v as ByteSet },
    ],
  },
};

function repeatable(node: Node): { readonly node: Node; readonly repeatable: boolean } {
  return { node, repeatable: true };
}

function assertion(name: Assertion): { readonly node: Node; readonly repeatable: boolean } {
  return { node: { kind: 'assertion', name }, repeatable: false };
}
