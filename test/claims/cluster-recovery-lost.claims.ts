/**
 * The recoveries in which a node is lost for good: its disk is gone. A is rabbit1, B is rabbit2 and the home of the mirrored
 * queue, rabbit3 is the new machine.
 */
import { strict as assert } from 'node:assert';
import { bodies } from './harness/cluster-stage';
import { factsOf, scenario } from './harness/scenario';
import { mirroredPair, more } from './mirrored-pair';

const mirrorLost = scenario('A stops, then B, A is lost', { layout: 'pair' }, async (c) => {
  await mirroredPair(c);
  await c.node('rabbit1').stop();
  await more(c, 'rabbit2', bodies(10, 101));
  await c.node('rabbit2').stop();
  await c.node('rabbit1').loseDisk();
  await c.start('rabbit1');
  const blankFirst = await c.failedStart('rabbit2');
  await c.node('rabbit1').stop();
  await c.node('rabbit1').loseDisk();
  await c.start('rabbit2');
  const forget = await c.ctl('rabbit2', 'forget_cluster_node', 'rabbit1@localhost');
  const members = await c.members('rabbit2');
  const again = await c.ctl('rabbit2', 'forget_cluster_node', 'rabbit1@localhost');
  await c.join('rabbit3', 'rabbit2');
  const home = await c.untilMirrored('ha.q', 'rabbit3');
  const content = await c.drain('rabbit3', 'ha.q');
  await c.start('rabbit1');
  const blank = await c.members('rabbit1');
  return { blankFirst, forget, members, again, home, content, blank };
});
const third = factsOf(mirrorLost, '16');

third(
  'recovery.mirror-lost.blank-first',
  'Started first, with its empty disk, the lost node keeps the other from starting: they disagree about the members.',
  ({ blankFirst }) => {
    assert.match(blankFirst, /Error during startup: {error,\n {26}{inconsistent_cluster,\n/);
    assert.match(blankFirst, /^ {30}"Node rabbit2@localhost thinks it's clustered with node rabbit1@localhost, but rabbit1/m);
  },
);

third('recovery.mirror-lost.forget', 'forget_cluster_node of a node that is down says so, and ends with 0.', ({ forget }) =>
  assert.deepEqual(forget, { code: 0, out: 'Removing node rabbit1@localhost from the cluster', err: '' }),
);

third('recovery.mirror-lost.members', 'A forgotten node is no member any more.', ({ members }) =>
  assert.deepEqual(members, { disc: ['rabbit2'], ram: [], running: ['rabbit2'], partitions: {} }),
);

third('recovery.mirror-lost.forget-twice', 'Forgetting it again ends with 69: the node is not in the cluster.', ({ again }) => {
  assert.equal(again.code, 69);
  assert.match(again.err, /not_a_cluster_node, 'The node selected is not in the cluster\.'/);
});

third(
  'recovery.mirror-lost.new-mirror',
  'A new node that joins becomes a mirror by the policy, and is synchronised.',
  ({ home }) => assert.equal(home, 'rabbit2'),
);

third('recovery.mirror-lost.nothing-lost', 'All messages are there, through the new node too.', ({ content }) =>
  assert.deepEqual(content, bodies(110)),
);

third('recovery.mirror-lost.blank', 'The lost node starts with its empty disk as a cluster of its own.', ({ blank }) =>
  assert.deepEqual(blank, { disc: ['rabbit1'], ram: [], running: ['rabbit1'], partitions: {} }),
);

const homeLost = scenario('A stops, then B, B is lost', { layout: 'pair' }, async (c) => {
  await mirroredPair(c);
  await c.node('rabbit1').stop();
  await c.node('rabbit2').stop();
  await c.node('rabbit2').loseDisk();
  const online = await c.ctl('rabbit1', 'forget_cluster_node', 'rabbit2@localhost');
  const offline = await c.ctl('rabbit1', 'forget_cluster_node', '--offline', 'rabbit2@localhost');
  await c.start('rabbit1');
  const promoted = { members: await c.members('rabbit1'), queue: await c.queue('ha.q'), probe: await c.probe('rabbit1', 'ha.q') };
  const running = await c.ctl('rabbit1', 'forget_cluster_node', '--offline', 'rabbit2@localhost');
  await c.join('rabbit3', 'rabbit1');
  await c.untilMirrored('ha.q', 'rabbit3');
  // The same once more, with messages that the mirror never saw: rabbit1 is the home now, rabbit3 the mirror.
  await c.node('rabbit3').stop();
  const confirmed = await more(c, 'rabbit1', bodies(20, 101));
  await c.node('rabbit1').stop();
  await c.node('rabbit1').loseDisk();
  await c.ctl('rabbit3', 'forget_cluster_node', '--offline', 'rabbit1@localhost');
  await c.start('rabbit3');
  const content = await c.drain('rabbit3', 'ha.q');
  return { online, offline, promoted, running, confirmed, content };
});
const fourth = factsOf(homeLost, '16');

fourth('recovery.home-lost.online', 'forget_cluster_node on a node that is down itself ends with 69.', ({ online }) => {
  assert.equal(online.code, 69);
  assert.match(online.err, /unable to perform an operation on node 'rabbit1@localhost'/);
});

fourth(
  'recovery.home-lost.offline',
  'forget_cluster_node --offline works on the folder of a node that is down, and ends with 0.',
  ({ offline }) => {
    assert.equal(offline.code, 0);
    assert.match(
      offline.out,
      /Removing node rabbit2@localhost from the cluster\. Warning: quorum queues cannot be shrunk in offline mode/,
    );
  },
);

fourth(
  'recovery.home-lost.promoted',
  'After it A starts alone, and its mirror has become the home, with all messages.',
  ({ promoted }) => {
    assert.deepEqual(promoted.members, { disc: ['rabbit1'], ram: [], running: ['rabbit1'], partitions: {} });
    assert.deepEqual([promoted.queue?.node, promoted.probe], ['rabbit1', 'ready 100']);
  },
);

fourth('recovery.home-lost.offline-runs', 'forget_cluster_node --offline on a node that runs ends with 64.', ({ running }) => {
  assert.equal(running.code, 64);
  assert.match(running.err, /^Error: this command requires the target node to be stopped\./);
});

fourth(
  'recovery.home-lost.later-lost',
  'What was confirmed after the mirror had stopped is lost with the home.',
  ({ confirmed, content }) => {
    assert.deepEqual(new Set(confirmed), new Set(['ack']));
    assert.deepEqual(
      content.map((body) => body.replace('*', '')),
      bodies(100),
    );
  },
);

fourth('recovery.home-lost.redelivered', 'All messages of a promoted mirror are called redelivered.', ({ content }) =>
  assert.ok(content.every((body) => body.endsWith('*'))),
);

const wrongOrder = scenario('A stops, then B, B is lost, and A is forced', { layout: 'pair' }, async (c) => {
  await mirroredPair(c);
  await c.node('rabbit1').stop();
  await c.node('rabbit2').stop();
  const waiting = c.failedStart('rabbit1');
  await c.untilWaiting('rabbit1');
  const offline = await c.ctl('rabbit1', 'forget_cluster_node', '--offline', 'rabbit2@localhost');
  // A moment long it does not even have its tables open: that is another error.
  const online = await c.eventually(async () => {
    const said = await c.ctl('rabbit1', 'forget_cluster_node', 'rabbit2@localhost');
    assert.doesNotMatch(said.err, /offline_node_no_offline_flag/);
    return said;
  });
  const forced = await c.ctl('rabbit1', 'force_boot');
  await c.node('rabbit1').kill();
  await waiting;
  await c.start('rabbit1');
  const queue = await c.queue('ha.q');
  const probe = await c.probe('rabbit1', 'ha.q');
  const members = await c.members('rabbit1');
  const forget = await c.ctl('rabbit1', 'forget_cluster_node', 'rabbit2@localhost');
  const after = await c.probe('rabbit1', 'ha.q');
  return { offline, online, forced, queue, probe, members, forget, after };
});
const wrong = factsOf(wrongOrder, '16');

wrong('recovery.forced.waiting-offline', 'While A waits, forget_cluster_node --offline is refused with 64.', ({ offline }) =>
  assert.equal(offline.code, 64),
);

wrong(
  'recovery.forced.waiting-online',
  'While A waits, forget_cluster_node fails with 69: its tables are not there yet.',
  ({ online }) => {
    assert.equal(online.code, 69);
    assert.match(online.err, /failed_to_remove_node, :rabbit2@localhost, \{:no_exists, :rabbit_\w+\}/);
  },
);

wrong('recovery.forced.waiting-force', 'While A waits, force_boot is taken, for the next start.', ({ forced, members }) => {
  assert.equal(forced.code, 0);
  assert.deepEqual(members.running, ['rabbit1']);
});

wrong(
  'recovery.forced.down',
  'A start by force promotes no mirror: the queue is down with its lost home.',
  ({ queue, probe }) => {
    assert.deepEqual([queue?.state, queue?.node], ['down', 'rabbit2']);
    assert.equal(probe, "NOT_FOUND - home node 'rabbit2@localhost' of durable queue 'ha.q' in vhost '/' is down or inaccessible");
  },
);

wrong(
  'recovery.forced.deletes',
  'Forgetting the home after a start by force deletes the queue: all messages are lost.',
  ({ forget, after }) => {
    assert.equal(forget.code, 0);
    assert.equal(after, "NOT_FOUND - no queue 'ha.q' in vhost '/'");
  },
);

const neverSynchronised = scenario('A mirror that never was synchronised outlives its home', { layout: 'pair' }, async (c) => {
  await c.filled('rabbit2', 'ha.q', 100);
  await c.told('rabbit1', 'set_policy', 'ha', '^ha\\.', '{"ha-mode":"all","ha-sync-mode":"manual"}');
  await c.eventually(async () => assert.equal((await c.queue('ha.q'))?.mirrors?.length, 1));
  await more(c, 'rabbit2', bodies(7, 101));
  const before = await c.queue('ha.q');
  await c.node('rabbit1').stop();
  await c.node('rabbit2').stop();
  await c.node('rabbit2').loseDisk();
  await c.ctl('rabbit1', 'forget_cluster_node', '--offline', 'rabbit2@localhost');
  await c.start('rabbit1');
  return { before, content: await c.drain('rabbit1', 'ha.q') };
});
const unsynchronised = factsOf(neverSynchronised, '16');

unsynchronised(
  'recovery.unsynchronised.before',
  'A mirror that joins a queue with ha-sync-mode manual is not synchronised.',
  ({ before }) => assert.deepEqual(before?.mirrors, [{ node: 'rabbit1', synchronised: false }]),
);

unsynchronised(
  'recovery.unsynchronised.content',
  'forget --offline promotes it all the same: only what came after it joined is left.',
  ({ content }) =>
    assert.deepEqual(
      content.map((body) => body.replace('*', '')),
      bodies(7, 101),
    ),
);

const savedDisks = scenario('both are lost, and their disks were saved', { layout: 'pair' }, async (c) => {
  await mirroredPair(c);
  await c.node('rabbit3').stop();
  await c.node('rabbit1').stop();
  await c.node('rabbit2').stop();
  const [a, b] = [await c.node('rabbit1').copyDisk(), await c.node('rabbit2').copyDisk()];
  for (const node of ['rabbit1', 'rabbit2'] as const) await c.node(node).loseDisk();

  await c.node('rabbit2').useDisk(b);
  await c.start('rabbit2');
  const last = {
    members: await c.members('rabbit2'),
    forget: await c.ctl('rabbit2', 'forget_cluster_node', 'rabbit1@localhost'),
  };
  const lastContent = await c.drain('rabbit2', 'ha.q');
  await c.node('rabbit2').kill();

  await c.node('rabbit1').useDisk(a);
  await c.ctl('rabbit1', 'forget_cluster_node', '--offline', 'rabbit2@localhost');
  await c.start('rabbit1');
  const firstContent = await c.drain('rabbit1', 'ha.q');
  await c.node('rabbit1').kill();

  await c.node('rabbit3').useDisk(a);
  const otherName = await c.failedStart('rabbit3');
  return { last, lastContent, firstContent, otherName };
});
const fifth = factsOf(savedDisks, '16');

fifth('recovery.saved.last', 'The saved disk of the node that stopped last, under the same name, starts at once.', ({ last }) =>
  assert.deepEqual(last.members.running, ['rabbit2']),
);

fifth(
  'recovery.saved.last-forget',
  'There the other is forgotten as ever, and all messages are there.',
  ({ last, lastContent }) => {
    assert.equal(last.forget.code, 0);
    assert.equal(lastContent.length, 100);
  },
);

fifth(
  'recovery.saved.first',
  'The saved disk of the node that stopped first starts after forget --offline, with all messages.',
  ({ firstContent }) => assert.equal(firstContent.length, 100),
);

fifth(
  'recovery.saved.other-name',
  'A saved disk under another node name does not start: it could not connect to any nodes.',
  ({ otherName }) => assert.match(otherName, /Mnesia could not connect to any nodes\./),
);
