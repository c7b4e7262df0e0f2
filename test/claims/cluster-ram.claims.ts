/** RAM nodes: a cluster whose only disc node is down can do everything, and forgets what it did if it stops. */
import { strict as assert } from 'node:assert';
import { bodies } from './harness/cluster-stage';
import { factsOf, scenario } from './harness/scenario';

const onlyDisc = scenario('the only disc node is killed', { layout: 'ram' }, async (c) => {
  await c.told('rabbit1', 'set_policy', 'ha', '^ha\\.', '{"ha-mode":"all","ha-sync-mode":"automatic"}');
  await c.filled('rabbit1', 'ha.q', 5);
  await c.untilMirrored('ha.q', 'rabbit2', 'rabbit3');
  await c.filled('rabbit1', 'before', 2);
  await c.told('rabbit1', 'stop_app');
  const reset = await c.ctl('rabbit1', 'reset');
  const change = await c.ctl('rabbit1', 'change_cluster_node_type', 'ram');
  await c.told('rabbit1', 'start_app');
  await c.node('rabbit1').kill();
  await c.eventually(async () => assert.equal((await c.members('rabbit2')).running.length, 2));

  const members = await c.members('rabbit2');
  const made = {
    durable: await c.answer('rabbit2', (ch) => ch.assertQueue('made.durable', { durable: true })),
    transient: await c.answer('rabbit3', (ch) => ch.assertQueue('made.transient', { durable: false })),
    exclusive: await c.answer('rabbit3', (ch) => ch.assertQueue('', { exclusive: true })),
    exchange: await c.answer('rabbit3', (ch) => ch.assertExchange('made.x', 'topic')),
    bind: await c.answer('rabbit2', (ch) => ch.bindQueue('made.durable', 'made.x', '#')),
    unbind: await c.answer('rabbit3', (ch) => ch.unbindQueue('made.durable', 'made.x', '#')),
    delete: await c.answer('rabbit2', (ch) => ch.deleteQueue('made.transient')),
  };
  const quorum = await c.answer('rabbit2', (ch) => ch.assertQueue('made.quorum', { arguments: { 'x-queue-type': 'quorum' } }));
  const commands = [
    await c.ctl('rabbit2', 'add_user', 'made', 'made'),
    await c.ctl('rabbit3', 'add_vhost', 'made'),
    await c.ctl('rabbit2', 'set_permissions', '-p', 'made', 'made', '.*', '.*', '.*'),
    await c.ctl('rabbit3', 'set_policy', 'made', '^made', '{"max-length":100}'),
  ];
  const publisher = await c.confirmChannel('rabbit3');
  const confirmed = await c.publish(publisher, 'made.durable', bodies(3));
  const stillThere = await c.probe('rabbit2', 'made.durable');
  const mirrored = await c.probe('rabbit3', 'ha.q');
  const mirroredHome = (await c.queue('ha.q'))?.node;
  await c.told('rabbit3', 'stop_app');
  const restart = await c.ctl('rabbit3', 'start_app');
  const afterRestart = await c.probe('rabbit3', 'made.durable');

  await Promise.all([c.node('rabbit2').kill(), c.node('rabbit3').kill()]);
  const ramAlone = await c.failedStart('rabbit2');
  await c.start('rabbit1');
  const disc = { members: await c.members('rabbit1'), before: await c.probe('rabbit1', 'before') };
  const forgotten = await c.probe('rabbit1', 'made.durable');
  const users = await c.told('rabbit1', 'list_users');
  await c.start('rabbit2', 'rabbit3');
  const whole = await c.members('rabbit1');
  const ramSees = await c.probe('rabbit2', 'before');
  const one = { reset, change, members, made, quorum, commands, confirmed, stillThere, mirrored, mirroredHome, restart };
  return { ...one, afterRestart, ramAlone, disc, forgotten, users, whole, ramSees };
});
const fact = factsOf(onlyDisc, '10');
const ONLY_DISC = "{:resetting_only_disc_node, 'You cannot reset a node when it is the only disc node in a cluster. Please ";

fact('cluster.ram.reset', 'The only disc node of a cluster cannot be reset: 69.', ({ reset }) => {
  assert.equal(reset.code, 69);
  assert.ok(reset.err.includes(ONLY_DISC), reset.err);
});

fact('cluster.ram.change', 'Nor can it become a RAM node: 69.', ({ change }) => {
  assert.equal(change.code, 69);
  assert.ok(change.err.includes(ONLY_DISC), change.err);
});

fact('cluster.ram.runs', 'With the only disc node down the RAM nodes run on.', ({ members }) => {
  assert.deepEqual(members.disc, ['rabbit1']);
  assert.deepEqual([...members.running].sort(), ['rabbit2', 'rabbit3']);
});

fact('cluster.ram.queues', 'Queues can be declared and deleted without a disc node: durable, transient, exclusive.', ({ made }) =>
  assert.deepEqual([made.durable, made.transient, made.exclusive, made.delete], ['ok', 'ok', 'ok', 'ok']),
);

fact('cluster.ram.quorum', 'Even a quorum queue can.', ({ quorum }) => assert.equal(quorum, 'ok'));

fact('cluster.ram.exchanges', 'Exchanges can be declared, queues bound and unbound without a disc node.', ({ made }) =>
  assert.deepEqual([made.exchange, made.bind, made.unbind], ['ok', 'ok', 'ok']),
);

fact('cluster.ram.commands', 'Users, virtual hosts, permissions and policies can be made without a disc node.', ({ commands }) =>
  assert.deepEqual(
    commands.map(({ code }) => code),
    [0, 0, 0, 0],
  ),
);

fact('cluster.ram.publish', 'Clients connect, publish and get confirms without a disc node.', ({ confirmed, stillThere }) => {
  assert.deepEqual(confirmed, ['ack', 'ack', 'ack']);
  assert.equal(stillThere, 'ready 3');
});

fact(
  'cluster.ram.mirrored',
  'A mirrored queue whose home was the disc node goes on at a RAM node.',
  ({ mirrored, mirroredHome }) => {
    assert.equal(mirrored, 'ready 5');
    assert.notEqual(mirroredHome, 'rabbit1');
  },
);

fact(
  'cluster.ram.restart',
  'A RAM node may stop and start its application while another RAM node runs.',
  ({ restart, afterRestart }) => {
    assert.equal(restart.code, 0);
    assert.match(afterRestart, /^ready/);
  },
);

fact(
  'cluster.ram.alone',
  'With all down a RAM node cannot start alone: it has its definitions from the others.',
  ({ ramAlone }) => assert.match(ramAlone, /Mnesia could not connect to any nodes\./),
);

fact('cluster.ram.disc-alone', 'The disc node starts alone, with what there was when it went down.', ({ disc }) => {
  assert.deepEqual(disc.members.running, ['rabbit1']);
  assert.equal(disc.before, 'ready 2');
});

fact(
  'cluster.ram.forgotten',
  'What was made while it was down is gone: durable queues and users too.',
  ({ forgotten, users }) => {
    assert.equal(forgotten, "NOT_FOUND - no queue 'made.durable' in vhost '/'");
    assert.doesNotMatch(users, /^made\t/m);
  },
);

fact('cluster.ram.whole', 'RAM nodes start once the disc node runs, and have its definitions.', ({ whole, ramSees }) => {
  assert.deepEqual([[...whole.ram].sort(), whole.running.length], [['rabbit2', 'rabbit3'], 3]);
  assert.equal(ramSees, 'ready 2');
});
