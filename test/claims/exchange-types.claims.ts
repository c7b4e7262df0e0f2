/** Direct, fanout and topic exchanges: which routing keys match which bindings. */
import { strict as assert } from 'node:assert';
import { claim } from './harness/claim';
import type { ClaimContext } from './harness/context';
import { RoutingProbe } from './routing-probe';

/** An exchange `x` with one queue for each binding key, called as the key is. */
async function keyed(t: ClaimContext, type: string, keys: readonly string[]): Promise<RoutingProbe> {
  const probe = await RoutingProbe.with(t, keys);
  await probe.exchange('x', type);
  for (const key of keys) await probe.bind(key, 'x', key);
  return probe;
}

// --- direct and fanout ---

claim(
  'exchange.direct',
  'A direct exchange sends a message to the queues whose binding key equals its routing key.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['errors', 'all']);
    await probe.exchange('x', 'direct');
    await probe.bind('errors', 'x', 'error');
    for (const level of ['error', 'info']) await probe.bind('all', 'x', level);
    assert.deepEqual(await probe.route('x', 'error'), ['all', 'errors']);
    assert.deepEqual(await probe.route('x', 'info'), ['all']);
    assert.deepEqual(await probe.route('x', 'debug'), []);
  },
);

claim(
  'exchange.direct.exact',
  'To a direct exchange keys are octets: it knows no patterns, and upper case is not lower case.',
  { notebook: '04' },
  async (t) => {
    const probe = await keyed(t, 'direct', ['a.b', '#', 'a.*', 'caf\u00e9']);
    for (const key of ['a.b', '#', 'a.*', 'caf\u00e9']) assert.deepEqual(await probe.route('x', key), [key]);
    for (const key of ['a', 'A.B', 'a.b.', 'a.c', '', 'cafe\u0301'])
      assert.deepEqual(await probe.route('x', key), [], `key '${key}'`);
  },
);

claim(
  'exchange.direct.empty',
  'An empty binding key matches the empty routing key, and no other.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['q']);
    await probe.exchange('x', 'direct');
    await probe.bind('q', 'x', '');
    assert.deepEqual(await probe.route('x', ''), ['q']);
    assert.deepEqual(await probe.route('x', t.name('q')), []);
  },
);

claim(
  'exchange.fanout',
  'A fanout exchange sends every message to all queues bound to it, whatever the keys.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['one', 'two', 'unbound']);
    await probe.exchange('x', 'fanout');
    await probe.bind('one', 'x');
    await probe.bind('two', 'x', 'some.key', { 'x-match': 'nonsense' });
    for (const key of ['', 'some.key', 'other']) assert.deepEqual(await probe.route('x', key), ['one', 'two']);
  },
);

// --- topic ---

claim(
  'exchange.topic.hash',
  'In a topic binding `#` matches zero or more words; that it needs at least one is an error of many texts.',
  { notebook: '04' },
  async (t) => {
    const probe = await keyed(t, 'topic', ['log.#', '#.error', 'a.#.b', '#']);
    assert.deepEqual(await probe.route('x', 'log'), ['#', 'log.#'], 'zero words at the end');
    assert.deepEqual(await probe.route('x', 'error'), ['#', '#.error'], 'zero words at the beginning');
    assert.deepEqual(await probe.route('x', 'a.b'), ['#', 'a.#.b'], 'zero words in the middle');
    assert.deepEqual(await probe.route('x', ''), ['#'], 'no word at all');
    assert.deepEqual(await probe.route('x', 'log.app.db.error'), ['#', '#.error', 'log.#']);
    assert.deepEqual(await probe.route('x', 'logs'), ['#'], 'words are matched whole');
  },
);

claim('exchange.topic.star', 'In a topic binding `*` matches exactly one word.', { notebook: '04' }, async (t) => {
  const probe = await keyed(t, 'topic', ['*', 'a.*', '*.*.c']);
  assert.deepEqual(await probe.route('x', 'a'), ['*']);
  assert.deepEqual(await probe.route('x', 'a.b'), ['a.*']);
  assert.deepEqual(await probe.route('x', 'a.b.c'), ['*.*.c']);
  assert.deepEqual(await probe.route('x', 'b.c'), []);
  assert.deepEqual(await probe.route('x', ''), [], 'the empty key has no word');
});

claim(
  'exchange.topic.empty-words',
  'A word may be empty: the key `.` has two empty words, `a.` a second one that is empty, and each `*` takes one.',
  { notebook: '04' },
  async (t) => {
    const probe = await keyed(t, 'topic', ['*.*', 'a.*', 'a.*.b', '.', 'a.']);
    assert.deepEqual(await probe.route('x', '.'), ['*.*', '.']);
    assert.deepEqual(await probe.route('x', 'a.'), ['*.*', 'a.', 'a.*']);
    assert.deepEqual(await probe.route('x', 'a..b'), ['a.*.b']);
    assert.deepEqual(await probe.route('x', '..'), []);
  },
);

const TOPIC_PATTERNS = [
  '',
  '#',
  '*',
  'a',
  'a.#',
  '#.a',
  'a.*',
  '*.a',
  'a.#.b',
  'a.*.b',
  '*.*',
  '#.#',
  'a.#.#',
  '*.#',
  '#.*',
  '.',
  '*.',
  'a..b',
  '#.b.#',
];

/** Which of the patterns each key matches. */
const TOPIC_TABLE: Readonly<Record<string, readonly string[]>> = {
  '': ['', '#', '#.#'],
  a: ['#', '*', 'a', 'a.#', '#.a', '#.#', 'a.#.#', '*.#', '#.*'],
  b: ['#', '*', '#.#', '*.#', '#.*', '#.b.#'],
  'a.b': ['#', 'a.#', 'a.*', 'a.#.b', '*.*', '#.#', 'a.#.#', '*.#', '#.*', '#.b.#'],
  'b.a': ['#', '#.a', '*.a', '*.*', '#.#', '*.#', '#.*', '#.b.#'],
  'a.x.b': ['#', 'a.#', 'a.#.b', 'a.*.b', '#.#', 'a.#.#', '*.#', '#.*', '#.b.#'],
  'a.x.y.b': ['#', 'a.#', 'a.#.b', '#.#', 'a.#.#', '*.#', '#.*', '#.b.#'],
  'a..b': ['#', 'a.#', 'a.#.b', 'a.*.b', '#.#', 'a.#.#', '*.#', '#.*', 'a..b', '#.b.#'],
  '.': ['#', '*.*', '#.#', '*.#', '#.*', '.', '*.'],
  'a.': ['#', 'a.#', 'a.*', '*.*', '#.#', 'a.#.#', '*.#', '#.*', '*.'],
  '.a': ['#', '#.a', '*.a', '*.*', '#.#', '*.#', '#.*'],
  A: ['#', '*', '#.#', '*.#', '#.*'],
};

claim(
  'exchange.topic.table',
  'Nineteen patterns against twelve keys: a table of what a topic exchange matches.',
  { notebook: '04' },
  async (t) => {
    const probe = await keyed(t, 'topic', TOPIC_PATTERNS);
    const keys = Object.keys(TOPIC_TABLE);
    const got = await probe.table(
      'x',
      keys.map((key) => [key, key]),
    );
    for (const pattern of TOPIC_PATTERNS)
      assert.deepEqual(
        got[pattern],
        keys.filter((key) => TOPIC_TABLE[key]?.includes(pattern)),
        `pattern '${pattern}'`,
      );
  },
);

claim(
  'exchange.topic.whole-words',
  '`#` and `*` are wildcards only as whole words; inside a word they are ordinary characters.',
  { notebook: '04' },
  async (t) => {
    const probe = await keyed(t, 'topic', ['a*', '#b', '**', 'a.##']);
    for (const key of ['a*', '#b', '**', 'a.##']) assert.deepEqual(await probe.route('x', key), [key]);
    for (const key of ['ax', 'xb', 'x', 'a.b']) assert.deepEqual(await probe.route('x', key), [], `key '${key}'`);
  },
);

claim(
  'exchange.topic.wildcard-keys',
  'In a routing key wildcards mean nothing: `#` is a word that only `#`, `*` and their like match.',
  { notebook: '04' },
  async (t) => {
    const probe = await keyed(t, 'topic', ['a', 'a.b', '*', '#', '*.b']);
    assert.deepEqual(await probe.route('x', '#'), ['#', '*']);
    assert.deepEqual(await probe.route('x', '*'), ['#', '*']);
    assert.deepEqual(await probe.route('x', '#.b'), ['#', '*.b']);
  },
);

claim(
  'exchange.topic.once',
  'A queue gets a message once, however many of its bindings match.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['q']);
    await probe.exchange('x', 'topic');
    for (const key of ['#', 'a.#', '*.b', 'a.b', '#.#.#']) await probe.bind('q', 'x', key);
    assert.deepEqual(await probe.route('x', 'a.b'), ['q']);
  },
);

claim(
  'exchange.topic.many-words',
  'A key may have 256 words, all of them empty; `#.#` and `#.#.#` match it as `#` does.',
  { notebook: '04' },
  async (t) => {
    const probe = await keyed(t, 'topic', ['#', '#.#', '#.#.#', '#.*', '*', '#.x']);
    assert.deepEqual(await probe.route('x', '.'.repeat(255)), ['#', '#.#', '#.#.#', '#.*']);
  },
);
