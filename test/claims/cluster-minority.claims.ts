/** Quorum queues that have lost their majority: what publishers hear that knew them before, and others; what basic.get says. */
import { strict as assert } from 'node:assert';
import { claim } from './harness/claim';
import { bodies } from './harness/cluster-stage';
import { factsOf, scenario } from './harness/scenario';

const QUORUM = { 'x-queue-type': 'quorum' };

// In this order the member that is left has not led.
const leaderless = scenario('a member of a quorum queue is killed, then its leader', { layout: 'three' }, async (c) => {
  await c.filled('rabbit1', 'qq', 2, QUORUM);
  const old = await c.confirmChannel('rabbit2');
  await c.publish(old, 'qq', ['before']);
  await c.node('rabbit3').kill();
  await c.untilRunning('rabbit2', 'rabbit1', 'rabbit2');
  await c.publish(old, 'qq', ['with two']);
  await c.node('rabbit1').kill();
  await c.untilRunning('rabbit2', 'rabbit2');
  const answers: string[] = [];
  const open = c.publish(old, 'qq', ['old']).then((said) => answers.push(...said));
  const young = await c.confirmChannel('rabbit2');
  const refused = [await c.publish(young, 'qq', ['young 1']), await c.publish(young, 'qq', ['young 2', 'young 3'])];
  const gets = {
    acked: await c.answer('rabbit2', (channel) => channel.get('qq')),
    unacked: await c.answer('rabbit2', (channel) => channel.get('qq', { noAck: true })),
  };
  const meanwhile = [...answers];
  await c.start('rabbit1');
  await open;
  await c.eventually(async () => assert.deepEqual(await c.publish(young, 'qq', ['later']), ['ack']));
  return { refused, gets, meanwhile, answers, content: await c.drain('rabbit2', 'qq') };
});
const minority = factsOf(leaderless, '13');

minority(
  'cluster.minority.get',
  'Without a majority basic.get of a quorum queue closes the connection with 541, at once.',
  ({ gets }) => {
    const nobody = "INTERNAL_ERROR - Cannot get a message from queue 'queue 'qq' in vhost '/'': nodedown";
    assert.deepEqual(gets, { acked: nobody, unacked: nobody });
  },
);

minority(
  'cluster.minority.new-channel',
  'A channel that first publishes after the leader has died, without a majority, is told basic.nack at once, each time.',
  ({ refused }) => assert.deepEqual(refused, [['nack'], ['nack', 'nack']]),
);

minority(
  'cluster.minority.old-channel',
  'Beside it a channel that had published before waits, and is confirmed when the majority is back.',
  ({ meanwhile, answers }) => assert.deepEqual([meanwhile, answers], [[], ['ack']]),
);

minority('cluster.minority.refused-gone', 'What was refused so is not in the queue later.', ({ content }) =>
  assert.deepEqual(
    content.map((body) => body.replace('*', '')),
    [...bodies(2), 'before', 'with two', 'old', 'later'],
  ),
);

interface Facts {
  readonly soon: Readonly<Record<string, string>>;
  readonly late: Readonly<Record<string, string>>;
  readonly content: readonly string[];
}

/** Seconds. */
const silent = { net_ticktime: 8 } as const;
const left = scenario(
  'all members of a quorum queue but its leader are killed',
  { layout: 'three', config: silent },
  async (c) => {
    await c.filled('rabbit1', 'qq', 1, QUORUM);
    const old = await c.confirmChannel('rabbit1');
    await c.publish(old, 'qq', ['before']);
    await Promise.all([c.node('rabbit2').kill(), c.node('rabbit3').kill()]);
    await c.untilRunning('rabbit1', 'rabbit1');
    const young = await c.confirmChannel('rabbit1');
    const answers: Record<string, string> = {};
    const open = [
      c.publish(old, 'qq', ['old']).then(([said]) => (answers.old = `${said}`)),
      c.publish(young, 'qq', ['young']).then(([said]) => (answers.young = `${said}`)),
    ];
    void c.answer('rabbit1', (channel) => channel.get('qq')).then((said) => (answers.get = said));
    await c.pass(2000);
    const soon = { ...answers };
    // RabbitMQ gives up five seconds after the tick time.
    await c.pass(1000 * (silent.net_ticktime + 8));
    const late = { ...answers };
    await c.start('rabbit2');
    await Promise.all(open);
    const content = await c.eventually(async () => {
      const all = await c.drain('rabbit1', 'qq');
      assert.ok(all.length > 0);
      return all;
    });
    return { soon, late, content };
  },
);

factsOf(left, '13')(
  'cluster.minority.leader-left',
  'Where the member that is left has led, a channel that publishes there first waits, too.',
  ({ soon }) => assert.deepEqual([soon.old, soon.young], [undefined, undefined]),
);

claim(
  'cluster.minority.leader-late',
  'It does not wait for ever as the other does, nor does basic.get, which is refused with 541.',
  {
    notebook: '13',
    scenario: left,
    differs:
      'RabbitMQ tries for net_ticktime and five seconds; Warren has no leader then: it refuses basic.get at once, no publish.',
  },
  async (t) => {
    const { soon, late, content } = (await t.factsOf(left)) as Facts;
    const real = t.engine === 'rabbitmq';
    assert.deepEqual([late.old, late.young], [undefined, real ? 'nack' : undefined]);
    assert.equal(content.map((body) => body.replace('*', '')).includes('young'), !real);
    assert.match(late.get ?? '', /^INTERNAL_ERROR - Cannot get a message from queue 'queue 'qq' in vhost '\/'': /);
    assert.match(late.get ?? '', real ? /\{timeout,\s+\{'%2F_qq',\s+rabbit1@localhost\}\}$/ : /nodedown$/);
    assert.equal(soon.get, real ? undefined : late.get);
  },
);
