import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { compileRegexp } from '../../../../lib/broker/regexp/regexp';

const quantifier = fc.constantFrom('', '', '', '*', '+', '?', '*?', '+?', '??', '{2}', '{1,2}', '{0}', '{2,}?', '{0,1}?');

/** Expressions that JavaScript and PCRE read alike: no back references, for JavaScript forgets groups between rounds. */
const expression: fc.Arbitrary<string> = fc.letrec<{ whole: string; sequence: string; item: string; atom: string }>((tie) => ({
  whole: fc.array(tie('sequence'), { minLength: 1, maxLength: 2 }).map((options) => options.join('|')),
  sequence: fc.array(tie('item'), { maxLength: 3 }).map((items) => items.join('')),
  item: fc.oneof(
    { weight: 4, arbitrary: fc.tuple(tie('atom'), quantifier).map(([atom, times]) => atom + times) },
    { weight: 1, arbitrary: fc.constantFrom('^', '$', '\\b', '\\B') },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constantFrom('(?=', '(?!'), tie('sequence')).map(([open, body]) => `${open}${body})`),
    },
  ),
  atom: fc.oneof(
    { maxDepth: 2, depthIdentifier: 'atom' },
    fc.constantFrom(
      'a',
      'b',
      'c',
      '.',
      '\\.',
      '-',
      '[ab]',
      '[^a]',
      '[a-c.]',
      '\\d',
      '\\w',
      '\\W',
      '\\s',
      '\\x61',
      '[\\d-]',
      '\\x2d',
    ),
    fc.tuple(fc.constantFrom('(', '(?:'), tie('whole')).map(([open, body]) => `${open}${body})`),
  ),
})).whole;

const text = fc.array(fc.constantFrom('a', 'b', 'c', '.', '-', '1', ' ', '_'), { maxLength: 6 }).map((parts) => parts.join(''));

describe('Regular expressions', () => {
  it('find what those of JavaScript find', () => {
    fc.assert(
      fc.property(expression, text, (source, subject) => {
        assert.equal(compileRegexp(source).test(subject), new RegExp(source).test(subject));
      }),
      { numRuns: 1000 },
    );
  });

  it('find what those of JavaScript find, whatever the case', () => {
    fc.assert(
      fc.property(expression, text, (source, subject) => {
        const expected = new RegExp(source, 'i').test(subject.toUpperCase());
        assert.equal(compileRegexp(`(?i)${source}`).test(subject.toUpperCase()), expected);
      }),
      { numRuns: 300 },
    );
  });

  it('give up on an expression that tries without end, and say no', () => {
    for (const source of ['(a+)+$', '(a|a)*$', '^(a*)*b$', '((a+)*)*[^a]']) {
      const began = process.hrtime.bigint();
      assert.equal(compileRegexp(source).test(`${'a'.repeat(254)}!`), source === '((a+)*)*[^a]', source);
      assert.ok(process.hrtime.bigint() - began < 2_000_000_000n, source);
    }
  });

  it('lose patience with one that comes to the limit again and again', () => {
    const regexp = compileRegexp('^(a+)+$');
    const began = process.hrtime.bigint();
    for (let i = 0; i < 3000; i++) regexp.test(`${'a'.repeat(200)}${i}`);
    assert.ok(process.hrtime.bigint() - began < 5_000_000_000n);
    assert.equal(regexp.test('a'.repeat(200)), true);
  });

  it('take any depth of brackets that PCRE takes, on the longest name', () => {
    const deep = `${'('.repeat(250)}a*${')*'.repeat(250)}`;
    assert.equal(compileRegexp(`^${deep}$`).test('a'.repeat(255)), true);
    assert.throws(() => compileRegexp(`${'('.repeat(251)}a${')'.repeat(251)}`), { reason: 'parentheses are too deeply nested' });
  });
});

/** Each was asked of Erlang's re, OTP 25. */
const ANSWERS: ReadonlyArray<readonly [source: string, text: string, found: boolean]> = [
  ['', 'anything', true],
  ['^a$', 'a\n', true],
  ['^a\\z', 'a\n', false],
  ['a.b', 'a\nb', false],
  ['(?s)a.b', 'a\nb', true],
  ['(?m)^b$', 'a\nb', true],
  ['^.$', 'é', false],
  ['^..$', 'é', true],
  ['^\\w+$', 'Ã', false],
  ['^(a|b)\\1$', 'bb', true],
  ['^(a|b)\\1$', 'ba', false],
  ['^(?:(a)|b)*\\1$', 'aba', true],
  ['^(a)?\\1$', '', false],
  ['^(?<who>a+)-\\k<who>$', 'aa-aa', true],
  ['^(?P<who>a+)-(?P=who)$', 'aa-a', false],
  ['^a++a$', 'aaa', false],
  ['^(?>a*)b', 'aab', true],
  ['^(?>a|ab)c', 'abc', false],
  ['(?<=x-)q', 'x-q', true],
  ['(?<!x-)q$', 'x-q', false],
  ['(?<=ab|c)d', 'cd', true],
  ['^a{,3}$', 'a{,3}', true],
  ['^a{2$', 'a{2', true],
  ['\\Qa.b\\E+$', 'a.bbb', true],
  ['(?x) a b # c', 'ab', true],
  ['^(?i:A)b$', 'ab', true],
  ['^(?i:A)b$', 'aB', false],
  ['^[]a]$', ']', true],
  ['^[[:alpha:]_]+$', 'a_b', true],
  ['^[[:^digit:]]$', '1', false],
  ['^\\101$', 'A', true],
  ['^a(?#c)*$', 'aaa', true],
  ['^(?!amq\\.).*$', 'amq.gen-1', false],
];

/** The same; offsets are octets. */
const REFUSALS: ReadonlyArray<readonly [source: string, reason: string, offset: number]> = [
  ['(', 'missing )', 1],
  ['a)', 'unmatched parentheses', 1],
  ['[a', 'missing terminating ] for character class', 2],
  ['[]', 'missing terminating ] for character class', 2],
  ['*', 'nothing to repeat', 0],
  ['a**', 'nothing to repeat', 2],
  ['x{2}{3}', 'nothing to repeat', 6],
  ['^*', 'nothing to repeat', 1],
  ['a{2,1}', 'numbers out of order in {} quantifier', 5],
  ['a{65536}', 'number too big in {} quantifier', 7],
  ['[z-a]', 'range out of order in character class', 3],
  ['[a-\\d]', 'invalid range in character class', 4],
  ['[[:foo:]]', 'unknown POSIX class name', 3],
  ['[:alpha:]', 'POSIX named classes are supported only within a class', 0],
  ['a\\', '\\ at end of pattern', 2],
  ['(?a)', 'unrecognized character after (? or (?-', 2],
  ['(a)\\2', 'reference to non-existent subpattern', 5],
  ['\\k<x>', 'reference to non-existent subpattern', 4],
  ['(?<n>a)(?<n>b)', 'two named subpatterns have the same name', 11],
  ['(?<n', 'syntax error in subpattern name (missing terminator)', 4],
  ['(?<1a>x)', 'group name must start with a non-digit', 3],
  ['(?<=a*)b', 'lookbehind assertion is not fixed length', 6],
  ['(?#c', 'missing ) after comment', 4],
  ['\\x{100}', 'character value in \\x{} or \\o{} is too large', 6],
  ['é(', 'missing )', 3],
];

describe('Regular expressions, as in PCRE', () => {
  for (const [source, subject, found] of ANSWERS) {
    it(`${JSON.stringify(source)} ${found ? 'finds' : 'does not find'} ${JSON.stringify(subject)}`, () => {
      assert.equal(compileRegexp(source).test(subject), found);
    });
  }

  for (const [source, reason, offset] of REFUSALS) {
    it(`${JSON.stringify(source)} is refused: ${reason}`, () => {
      assert.throws(() => compileRegexp(source), { name: 'RegexpError', reason, offset, source });
    });
  }
});
