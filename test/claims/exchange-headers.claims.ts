/** The headers exchange: which headers match which bindings. */
import { strict as assert } from 'node:assert';
import { claim } from './harness/claim';
import type { ClaimContext } from './harness/context';
import { RoutingProbe, type Arguments } from './routing-probe';

/** Binds queue `q` to a headers exchange with these arguments and gives the labels of the header tables that lead to it. */
async function matching(t: ClaimContext, args: Arguments, tables: Readonly<Record<string, Arguments>>): Promise<string[]> {
  const probe = await RoutingProbe.with(t, ['q']);
  await probe.exchange('x', 'headers');
  await probe.bind('q', 'x', 'ignored', args);
  const got = await probe.table(
    'x',
    Object.entries(tables).map(([label, headers]) => [label, '', headers] as const),
  );
  await probe.unbind('q', 'x', 'ignored', args);
  return got.q ?? [];
}

const ORDERS: Readonly<Record<string, Arguments>> = {
  none: {},
  format: { format: 'pdf' },
  type: { type: 'report' },
  both: { format: 'pdf', type: 'report' },
  more: { format: 'pdf', type: 'report', pages: 3 },
  other: { format: 'zip', type: 'report' },
};

claim(
  'exchange.headers.all',
  'A headers binding with x-match `all` wants every one of its headers with an equal value; others in the message do not matter.',
  { notebook: '04' },
  async (t) => {
    assert.deepEqual(await matching(t, { 'x-match': 'all', format: 'pdf', type: 'report' }, ORDERS), ['both', 'more']);
  },
);

claim('exchange.headers.any', 'With x-match `any` one equal header is enough.', { notebook: '04' }, async (t) => {
  assert.deepEqual(await matching(t, { 'x-match': 'any', format: 'pdf', type: 'report' }, ORDERS), [
    'format',
    'type',
    'both',
    'more',
    'other',
  ]);
});

claim('exchange.headers.default', 'Without x-match a headers binding means `all`.', { notebook: '04' }, async (t) => {
  assert.deepEqual(await matching(t, { format: 'pdf', type: 'report' }, ORDERS), ['both', 'more']);
});

claim(
  'exchange.headers.nothing',
  'A binding without headers matches every message under `all` and none under `any`.',
  { notebook: '04' },
  async (t) => {
    assert.deepEqual(await matching(t, {}, ORDERS), Object.keys(ORDERS));
    for (const mode of ['all', 'all-with-x'])
      assert.deepEqual(await matching(t, { 'x-match': mode }, ORDERS), Object.keys(ORDERS), mode);
    for (const mode of ['any', 'any-with-x']) assert.deepEqual(await matching(t, { 'x-match': mode }, ORDERS), [], mode);
  },
);

const WITH_X: Readonly<Record<string, Arguments>> = {
  none: {},
  a: { a: 1 },
  'x-a': { 'x-a': 1 },
  both: { a: 1, 'x-a': 1 },
  wrong: { a: 1, 'x-a': 2 },
};

claim(
  'exchange.headers.x-ignored',
  'Under `all` and `any` headers whose names begin with `x-` are left out of the comparison.',
  { notebook: '04' },
  async (t) => {
    assert.deepEqual(await matching(t, { 'x-match': 'all', a: 1, 'x-a': 1 }, WITH_X), ['a', 'both', 'wrong']);
    assert.deepEqual(await matching(t, { 'x-match': 'any', a: 5, 'x-a': 1 }, WITH_X), []);
  },
);

claim(
  'exchange.headers.with-x',
  '`all-with-x` and `any-with-x` compare headers whose names begin with `x-` as well.',
  { notebook: '04' },
  async (t) => {
    assert.deepEqual(await matching(t, { 'x-match': 'all-with-x', a: 1, 'x-a': 1 }, WITH_X), ['both']);
    assert.deepEqual(await matching(t, { 'x-match': 'any-with-x', a: 5, 'x-a': 1 }, WITH_X), ['x-a', 'both']);
  },
);

claim(
  'exchange.headers.present',
  'A binding value of null asks only that the header is there, whatever its value.',
  { notebook: '04' },
  async (t) => {
    const tables = {
      none: {},
      text: { a: 'x' },
      zero: { a: 0 },
      null: { a: null },
      list: { a: [1] },
      other: { b: 1 },
      upper: { A: 1 },
    };
    assert.deepEqual(await matching(t, { a: null }, tables), ['text', 'zero', 'null', 'list']);
  },
);

claim(
  'exchange.headers.numbers',
  'Numbers are equal by value, whatever their types; a text of digits is not a number.',
  { notebook: '04' },
  async (t) => {
    const typed = (type: string): unknown => ({ '!': type, value: 1 });
    const tables: Record<string, Arguments> = { text: { a: '1' }, true: { a: true }, two: { a: 2 } };
    for (const type of ['byte', 'short', 'int32', 'int64', 'float', 'double', 'timestamp']) tables[type] = { a: typed(type) };
    const numbers = ['byte', 'short', 'int32', 'int64', 'float', 'double', 'timestamp'];
    assert.deepEqual(await matching(t, { a: 1 }, tables), numbers);
    assert.deepEqual(await matching(t, { a: typed('double') }, tables), numbers);
    assert.deepEqual(await matching(t, { a: '1' }, tables), ['text']);
  },
);

claim(
  'exchange.headers.values',
  'Texts, truth values, octets, lists and tables are compared by value; within lists and tables types of numbers count.',
  { notebook: '04' },
  async (t) => {
    const tables: Record<string, Arguments> = {
      text: { a: 'x' },
      bytes: { a: Buffer.from('x') },
      true: { a: true },
      list: { a: [1, 'x'] },
      longer: { a: [{ '!': 'int64', value: 1 }, 'x'] },
      table: { a: { b: [1] } },
      empty: { a: {} },
    };
    assert.deepEqual(await matching(t, { a: 'x' }, tables), ['text', 'bytes']);
    assert.deepEqual(await matching(t, { a: true }, tables), ['true']);
    assert.deepEqual(await matching(t, { a: [1, 'x'] }, tables), ['list']);
    assert.deepEqual(await matching(t, { a: { b: [1] } }, tables), ['table']);
    assert.deepEqual(await matching(t, { a: [] }, tables), ['empty']);
  },
);

claim(
  'exchange.headers.key',
  'A headers exchange ignores the routing key, and a message without headers counts as one with none.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['all', 'a']);
    await probe.exchange('x', 'headers');
    await probe.bind('all', 'x', 'k', {});
    await probe.bind('a', 'x', 'k', { a: 1 });
    assert.deepEqual(await probe.route('x', 'k'), ['all']);
    assert.deepEqual(await probe.route('x', 'other', { headers: { a: 1 } }), ['a', 'all']);
  },
);

claim(
  'exchange.headers.message-x-match',
  'A header x-match in a message means nothing; under `all-with-x` too the x-match of the binding is not looked for.',
  { notebook: '04' },
  async (t) => {
    const tables = { plain: { a: 1 }, any: { a: 1, 'x-match': 'any' }, wrong: { a: 2, 'x-match': 'any' } };
    assert.deepEqual(await matching(t, { 'x-match': 'all', a: 1 }, tables), ['plain', 'any']);
    assert.deepEqual(await matching(t, { 'x-match': 'all-with-x', a: 1 }, tables), ['plain', 'any']);
  },
);

claim(
  'exchange.headers.invalid',
  'A binding to a headers exchange with an x-match that does not exist, or that is no text, closes the channel with 406.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['q']);
    await probe.exchange('x', 'headers');
    const bind = async (match: unknown): Promise<unknown> =>
      (await t.channel()).bindQueue(t.name('q'), t.name('x'), '', { 'x-match': match });
    const expected = 'expected all, any, all-with-x, or any-with-x';
    await t.refused(bind('nope'), 406, `PRECONDITION_FAILED - Invalid x-match field value <<"nope">>; ${expected}`);
    await t.refused(bind('ALL'), 406, `PRECONDITION_FAILED - Invalid x-match field value <<"ALL">>; ${expected}`);
    await t.refused(bind(''), 406, `PRECONDITION_FAILED - Invalid x-match field value <<>>; ${expected}`);
    await t.refused(bind(5), 406, 'PRECONDITION_FAILED - Invalid x-match field type byte (value 5); expected longstr');
    await t.refused(
      bind(1.5e20),
      406,
      'PRECONDITION_FAILED - Invalid x-match field type double (value 1.5e20); expected longstr',
    );
    await t.refused(bind(true), 406, 'PRECONDITION_FAILED - Invalid x-match field type bool (value true); expected longstr');
    await t.refused(bind(null), 406, 'PRECONDITION_FAILED - Invalid x-match field type void (value undefined); expected longstr');
    await t.refused(
      bind(['a', 1]),
      406,
      'PRECONDITION_FAILED - Invalid x-match field type array (value [{longstr,<<"a">>},{byte,1}]); expected longstr',
    );
    await t.refused(
      bind({ a: 1 }),
      406,
      'PRECONDITION_FAILED - Invalid x-match field type table (value [{<<"a">>,byte,1}]); expected longstr',
    );
  },
);

claim(
  'exchange.headers.other-types',
  'Only a headers exchange looks at x-match: elsewhere any value is accepted.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['q']);
    for (const type of ['direct', 'fanout', 'topic']) {
      await probe.exchange(type, type);
      await probe.bind('q', type, 'k', { 'x-match': 'nope' });
      assert.deepEqual(await probe.route(type, 'k'), ['q'], type);
    }
  },
);
