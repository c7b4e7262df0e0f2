/** Policies: what a queue or exchange is like without having been declared so, from the moment that somebody says it. */
import { strict as assert } from 'node:assert';
import type { ConfirmChannel, Options } from 'amqplib';
import { claim } from './harness/claim';
import type { ClaimContext } from './harness/context';
import { clearPolicy, column, only, refusal, setPolicy } from './ruling';

/** A queue and what is published to it, one message a body. */
async function queueWith(
  t: ClaimContext,
  bodies: readonly string[],
  options: Options.AssertQueue = {},
): Promise<{ ch: ConfirmChannel; queue: string; rule: string; send: (body: string) => Promise<'ack' | 'nack'> }> {
  const ch = await t.confirmChannel();
  const queue = t.name('q');
  await ch.assertQueue(queue, options);
  const send = (body: string): Promise<'ack' | 'nack'> => t.publish(ch, '', queue, body);
  for (const body of bodies) await send(body);
  return { ch, queue, rule: only(queue), send };
}

claim(
  'policy.max-length.live',
  'A policy with max-length drops the oldest messages of a queue that has more, at once.',
  { notebook: '09' },
  async (t) => {
    const { ch, queue, rule, send } = await queueWith(t, ['1', '2', '3', '4']);
    await setPolicy(t, 'p', rule, { 'max-length': 2 });
    await t.untilReady(ch, queue, 2);
    await send('5');
    assert.deepEqual(await t.drain(ch, queue), ['4', '5']);
  },
);

claim(
  'policy.max-length-bytes.live',
  'A policy with max-length-bytes drops the oldest messages until the bodies fit.',
  { notebook: '09' },
  async (t) => {
    const { ch, queue, rule } = await queueWith(t, ['aaaa', 'bbbb', 'cccc']);
    await setPolicy(t, 'p', rule, { 'max-length-bytes': 8 });
    await t.untilReady(ch, queue, 2);
    assert.deepEqual(await t.drain(ch, queue), ['bbbb', 'cccc']);
  },
);

claim('policy.cleared', 'When a policy is cleared the queue is as it was declared.', { notebook: '09' }, async (t) => {
  const { ch, queue, rule, send } = await queueWith(t, ['1', '2']);
  await setPolicy(t, 'p', rule, { 'max-length': 1 });
  await t.untilReady(ch, queue, 1);
  await clearPolicy(t, 'p');
  await t.eventually(async () => {
    await send('n');
    assert.ok((await t.ready(ch, queue)) >= 2);
  });
});

claim('policy.changed', 'Setting a policy again replaces its definition.', { notebook: '09' }, async (t) => {
  const { ch, queue, rule } = await queueWith(t, ['1', '2', '3', '4']);
  await setPolicy(t, 'p', rule, { 'max-length': 3 });
  await t.untilReady(ch, queue, 3);
  await setPolicy(t, 'p', rule, { 'max-length': 1 });
  await t.untilReady(ch, queue, 1);
});

claim('policy.before-declare', 'A policy rules queues that are declared after it.', { notebook: '09' }, async (t) => {
  await setPolicy(t, 'p', only(t.name('q')), { 'max-length': 1 });
  const { ch, queue } = await queueWith(t, ['1', '2', '3']);
  assert.deepEqual(await t.drain(ch, queue), ['3']);
});

claim('policy.redeclare', 'What a policy says does not count when a queue is declared again.', { notebook: '09' }, async (t) => {
  const { ch, queue, rule } = await queueWith(t, []);
  await setPolicy(t, 'p', rule, { 'max-length': 1 });
  await ch.assertQueue(queue);
  await t.refused(
    ch.assertQueue(queue, { maxLength: 1 }),
    406,
    /^PRECONDITION_FAILED - inequivalent arg 'x-max-length' .* but current is none$/,
  );
});

claim('policy.message-ttl.expires', 'Messages that reach a queue ruled by message-ttl expire.', { notebook: '09' }, async (t) => {
  const { ch, queue, rule, send } = await queueWith(t, []);
  await setPolicy(t, 'p', rule, { 'message-ttl': 300 });
  await t.eventually(async () => assert.equal(await column(t, queue, 'policy'), t.name('p')));
  await send('1');
  await t.advance(400);
  await t.untilReady(ch, queue, 0);
});

claim(
  'policy.message-ttl.earlier',
  'A policy with message-ttl leaves alone what was in the queue before.',
  { notebook: '09' },
  async (t) => {
    const { ch, queue, rule, send } = await queueWith(t, ['old']);
    await setPolicy(t, 'p', rule, { 'message-ttl': 200 });
    await t.eventually(async () => assert.equal(await column(t, queue, 'policy'), t.name('p')));
    await send('new');
    await t.advance(400);
    assert.equal(await t.ready(ch, queue), 2);
    assert.deepEqual(await t.drain(ch, queue), ['old']);
  },
);

claim(
  'policy.message-ttl.smaller',
  'Of x-message-ttl and the message-ttl of a policy the smaller counts.',
  { notebook: '09' },
  async (t) => {
    await setPolicy(t, 'p', only(t.name('q')), { 'message-ttl': 200 });
    const { ch, queue } = await queueWith(t, ['1'], { messageTtl: 60000 });
    await t.advance(400);
    await t.untilReady(ch, queue, 0);
  },
);

claim(
  'policy.expires',
  'A policy with expires deletes an unused queue, counted from when it was set.',
  { notebook: '09' },
  async (t) => {
    const { queue, rule } = await queueWith(t, []);
    await setPolicy(t, 'p', rule, { expires: 300 });
    await t.advance(500);
    await t.untilRefused((ch) => ch.checkQueue(queue), 404, "NOT_FOUND - no queue '{q}' in vhost '{vhost}'");
  },
);

claim('policy.expires.consumer', 'A queue that has a consumer does not expire by a policy.', { notebook: '09' }, async (t) => {
  const { ch, queue, rule } = await queueWith(t, []);
  await t.collect(ch, queue);
  await setPolicy(t, 'p', rule, { expires: 200 });
  await t.advance(400);
  assert.equal((await ch.checkQueue(queue)).consumerCount, 1);
});

claim(
  'policy.dead-letter',
  'dead-letter-exchange and dead-letter-routing-key of a policy send on what dies afterwards.',
  { notebook: '09' },
  async (t) => {
    const { ch, queue, rule } = await queueWith(t, ['1', '2']);
    await ch.assertQueue(t.name('dead'));
    await setPolicy(t, 'p', rule, { 'dead-letter-exchange': '', 'dead-letter-routing-key': t.name('dead'), 'max-length': 1 });
    await t.untilReady(ch, t.name('dead'), 1);
    assert.deepEqual(await t.drain(ch, t.name('dead')), ['1']);
    assert.deepEqual(await t.drain(ch, queue), ['2']);
  },
);

claim(
  'policy.dead-letter.argument',
  'x-dead-letter-routing-key counts before the one of a policy.',
  { notebook: '09' },
  async (t) => {
    const arguments_ = { deadLetterExchange: '', deadLetterRoutingKey: t.name('mine') };
    const { ch, rule } = await queueWith(t, ['1', '2'], arguments_);
    for (const name of ['mine', 'ruled']) await ch.assertQueue(t.name(name));
    await setPolicy(t, 'p', rule, { 'dead-letter-routing-key': t.name('ruled'), 'max-length': 1 });
    await t.untilReady(ch, t.name('mine'), 1);
    assert.equal(await t.ready(ch, t.name('ruled')), 0);
  },
);

claim(
  'policy.max-length.smaller',
  'Of x-max-length and the max-length of a policy the smaller counts.',
  { notebook: '09' },
  async (t) => {
    const { ch, queue, rule } = await queueWith(t, ['1', '2', '3', '4'], { maxLength: 3 });
    await setPolicy(t, 'p', rule, { 'max-length': 9 });
    await t.eventually(async () => assert.equal(await column(t, queue, 'policy'), t.name('p')));
    assert.equal(await t.ready(ch, queue), 3);
    await setPolicy(t, 'p', rule, { 'max-length': 2 });
    await t.untilReady(ch, queue, 2);
  },
);

claim(
  'policy.overflow.reject',
  'A policy with max-length and overflow reject-publish makes the broker refuse what is too much.',
  { notebook: '09' },
  async (t) => {
    await setPolicy(t, 'p', only(t.name('q')), { 'max-length': 1, overflow: 'reject-publish' });
    const { ch, queue, send } = await queueWith(t, []);
    assert.deepEqual([await send('1'), await send('2')], ['ack', 'nack']);
    assert.deepEqual(await t.drain(ch, queue), ['1']);
  },
);

claim('policy.overflow.argument', 'x-overflow counts before the overflow of a policy.', { notebook: '09' }, async (t) => {
  await setPolicy(t, 'p', only(t.name('q')), { 'max-length': 1, overflow: 'reject-publish' });
  const { ch, queue, send } = await queueWith(t, ['1'], { arguments: { 'x-overflow': 'drop-head' } });
  assert.equal(await send('2'), 'ack');
  assert.deepEqual(await t.drain(ch, queue), ['2']);
});

claim(
  'policy.overflow.drops-first',
  'A policy that brings max-length and reject-publish together drops once from a queue that is longer, then refuses.',
  { notebook: '09' },
  async (t) => {
    const { ch, queue, rule, send } = await queueWith(t, ['1', '2', '3']);
    await setPolicy(t, 'p', rule, { 'max-length': 1, overflow: 'reject-publish' });
    await t.untilReady(ch, queue, 1);
    assert.equal(await send('4'), 'nack');
    assert.deepEqual(await t.drain(ch, queue), ['3']);
  },
);

claim(
  'policy.overflow.cleared',
  'A queue whose overflow reject-publish is taken away drops its oldest messages again.',
  { notebook: '09' },
  async (t) => {
    const { ch, queue, rule, send } = await queueWith(t, ['1']);
    await setPolicy(t, 'p', rule, { 'max-length': 1, overflow: 'reject-publish' });
    await t.eventually(async () => assert.equal(await send('x'), 'nack'));
    await setPolicy(t, 'p', rule, { 'max-length': 1 });
    await t.eventually(async () => assert.equal(await send('2'), 'ack'));
    assert.deepEqual(await t.drain(ch, queue), ['2']);
  },
);

claim(
  'policy.alternate',
  'A policy gives an exchange that exists an alternate exchange, and takes it away.',
  { notebook: '09' },
  async (t) => {
    const { ch, queue } = await queueWith(t, []);
    const [x, alternate] = [t.name('x'), t.name('ae')];
    await ch.assertExchange(x, 'direct');
    await ch.assertExchange(alternate, 'fanout');
    await ch.bindQueue(queue, alternate, '');
    await setPolicy(t, 'p', only(x), { 'alternate-exchange': alternate }, '--apply-to', 'exchanges');
    await t.eventually(async () => {
      await t.publish(ch, x, 'k', 'm');
      assert.deepEqual((await t.drain(ch, queue)).slice(0, 1), ['m']);
    });
    await clearPolicy(t, 'p');
    await t.eventually(async () => {
      await t.publish(ch, x, 'k', 'm');
      assert.deepEqual(await t.drain(ch, queue), []);
    });
  },
);

claim('policy.alternate.argument', 'The argument alternate-exchange counts before a policy.', { notebook: '09' }, async (t) => {
  const ch = await t.confirmChannel();
  for (const name of ['mine', 'ruled']) {
    await ch.assertExchange(t.name(name), 'fanout');
    await ch.assertQueue(t.name(`q-${name}`));
    await ch.bindQueue(t.name(`q-${name}`), t.name(name), '');
  }
  await setPolicy(t, 'p', only(t.name('x')), { 'alternate-exchange': t.name('ruled') });
  await ch.assertExchange(t.name('x'), 'direct', { alternateExchange: t.name('mine') });
  await t.publish(ch, t.name('x'), 'k', 'm');
  assert.deepEqual([await t.drain(ch, t.name('q-mine')), await t.drain(ch, t.name('q-ruled'))], [['m'], []]);
});

claim(
  'policy.priority',
  'Of the policies that match, the one with the highest priority rules alone: they are not merged.',
  { notebook: '09' },
  async (t) => {
    const { ch, queue, rule } = await queueWith(t, ['1', '2', '3']);
    await setPolicy(t, 'high', rule, { 'max-length': 2 }, '--priority', '7');
    await setPolicy(t, 'low', rule, { 'max-length': 1, 'message-ttl': 1 }, '--priority', '3');
    await t.untilReady(ch, queue, 2);
    assert.equal(await column(t, queue, 'policy'), t.name('high'));
    await clearPolicy(t, 'high');
    await t.untilReady(ch, queue, 1);
    assert.equal(await column(t, queue, 'policy'), t.name('low'));
  },
);

claim('policy.apply-to', 'A policy that applies to exchanges rules no queue of the same name.', { notebook: '09' }, async (t) => {
  const { ch, queue, rule, send } = await queueWith(t, []);
  await setPolicy(t, 'p', rule, { 'max-length': 1 }, '--apply-to', 'exchanges');
  for (const body of ['1', '2']) await send(body);
  assert.equal(await t.ready(ch, queue), 2);
  assert.equal(await column(t, queue, 'policy'), '');
});

claim(
  'policy.pattern.anywhere',
  "A policy's pattern is found anywhere in a name, unless it says where.",
  { notebook: '09' },
  async (t) => {
    const { queue } = await queueWith(t, []);
    const middle = queue.slice(2);
    await setPolicy(t, 'anchored', `^${middle}`, { 'max-length': 1 }, '--priority', '9');
    await setPolicy(t, 'p', middle, { 'max-length': 1 });
    await t.eventually(async () => assert.equal(await column(t, queue, 'policy'), t.name('p')));
  },
);

claim(
  'policy.exclusive',
  'Policies rule exclusive and server-named queues as well.',
  { notebook: '09', vhost: 'own' },
  async (t) => {
    await setPolicy(t, 'p', '^amq\\.gen-', { 'max-length': 1 });
    const ch = await t.confirmChannel();
    const { queue } = await ch.assertQueue('', { exclusive: true });
    for (const body of ['1', '2']) await t.publish(ch, '', queue, body);
    assert.deepEqual(await t.drain(ch, queue), ['2']);
  },
);

claim(
  'policy.not-for-classic',
  'A policy that has a key for quorum queues, as delivery-limit, rules no classic queue at all.',
  { notebook: '09' },
  async (t) => {
    await setPolicy(t, 'p', only(t.name('q')), { 'delivery-limit': 5, 'max-length': 1 });
    const { ch, queue } = await queueWith(t, ['1', '2']);
    assert.equal(await column(t, queue, 'policy'), '');
    assert.equal(await t.ready(ch, queue), 2);
  },
);

// --- what is refused ---

const VALIDATION: ReadonlyArray<readonly [id: string, what: string, definition: string, text: string]> = [
  [
    'unknown',
    'a key that it does not know',
    '{"nokey":1,"other":{"a":[1,"x"]}}',
    '[{<<"nokey">>,1},{<<"other">>,#{<<"a">> => [1,<<"x">>]}}] are not recognised policy settings',
  ],
  ['ttl', 'a message-ttl that is no number', '{"message-ttl":"1"}', '<<"1">> is not a valid message TTL'],
  ['expires', 'an expires of nothing', '{"expires":0}', '0 is not a valid queue expiry'],
  ['length', 'a negative max-length', '{"max-length":-1}', '-1 is not a valid maximum length'],
  ['overflow', 'an overflow that it does not know', '{"overflow":"spill"}', '<<"spill">> is not a valid overflow value'],
  [
    'dead-letter',
    'a dead-letter-exchange that is no text',
    '{"dead-letter-exchange":true}',
    'true is not a valid dead letter exchange name',
  ],
  [
    'alternate',
    'an alternate-exchange that is no text',
    '{"alternate-exchange":null}',
    'null is not a valid alternate exchange name',
  ],
  [
    'first',
    'several mistakes by the first in the order of the keys',
    '{"overflow":"spill","max-length":-1,"nokey":1}',
    '-1 is not a valid maximum length',
  ],
  ['empty', 'a definition that says nothing', '{}', 'no policy provided'],
  [
    'mirrors',
    'the details of mirroring without ha-mode',
    '{"ha-sync-mode":"automatic"}',
    'ha-mode must be specified to specify ha-params, ha-sync-mode or ha-promote-on-shutdown',
  ],
  ['mirror-count', 'ha-mode exactly without a number', '{"ha-mode":"exactly"}', 'ha-mode="exactly" takes an integer, none given'],
];

for (const [id, what, definition, text] of VALIDATION) {
  claim(`policy.refused.${id}`, `set_policy refuses ${what}.`, { notebook: '09' }, async (t) => {
    const lines = await refusal(t, 69, 'set_policy', '-p', t.vhost, t.name('p'), '.', definition);
    assert.deepEqual(lines, ['Error:', 'Validation failed', text]);
  });
}

claim(
  'policy.refused.apply-to',
  'set_policy refuses to apply to anything but queues, exchanges or all.',
  { notebook: '09' },
  async (t) => {
    const lines = await refusal(t, 69, 'set_policy', '-p', t.vhost, '--apply-to', 'users', t.name('p'), '.', '{"max-length":1}');
    assert.deepEqual(lines, [
      'Error:',
      'Validation failed',
      "apply-to 'users' unrecognised; should be 'queues', 'exchanges' or 'all'",
    ]);
  },
);

claim(
  'policy.refused.pattern',
  'set_policy refuses a pattern that is no regular expression, and says where it goes wrong.',
  { notebook: '09' },
  async (t) => {
    for (const [pattern, reason] of [
      ['(', '{"missing )",1}'],
      ['[z-a]', `{"range out of order in character class",\n${' '.repeat(54)}3}`],
      ['a**', '{"nothing to repeat",2}'],
    ] as const) {
      const lines = await refusal(t, 69, 'set_policy', '-p', t.vhost, t.name('p'), pattern, '{"max-length":1}');
      const text = `pattern should be regular expression but is invalid: ${reason}`;
      assert.deepEqual(lines, ['Error:', 'Validation failed', ...text.split('\n')]);
    }
  },
);

claim('policy.refused.missing', 'clear_policy refuses a policy that does not exist.', { notebook: '09' }, async (t) => {
  assert.deepEqual(await refusal(t, 69, 'clear_policy', '-p', t.vhost, t.name('p')), ['Error:', 'Parameter does not exist']);
});
