/** The regular expressions of permissions: Erlang's `re`, found anywhere in a name, octet by octet. */
import { strict as assert } from 'node:assert';
import { claim } from './harness/claim';
import type { ClaimContext } from './harness/context';
import { refusal, run } from './ruling';

/** Asserts which names a user with this `configure` may declare. `{n}` in both stands for a part that is the claim's own. */
async function decides(
  t: ClaimContext,
  configure: string,
  allowed: readonly string[],
  refused: readonly string[],
): Promise<void> {
  const own = t.name('n').replace('.', '');
  const filled = (text: string): string => text.replaceAll('{n}', own);
  const login = await t.user({ configure: filled(configure) });
  const connection = await t.connect(login);
  const ch = await t.channel(connection);
  for (const name of allowed.map(filled)) await ch.assertQueue(name, { exclusive: true });
  for (const name of refused.map(filled)) {
    const text = `ACCESS_REFUSED - access to queue '${name}' in vhost '{vhost}' refused for user '${login.user}'`;
    await t.refused((await t.channel(connection)).assertQueue(name, { exclusive: true }), 403, text);
  }
}

type Case = readonly [id: string, sentence: string, configure: string, allowed: readonly string[], refused: readonly string[]];

const CASES: readonly Case[] = [
  ['anywhere', 'An expression is found anywhere in a name.', '{n}', ['{n}', 'x-{n}-y'], ['other']],
  ['anchors', '`^` and `$` bind an expression to the beginning and the end.', '^{n}$', ['{n}'], ['{n}x', 'x{n}']],
  ['alternation', 'An alternation binds weaker than anchors.', '^a-{n}|{n}-b$', ['a-{n}-z', 'z-{n}-b'], ['z-{n}-z']],
  [
    'classes',
    'Classes know ranges, their opposite and POSIX names.',
    '^{n}-[a-c][^x][[:digit:]]\\d$',
    ['{n}-ay12'],
    ['{n}-dy12', '{n}-ax12', '{n}-ayb2'],
  ],
  [
    'counted',
    'Quantifiers count, greedy and lazy.',
    '^{n}-(?:ab){2,3}?x+$',
    ['{n}-ababx', '{n}-abababxx'],
    ['{n}-abx', '{n}-abab'],
  ],
  ['look-ahead', 'A negative look-ahead excludes names.', '^{n}-(?!secret)', ['{n}-open'], ['{n}-secret-plans']],
  ['look-behind', 'A look-behind looks at what stands before.', '(?<={n}-a)b$', ['{n}-ab'], ['{n}-cb']],
  ['back-reference', 'A back reference matches what its group matched.', '^{n}-(\\w+)-\\1$', ['{n}-ab-ab'], ['{n}-ab-ac']],
  ['ignore-case', '`(?i)` makes an expression heed no case.', '^(?i){n}-abc$', ['{n}-ABC', '{n}-aBc'], ['{n}-abd']],
  ['possessive', 'A possessive quantifier gives nothing back.', '^{n}-a++b|^{n}-c++c', ['{n}-aab'], ['{n}-cc']],
  [
    'octets',
    'An expression sees octets: a letter outside ASCII is two of them.',
    '^{n}-..$',
    ['{n}-é', '{n}-ab'],
    ['{n}-a', '{n}-éa'],
  ],
  ['braces', 'A brace that begins no quantifier is a character.', '^{n}-a{,2}b{x}$', ['{n}-a{,2}b{x}'], ['{n}-aab{x}']],
  ['quoted', '`\\Q` and `\\E` quote what is between them.', '^{n}-\\Qa.b*\\E$', ['{n}-a.b*'], ['{n}-axbb']],
];

for (const [id, sentence, configure, allowed, refused] of CASES) {
  claim(`permissions.regexp.${id}`, sentence, { notebook: '09' }, (t) => decides(t, configure, allowed, refused));
}

claim(
  'permissions.regexp.pathological',
  'An expression that tries without end is given up: nothing is allowed, and others do not wait.',
  { notebook: '09' },
  async (t) => {
    const login = await t.user({ configure: '^(a+)+$' });
    const name = `${'a'.repeat(100)}-${t.name('q')}`;
    const refused = t.refused(
      (await t.channel(await t.connect(login))).assertQueue(name),
      403,
      `ACCESS_REFUSED - access to queue '${name}' in vhost '{vhost}' refused for user '${login.user}'`,
    );
    await (await t.channel()).assertQueue(t.name('q'));
    await refused;
  },
);

claim('permissions.regexp.empty', 'The empty expression matches no name that a queue can have.', { notebook: '09' }, (t) =>
  decides(t, '', [], ['{n}', 'x{n}']),
);

claim(
  'permissions.regexp.invalid',
  'set_permissions refuses what is no regular expression, and says where it goes wrong.',
  { notebook: '09' },
  async (t) => {
    const { user } = await t.user();
    for (const [expression, reason] of [
      ['(', "'missing )', 1"],
      ['[a', "'missing terminating ] for character class', 2"],
      ['a**', "'nothing to repeat', 2"],
      ['x{2,1}', "'numbers out of order in {} quantifier', 5"],
      ['(?<=a*)b', "'lookbehind assertion is not fixed length', 6"],
      ['(a)\\2', "'reference to non-existent subpattern', 5"],
    ] as const) {
      const lines = await refusal(t, 69, 'set_permissions', '-p', t.vhost, user, '.*', expression, '.*');
      assert.deepEqual(lines, ['Error:', `{:invalid_regexp, '${expression.replaceAll('\\', '\\\\')}', {${reason}}}`]);
    }
    const { stdout } = await run(t, 'list_user_permissions', '-q', user);
    assert.equal(stdout.trim(), '');
  },
);

claim('permissions.changed', 'Other permissions count on channels opened after they were set.', { notebook: '09' }, async (t) => {
  const login = await t.user({ configure: '.*' });
  const connection = await t.connect(login);
  await (await t.channel(connection)).assertQueue(t.name('q'), { exclusive: true });
  await t.permit(login.user, { configure: '^none$' });
  await t.refused(
    (await t.channel(connection)).assertQueue(t.name('q'), { exclusive: true }),
    403,
    `ACCESS_REFUSED - access to queue '{q}' in vhost '{vhost}' refused for user '${login.user}'`,
  );
});
