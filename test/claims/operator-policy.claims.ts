/** Operator policies: limits that no user's policy and no argument exceeds; and runtime parameters, which policies are. */
import { strict as assert } from 'node:assert';
import type { ConfirmChannel, Options } from 'amqplib';
import { claim } from './harness/claim';
import type { ClaimContext } from './harness/context';
import { column, only, refusal, run, setOperatorPolicy, setPolicy } from './ruling';

/** A queue that is declared when its policies are there, and so many messages published to it. */
async function filled(
  t: ClaimContext,
  count: number,
  options: Options.AssertQueue = {},
): Promise<{ ch: ConfirmChannel; queue: string }> {
  const ch = await t.confirmChannel();
  const queue = t.name('q');
  await ch.assertQueue(queue, options);
  for (let i = 0; i < count; i++) await t.publish(ch, '', queue, String(i));
  return { ch, queue };
}

claim('operator.alone', 'An operator policy rules a queue that no other policy matches.', { notebook: '09' }, async (t) => {
  await setOperatorPolicy(t, 'op', only(t.name('q')), { 'max-length': 2 });
  const { ch, queue } = await filled(t, 4);
  assert.equal(await t.ready(ch, queue), 2);
  assert.equal(await column(t, queue, 'policy'), '');
});

claim(
  'operator.live',
  'An operator policy rules a queue that exists, from the moment that it is set until it is cleared.',
  { notebook: '09' },
  async (t) => {
    const { ch, queue } = await filled(t, 4);
    await setOperatorPolicy(t, 'op', only(queue), { 'max-length': 2 });
    await t.untilReady(ch, queue, 2);
    await run(t, 'clear_operator_policy', '-p', t.vhost, t.name('op'));
    await t.eventually(async () => {
      await t.publish(ch, '', queue, 'n');
      assert.ok((await t.ready(ch, queue)) >= 3);
    });
  },
);

claim(
  'operator.smaller',
  'Of a policy and an operator policy the smaller limit counts, whosever it is.',
  { notebook: '09' },
  async (t) => {
    const rule = only(t.name('q'));
    await setPolicy(t, 'p', rule, { 'max-length': 5 });
    await setOperatorPolicy(t, 'op', rule, { 'max-length': 3 });
    const { ch, queue } = await filled(t, 6);
    assert.equal(await t.ready(ch, queue), 3);
    await setPolicy(t, 'p', rule, { 'max-length': 1 });
    await t.untilReady(ch, queue, 1);
    assert.equal(await column(t, queue, 'policy'), t.name('p'));
  },
);

claim('operator.merged', 'What only one of policy and operator policy says counts as well.', { notebook: '09' }, async (t) => {
  const rule = only(t.name('q'));
  await setPolicy(t, 'p', rule, { overflow: 'reject-publish' });
  await setOperatorPolicy(t, 'op', rule, { 'max-length': 1 });
  const { ch, queue } = await filled(t, 1);
  assert.equal(await t.publish(ch, '', queue, 'too many'), 'nack');
});

claim('operator.argument', 'An operator policy limits what an argument allows.', { notebook: '09' }, async (t) => {
  await setOperatorPolicy(t, 'op', only(t.name('q')), { 'max-length': 2, 'message-ttl': 300 });
  const { ch, queue } = await filled(t, 4, { maxLength: 3, messageTtl: 60000 });
  assert.equal(await t.ready(ch, queue), 2);
  await t.advance(500);
  await t.untilReady(ch, queue, 0);
});

claim(
  'operator.priority',
  'Of several operator policies the one with the highest priority rules alone.',
  { notebook: '09' },
  async (t) => {
    const rule = only(t.name('q'));
    const set = (name: string, priority: string, max: number): Promise<unknown> =>
      run(
        t,
        'set_operator_policy',
        '-p',
        t.vhost,
        '--priority',
        priority,
        t.name(name),
        rule,
        JSON.stringify({ 'max-length': max }),
      );
    await set('low', '1', 1);
    await set('high', '2', 3);
    const { ch, queue } = await filled(t, 4);
    assert.equal(await t.ready(ch, queue), 3);
  },
);

claim('operator.refused.key', 'An operator policy may set limits only, no dead letters.', { notebook: '09' }, async (t) => {
  const lines = await refusal(
    t,
    69,
    'set_operator_policy',
    '-p',
    t.vhost,
    t.name('op'),
    '.',
    '{"dead-letter-exchange":"x","max-length":1}',
  );
  assert.deepEqual(lines, [
    'Error:',
    'Validation failed',
    '[{<<"dead-letter-exchange">>,<<"x">>}] are not recognised policy settings',
  ]);
});

claim(
  'operator.refused.value',
  'set_operator_policy refuses the values that set_policy refuses.',
  { notebook: '09' },
  async (t) => {
    const lines = await refusal(t, 69, 'set_operator_policy', '-p', t.vhost, t.name('op'), '.', '{"max-length":-1}');
    assert.deepEqual(lines, ['Error:', 'Validation failed', '-1 is not a valid maximum length']);
  },
);

claim(
  'operator.refused.missing',
  'clear_operator_policy refuses an operator policy that does not exist.',
  { notebook: '09' },
  async (t) => {
    const lines = await refusal(t, 69, 'clear_operator_policy', '-p', t.vhost, t.name('op'));
    assert.deepEqual(lines, ['Error:', 'Parameter does not exist']);
  },
);

claim(
  'operator.parameter',
  'An operator policy is listed among the runtime parameters, a policy is not.',
  { notebook: '09', vhost: 'own' },
  async (t) => {
    await setPolicy(t, 'p', '.', { 'max-length': 5 });
    await setOperatorPolicy(t, 'op', '.', { 'max-length': 5 });
    const { stdout } = await run(t, 'list_parameters', '-q', '-p', t.vhost);
    const rows = stdout.trim().split('\n').slice(1);
    assert.deepEqual(
      rows.map((row) => row.split('\t').slice(0, 2)),
      [['operator_policy', t.name('op')]],
    );
  },
);

claim('operator.parameter.policy', 'set_parameter and clear_parameter refuse policies.', { notebook: '09' }, async (t) => {
  const set = await refusal(t, 69, 'set_parameter', '-p', t.vhost, 'policy', t.name('p'), '{}');
  assert.deepEqual(set, ['Error:', 'policies may not be set using this method']);
  const clear = await refusal(t, 69, 'clear_parameter', '-p', t.vhost, 'policy', t.name('p'));
  assert.deepEqual(clear, ['Error:', 'policies may not be cleared using this method']);
});

claim(
  'operator.parameter.component',
  'set_parameter refuses a component that nobody has registered.',
  { notebook: '09' },
  async (t) => {
    const lines = await refusal(t, 69, 'set_parameter', '-p', t.vhost, 'nope', t.name('n'), '{}');
    assert.deepEqual(lines, ['Error:', 'Validation failed', 'component nope not found']);
  },
);

claim('operator.parameter.missing', 'clear_parameter refuses a parameter that does not exist.', { notebook: '09' }, async (t) => {
  const lines = await refusal(t, 69, 'clear_parameter', '-p', t.vhost, 'nope', t.name('n'));
  assert.deepEqual(lines, ['Error:', 'Parameter does not exist']);
});

claim(
  'operator.parameter.global',
  'A global parameter has a name and any value, and no vhost.',
  { notebook: '09' },
  async (t) => {
    const name = t.name('g').replace('.', '_');
    await run(t, 'set_global_parameter', name, '{"b":[1,true],"a":"x"}');
    const listed = async (): Promise<string | undefined> =>
      (await run(t, 'list_global_parameters', '-q')).stdout.split('\n').find((row) => row.startsWith(`${name}\t`));
    assert.equal(await listed(), `${name}\t{"a":"x","b":[1,true]}`);
    await run(t, 'clear_global_parameter', name);
    assert.equal(await listed(), undefined);
    assert.deepEqual(await refusal(t, 69, 'clear_global_parameter', name), ['Error:', 'Parameter does not exist']);
  },
);
