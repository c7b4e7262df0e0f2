import assert from 'node:assert/strict';
import { ALWAYS_FOUND, fingerprintsOf } from '../../../lib/grading/classroom/fingerprints';
import { pairsOf, type Program } from '../../../lib/grading/classroom/similar';
import { similarPage } from '../../../lib/grading/classroom/similar-page';

/** A program of so many different statements, the same for the same letter. */
function programOf(letter: string, statements: number): string {
  const lines = Array.from({ length: statements }, (_, at) => {
    const word = [...`${letter}${at}`].map((sign) => String.fromCharCode(97 + (sign.charCodeAt(0) % 26))).join('');
    const signs = ['+', '-', '*', '/', '%', '<', '>', '&', '|', '^'];
    const sign = signs[(at * 7 + letter.charCodeAt(0)) % 10];
    return `if (amount.${word}(rest) ${sign} 3) channel.${word}${letter}(queue, [at, 'x']);`;
  });
  return lines.join('\n');
}

const GIVEN = programOf('g', 6);
const program = (student: string, text: string): Program => ({ student, text, end: 'ts' });
const pairs = (texts: Readonly<Record<string, string>>, least = 60): [string, string, number][] =>
  pairsOf(
    'say-a-word',
    Object.entries(texts).map(([student, text]) => program(student, text)),
    [GIVEN],
    least,
  ).map(({ programs: [one, other], percent }) => [one.student, other.student, percent]);

describe('answers that are alike', () => {
  const own = programOf('a', 12);
  // Other names, other spaces, other words in quotes, and remarks.
  const renamed = own
    .replaceAll('amount', 'sum')
    .replaceAll('queue', 'line_of_people')
    .replaceAll("'x'", '"something else"')
    .replaceAll('\n', '\n\n  // mine\n  ');

  it('are found under other names, spaces, texts and remarks', () => {
    assert.deepEqual(pairs({ ann: own, bob: renamed, cid: programOf('c', 12) }), [['ann', 'bob', 100]]);
  });

  it('are found where one lies in the midst of more', () => {
    const more = `${programOf('d', 8)}\n${own}\n${programOf('e', 8)}`;
    const [[, , percent] = ['', '', 0], ...others] = pairs({ ann: own, bob: more });
    assert.ok(percent >= 80, String(percent));
    assert.deepEqual(others, []);
  });

  it('share nothing that everybody was given, or that is how nearly everybody does it', () => {
    assert.deepEqual(pairs({ ann: `${GIVEN}\n${programOf('a', 9)}`, bob: `${GIVEN}\n${programOf('b', 9)}` }, 10), []);
    const everybody = Object.fromEntries(
      [...'abcdefhijk'].map((letter) => [letter, `${programOf('z', 9)}\n${programOf(letter, 9)}`]),
    );
    assert.deepEqual(pairs(everybody, 10), []);
    assert.equal(pairs({ ...everybody, thief: everybody.a as string }, 60).length, 1);
  });

  it('are too short to tell', () => {
    assert.deepEqual(pairs({ ann: programOf('a', 1), bob: programOf('a', 1) }, 1), []);
  });

  it('have a fingerprint in common as soon as they have so many tokens in a row', () => {
    // One token a word, wherever it stands.
    const row = (names: readonly string[]): string => names.map((name) => `.${name}`).join('');
    const words = (letter: string, count: number): string[] => Array.from({ length: count }, (_, at) => letter.repeat(at + 1));
    const shared = words('s', Math.ceil(ALWAYS_FOUND / 2) + 1);
    for (let before = 0; before < 20; before++) {
      const one = new Set(
        fingerprintsOf(row([...words('a', before + 3), ...shared, ...words('b', 9)]), 'ts').map(({ hash }) => hash),
      );
      const other = fingerprintsOf(row([...words('c', 5), ...shared, ...words('d', before)]), 'ts');
      assert.ok(
        other.some(({ hash }) => one.has(hash)),
        String(before),
      );
    }
  });

  it('stand side by side on a page without a script, the lines marked that agree', () => {
    const found = pairsOf('say-a-word', [program('ann', `${own}\n// <script>`), program('bob', renamed)], [], 60);
    const html = similarPage('Spring', found);
    assert.match(html, /say-a-word: ann and bob, 100 %/);
    assert.match(html, /<mark>if \(amount/);
    assert.ok(html.includes('// &lt;script&gt;') && !/<script/.test(html));
  });
});
