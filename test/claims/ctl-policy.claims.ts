/** Policies, operator policies, parameters and limits, set and cleared by rabbitmqctl; what they do to queues that exist. */
import { strict as assert } from 'node:assert';
import type { ConfirmChannel } from 'amqplib';
import { fails, rows, told } from './commanding';
import { claim } from './harness/claim';
import type { ClaimContext } from './harness/context';

async function queueOf(t: ClaimContext): Promise<ConfirmChannel> {
  const ch = await t.confirmChannel();
  await ch.assertQueue(t.name('q'));
  return ch;
}

function setPolicy(t: ClaimContext, definition: object, ...more: string[]): Promise<string> {
  return told(t, 'set_policy', '-p', t.vhost, t.name('p'), `^${t.name('q')}$`, JSON.stringify(definition), ...more);
}

claim(
  'ctl.policy.list',
  'list_policies tells pattern, kind, definition and priority.',
  { notebook: '09', vhost: 'own' },
  async (t) => {
    await told(t, 'set_policy', '-p', t.vhost, 'p', '^a', '{"max-length":5}', '--priority', '3', '--apply-to', 'queues');
    assert.deepEqual(await rows(t, 'list_policies', '-p', t.vhost), [
      { vhost: t.vhost, name: 'p', pattern: '^a', 'apply-to': 'queues', definition: '{"max-length":5}', priority: 3 },
    ]);
  },
);

claim(
  'ctl.policy.live',
  'A policy works on a queue that exists: messages over its length go at once.',
  { notebook: '09' },
  async (t) => {
    const ch = await queueOf(t);
    for (const body of ['1', '2', '3']) await t.publish(ch, '', t.name('q'), body);
    await setPolicy(t, { 'max-length': 1 });
    await t.untilReady(ch, t.name('q'), 1);
    assert.deepEqual(await t.drain(ch, t.name('q')), ['3']);
  },
);

claim('ctl.policy.clear', 'A policy that is cleared limits no more.', { notebook: '09' }, async (t) => {
  const ch = await queueOf(t);
  await setPolicy(t, { 'max-length': 1, overflow: 'reject-publish' });
  await t.publish(ch, '', t.name('q'), '1');
  await t.eventually(async () => assert.equal(await t.publish(ch, '', t.name('q'), '2'), 'nack'));
  await told(t, 'clear_policy', '-p', t.vhost, t.name('p'));
  await t.eventually(async () => assert.equal(await t.publish(ch, '', t.name('q'), '3'), 'ack'));
});

claim('ctl.policy.ttl', 'A message-ttl of a policy expires messages as x-message-ttl does.', { notebook: '09' }, async (t) => {
  const ch = await queueOf(t);
  await setPolicy(t, { 'message-ttl': 100 });
  await t.publish(ch, '', t.name('q'), 'm');
  await t.advance(1000);
  await t.untilReady(ch, t.name('q'), 0);
});

claim(
  'ctl.policy.priority',
  'Of two policies that match, the one with the higher priority rules alone.',
  { notebook: '09' },
  async (t) => {
    const ch = await queueOf(t);
    await setPolicy(t, { 'max-length': 1 });
    await told(t, 'set_policy', '-p', t.vhost, t.name('p2'), `^${t.name('q')}$`, '{"max-length":2}', '--priority', '1');
    for (const body of ['1', '2', '3']) await t.publish(ch, '', t.name('q'), body);
    await t.untilReady(ch, t.name('q'), 2);
    const [row] = (await rows(t, 'list_queues', '-p', t.vhost, 'name', 'policy')).filter((one) => one.name === t.name('q'));
    assert.equal(row?.policy, t.name('p2'));
  },
);

claim('ctl.policy.exchanges', 'A policy with --apply-to exchanges does nothing to queues.', { notebook: '09' }, async (t) => {
  const ch = await queueOf(t);
  await setPolicy(t, { 'max-length': 1 }, '--apply-to', 'exchanges');
  for (const body of ['1', '2']) await t.publish(ch, '', t.name('q'), body);
  assert.equal(await t.ready(ch, t.name('q')), 2);
});

claim('ctl.policy.alternate', 'A policy gives an exchange an alternate exchange.', { notebook: '09' }, async (t) => {
  const ch = await t.confirmChannel();
  await ch.assertExchange(t.name('x'), 'direct');
  await ch.assertQueue(t.name('rest'), { exclusive: true });
  await ch.bindQueue(t.name('rest'), 'amq.fanout', '');
  await told(t, 'set_policy', '-p', t.vhost, t.name('p'), `^${t.name('x')}$`, '{"alternate-exchange":"amq.fanout"}');
  await t.eventually(async () => {
    await t.publish(ch, t.name('x'), 'nowhere', 'm');
    assert.ok((await t.ready(ch, t.name('rest'))) > 0);
  });
});

claim(
  'ctl.policy.unknown',
  'A setting that no policy has is refused with 69, and nothing changes.',
  { notebook: '09', vhost: 'own' },
  async (t) => {
    const text = 'Validation failed\n\n[{<<"nope">>,1}] are not recognised policy settings';
    await fails(t, 69, text, 'set_policy', '-p', t.vhost, 'p', '.*', '{"nope":1}');
    assert.deepEqual(await rows(t, 'list_policies', '-p', t.vhost), []);
  },
);

claim('ctl.policy.value', 'A value that is wrong for its setting is refused with 69.', { notebook: '09' }, async (t) => {
  const text = 'Validation failed\n\n<<"x">> is not a valid message TTL';
  await fails(t, 69, text, 'set_policy', '-p', t.vhost, 'p', '.*', '{"message-ttl":"x"}');
});

claim('ctl.policy.json', 'A definition that is no JSON is refused with 69.', { notebook: '09' }, async (t) => {
  await fails(t, 69, 'JSON decoding error. Reason: badarg', 'set_policy', '-p', t.vhost, 'p', '.*', 'max-length=1');
});

claim(
  'ctl.policy.missing',
  'Clearing a policy that does not exist ends with 69, setting one in no vhost with 65.',
  { notebook: '09' },
  async (t) => {
    await fails(t, 69, 'Parameter does not exist', 'clear_policy', '-p', t.vhost, t.name('none'));
    const vhost = t.name('none');
    await fails(t, 65, `Virtual host '${vhost}' does not exist`, 'set_policy', '-p', vhost, 'p', '.*', '{"max-length":1}');
  },
);

claim('ctl.policy.operator', 'Between policy and operator policy the smaller limit rules.', { notebook: '09' }, async (t) => {
  const ch = await queueOf(t);
  await setPolicy(t, { 'max-length': 5 });
  await told(
    t,
    'set_operator_policy',
    '-p',
    t.vhost,
    t.name('op'),
    `^${t.name('q')}$`,
    '{"max-length":2}',
    '--apply-to',
    'queues',
  );
  for (const body of ['1', '2', '3']) await t.publish(ch, '', t.name('q'), body);
  await t.untilReady(ch, t.name('q'), 2);
});

claim(
  'ctl.policy.operator-settings',
  'An operator policy may only limit: a dead letter exchange is refused.',
  { notebook: '09' },
  async (t) => {
    const text = 'Validation failed\n\n[{<<"dead-letter-exchange">>,<<"x">>}] are not recognised policy settings';
    await fails(t, 69, text, 'set_operator_policy', '-p', t.vhost, 'op', '.*', '{"dead-letter-exchange":"x"}');
  },
);

claim(
  'ctl.vhost-limits.queues',
  'max-queues of a vhost refuses one queue more with 406.',
  { notebook: '09', vhost: 'own' },
  async (t) => {
    await told(t, 'set_vhost_limits', '-p', t.vhost, '{"max-queues":1}');
    const ch = await t.channel();
    await ch.assertQueue('one');
    await t.refused(
      ch.assertQueue('two'),
      406,
      "PRECONDITION_FAILED - cannot declare queue 'two': queue limit in vhost '{vhost}' (1) is reached",
    );
    await told(t, 'clear_vhost_limits', '-p', t.vhost);
    await (await t.channel()).assertQueue('two');
  },
);

claim(
  'ctl.vhost-limits.connections',
  'max-connections of a vhost refuses one connection more with 530.',
  { notebook: '09', vhost: 'own' },
  async (t) => {
    await told(t, 'set_vhost_limits', '-p', t.vhost, '{"max-connections":0}');
    const wire = await t.wire({ upTo: 'open' });
    const text = `NOT_ALLOWED - access to vhost '${t.vhost}' refused for user 'guest': connection limit (0) is reached`;
    await wire.expectConnectionClose(530, text, 'connection.open');
    await told(t, 'clear_vhost_limits', '-p', t.vhost);
  },
);

claim(
  'ctl.vhost-limits.list',
  'The limits of a vhost are a parameter: list_vhost_limits and list_parameters tell the same.',
  { notebook: '09', vhost: 'own' },
  async (t) => {
    await told(t, 'set_vhost_limits', '-p', t.vhost, '{"max-queues":7,"max-connections":3}');
    const limits = '{"max-connections":3,"max-queues":7}';
    assert.equal(await told(t, 'list_vhost_limits', '-p', t.vhost), limits);
    assert.deepEqual(await rows(t, 'list_parameters', '-p', t.vhost), [
      { component: 'vhost-limits', name: 'limits', value: limits },
    ]);
  },
);

claim('ctl.user-limits.channels', 'max-channels of a user refuses one channel more with 530.', { notebook: '09' }, async (t) => {
  const login = await t.user({ read: '.*' });
  await told(t, 'set_user_limits', login.user, '{"max-channels":1}');
  const connection = await t.connect(login);
  await t.channel(connection);
  await t.refused(
    t.channel(connection),
    530,
    `NOT_ALLOWED - number of channels opened for user '${login.user}' has reached the maximum allowed user limit of (1)`,
  );
});

claim(
  'ctl.user-limits.merge',
  'set_user_limits adds to the limits that a user has; clear_user_limits takes one or all.',
  { notebook: '09' },
  async (t) => {
    const { user } = await t.user();
    await told(t, 'set_user_limits', user, '{"max-channels":5}');
    await told(t, 'set_user_limits', user, '{"max-connections":2}');
    assert.equal(await told(t, 'list_user_limits', '--user', user), '{"max-channels":5,"max-connections":2}');
    await told(t, 'clear_user_limits', user, 'max-channels');
    assert.equal(await told(t, 'list_user_limits', '--user', user), '{"max-connections":2}');
    await told(t, 'clear_user_limits', user, 'all');
    assert.equal(await told(t, 'list_user_limits', '--user', user), '{}');
  },
);

claim(
  'ctl.parameter.component',
  'A parameter of a component that does not exist is refused with 69.',
  { notebook: '09' },
  async (t) => {
    await fails(t, 69, 'Validation failed\n\ncomponent nosuch not found', 'set_parameter', '-p', t.vhost, 'nosuch', 'n', '1');
  },
);

claim('ctl.parameter.policy', 'Policies are parameters, but set_parameter does not set them.', { notebook: '09' }, async (t) => {
  const text = 'policies may not be set using this method';
  await fails(t, 69, text, 'set_parameter', '-p', t.vhost, 'policy', 'p', '{"pattern":"a","definition":{"max-length":1}}');
});

claim('ctl.parameter.global', 'A global parameter keeps any JSON until it is cleared.', { notebook: '09' }, async (t) => {
  const name = t.name('g');
  const value = async (): Promise<unknown> => (await rows(t, 'list_global_parameters')).find((row) => row.name === name)?.value;
  await told(t, 'set_global_parameter', name, '{"b": [1, null], "a": "x"}');
  assert.equal(await value(), '{"a":"x","b":[1,null]}');
  await told(t, 'clear_global_parameter', name);
  assert.equal(await value(), undefined);
  await fails(t, 69, 'Parameter does not exist', 'clear_global_parameter', name);
});
