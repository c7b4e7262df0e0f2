/** Limits of vhosts and users: what is counted, when it is refused, and in which words. */
import { strict as assert } from 'node:assert';
import { claim } from './harness/claim';
import { refusal, run } from './ruling';

const OWN = { notebook: '09', vhost: 'own' } as const;

claim('limits.vhost.connections', 'At max-connections of a vhost one connection more is refused with 530.', OWN, async (t) => {
  await run(t, 'set_vhost_limits', '-p', t.vhost, '{"max-connections":2}');
  await t.connect();
  await t.connect();
  await t.eventually(async () => {
    const wire = await t.wire({ upTo: 'open' });
    await wire.expectConnectionClose(
      530,
      `NOT_ALLOWED - access to vhost '${t.vhost}' refused for user 'guest': connection limit (2) is reached`,
    );
  });
});

claim('limits.vhost.connections.room', 'A connection that ends makes room for another.', OWN, async (t) => {
  await run(t, 'set_vhost_limits', '-p', t.vhost, '{"max-connections":1}');
  await (await t.connect()).close();
  await t.eventually(async () => {
    await t.connect();
  });
});

claim('limits.vhost.connections.standing', 'A lower limit closes no connection that is open.', OWN, async (t) => {
  const ch = await t.channel(await t.connect());
  await t.channel(await t.connect());
  await run(t, 'set_vhost_limits', '-p', t.vhost, '{"max-connections":1}');
  await ch.assertQueue(t.name('q'), { exclusive: true });
});

claim('limits.vhost.connections.none', 'max-connections 0 lets nobody into the vhost.', OWN, async (t) => {
  await run(t, 'set_vhost_limits', '-p', t.vhost, '{"max-connections":0}');
  const wire = await t.wire({ upTo: 'open' });
  await wire.expectConnectionClose(
    530,
    `NOT_ALLOWED - access to vhost '${t.vhost}' refused for user 'guest': connection limit (0) is reached`,
  );
});

claim('limits.vhost.negative', 'A negative limit is none.', OWN, async (t) => {
  await run(t, 'set_vhost_limits', '-p', t.vhost, '{"max-connections":-1,"max-queues":-1}');
  await (await t.channel()).assertQueue(t.name('q'));
});

claim('limits.vhost.queues', 'At max-queues of a vhost a further queue is refused with 406.', OWN, async (t) => {
  const ch = await t.channel();
  await ch.assertQueue(t.name('a'));
  await run(t, 'set_vhost_limits', '-p', t.vhost, '{"max-queues":1}');
  await t.refused(
    ch.assertQueue(t.name('b')),
    406,
    "PRECONDITION_FAILED - cannot declare queue '{b}': queue limit in vhost '{vhost}' (1) is reached",
  );
});

claim('limits.vhost.queues.known', 'At max-queues a queue that exists may be declared again.', OWN, async (t) => {
  const ch = await t.channel();
  await ch.assertQueue(t.name('a'));
  await run(t, 'set_vhost_limits', '-p', t.vhost, '{"max-queues":1}');
  await ch.assertQueue(t.name('a'));
});

claim('limits.vhost.queues.exclusive', 'Exclusive queues count as others do.', OWN, async (t) => {
  const ch = await t.channel();
  await ch.assertQueue(t.name('a'), { exclusive: true });
  await run(t, 'set_vhost_limits', '-p', t.vhost, '{"max-queues":1}');
  await t.refused(ch.assertQueue(t.name('b'), { exclusive: true }), 406, /queue limit in vhost '.*' \(1\) is reached$/);
});

claim('limits.vhost.queues.first', 'The limit of queues is told before what is wrong with the arguments.', OWN, async (t) => {
  await run(t, 'set_vhost_limits', '-p', t.vhost, '{"max-queues":0}');
  await t.refused(
    (await t.channel()).assertQueue(t.name('b'), { messageTtl: -1 }),
    406,
    /queue limit in vhost '.*' \(0\) is reached$/,
  );
});

claim('limits.vhost.cleared', 'clear_vhost_limits takes all limits away.', OWN, async (t) => {
  await run(t, 'set_vhost_limits', '-p', t.vhost, '{"max-queues":0}');
  await run(t, 'clear_vhost_limits', '-p', t.vhost);
  await (await t.channel()).assertQueue(t.name('q'));
});

claim('limits.vhost.replaced', 'set_vhost_limits replaces all limits of the vhost.', OWN, async (t) => {
  await run(t, 'set_vhost_limits', '-p', t.vhost, '{"max-queues":0}');
  await run(t, 'set_vhost_limits', '-p', t.vhost, '{"max-connections":5}');
  await (await t.channel()).assertQueue(t.name('q'));
});

claim(
  'limits.vhost.refused',
  'set_vhost_limits refuses limits that it does not know and values that are no whole numbers.',
  OWN,
  async (t) => {
    const lines = await refusal(t, 69, 'set_vhost_limits', '-p', t.vhost, '{"max-queues":"a","max-connections":1.5,"x":2}');
    assert.deepEqual(lines, [
      'Error:',
      'Validation failed',
      'Unrecognised terms [{<<"x">>,2}] in limits',
      'max-queues should be a number, actually was <<"a">>',
      'max-connections should be a number, actually was 1.5',
    ]);
  },
);

claim('limits.vhost.parameter', 'The limits of a vhost are a runtime parameter.', OWN, async (t) => {
  await run(t, 'set_parameter', '-p', t.vhost, 'vhost-limits', 'limits', '{"max-queues":0}');
  await t.refused((await t.channel()).assertQueue(t.name('q')), 406, /queue limit in vhost '.*' \(0\) is reached$/);
  await run(t, 'clear_vhost_limits', '-p', t.vhost);
});

const EVERYTHING = { configure: '.*', write: '.*', read: '.*' };

claim(
  'limits.user.connections',
  'At max-connections of a user one connection more is refused with 530.',
  { notebook: '09' },
  async (t) => {
    const login = await t.user(EVERYTHING);
    await run(t, 'set_user_limits', login.user, '{"max-connections":1}');
    await t.connect(login);
    await t.eventually(async () => {
      const wire = await t.wire({ upTo: 'open', user: login.user, password: login.password });
      await wire.expectConnectionClose(
        530,
        `NOT_ALLOWED - connection refused for user '${login.user}': user connection limit (1) is reached`,
      );
    });
  },
);

claim(
  'limits.user.channels',
  'At max-channels of a user, over all its connections, one channel more is refused with 530.',
  { notebook: '09' },
  async (t) => {
    const login = await t.user(EVERYTHING);
    await run(t, 'set_user_limits', login.user, '{"max-channels":2}');
    const first = await t.connect(login);
    await t.channel(first);
    await t.channel(first);
    const opened = `number of channels opened for user '${login.user}'`;
    const text = `NOT_ALLOWED - ${opened} has reached the maximum allowed user limit of (2)`;
    await t.eventually(async () => {
      const wire = await t.wire({ user: login.user, password: login.password });
      wire.send('channel.open', 1, {});
      await wire.expectConnectionClose(530, text);
    });
  },
);

claim(
  'limits.user.merged',
  'set_user_limits adds to the limits that the user has, clear_user_limits takes one or all away.',
  { notebook: '09' },
  async (t) => {
    const { user } = await t.user(EVERYTHING);
    const listed = async (): Promise<string> => (await run(t, 'list_user_limits', '-q', '--user', user)).stdout.trim();
    await run(t, 'set_user_limits', user, '{"max-channels":2}');
    await run(t, 'set_user_limits', user, '{"max-connections":3}');
    assert.equal(await listed(), '{"max-channels":2,"max-connections":3}');
    await run(t, 'clear_user_limits', user, 'max-channels');
    assert.equal(await listed(), '{"max-connections":3}');
    await run(t, 'clear_user_limits', user, 'all');
    assert.equal(await listed(), '{}');
  },
);

claim(
  'limits.user.refused',
  'set_user_limits refuses limits that it does not know, values that are no whole numbers, and missing users.',
  { notebook: '09' },
  async (t) => {
    const { user } = await t.user();
    assert.deepEqual(await refusal(t, 69, 'set_user_limits', user, '{"max-connections":"a"}'), [
      'Error:',
      'max-connections should be a number, actually was <<"a">>',
    ]);
    assert.deepEqual(await refusal(t, 69, 'set_user_limits', user, '{"max-queues":1}'), [
      'Error:',
      'Unrecognised terms [{<<"max-queues">>,1}] in user-limits',
    ]);
    assert.deepEqual(await refusal(t, 69, 'set_user_limits', t.name('nobody'), '{"max-connections":1}'), [
      'Error:',
      `{:no_such_user, "${t.name('nobody')}"}`,
    ]);
  },
);
