/** Members that leave: reset, forget_cluster_node, force_reset, renaming, and nodes that disagree about who is a member. */
import { strict as assert } from 'node:assert';
import { bodies } from './harness/cluster-stage';
import { factsOf, scenario } from './harness/scenario';

const leaving = scenario('members leave', { layout: 'three' }, async (c) => {
  await c.filled('rabbit3', 'home.3', 3);
  const forgetRunning = await c.ctl('rabbit1', 'forget_cluster_node', 'rabbit3@localhost');
  const forgetSelf = await c.ctl('rabbit1', 'forget_cluster_node', 'rabbit1@localhost');
  const stranger = await c.ctl('rabbit1', 'forget_cluster_node', 'rabbit9@localhost');
  const forceBootRuns = await c.ctl('rabbit1', 'force_boot');
  await c.told('rabbit3', 'stop_app');
  const reset = await c.ctl('rabbit3', 'reset');
  const afterReset = await c.members('rabbit1');
  await c.told('rabbit3', 'start_app');
  const alone = await c.members('rabbit3');
  const blank = await c.probe('rabbit3', 'home.3');
  const gone = await c.probe('rabbit1', 'home.3');

  await c.join('rabbit3', 'rabbit1');
  await c.told('rabbit3', 'stop_app');
  const forget = await c.ctl('rabbit1', 'forget_cluster_node', 'rabbit3@localhost');
  const start = await c.ctl('rabbit3', 'start_app');
  const repair = await c.ctl('rabbit3', 'reset');
  await c.told('rabbit3', 'start_app');
  const repaired = await c.members('rabbit3');

  await c.join('rabbit3', 'rabbit1');
  await c.told('rabbit3', 'stop_app');
  await c.told('rabbit1', 'forget_cluster_node', 'rabbit3@localhost');
  const join = await c.ctl('rabbit3', 'join_cluster', 'rabbit1@localhost');
  await c.told('rabbit3', 'reset');
  await c.told('rabbit3', 'start_app');

  await c.join('rabbit3', 'rabbit1');
  await c.told('rabbit3', 'stop_app');
  const forceReset = await c.ctl('rabbit3', 'force_reset');
  const stillMember = await c.members('rabbit1');
  const disagree = await c.ctl('rabbit3', 'join_cluster', 'rabbit1@localhost');
  await c.told('rabbit1', 'forget_cluster_node', 'rabbit3@localhost');
  const joinAfter = await c.ctl('rabbit3', 'join_cluster', 'rabbit1@localhost');
  await c.told('rabbit3', 'start_app');
  const seed = await c.ctl('rabbit3', 'update_cluster_nodes', 'rabbit1@localhost');
  const one = { forgetRunning, forgetSelf, stranger, forceBootRuns, reset, afterReset, alone, blank, gone, forget, start, join };
  return { ...one, repair, repaired, forceReset, stillMember, disagree, joinAfter, seed };
});
const fact = factsOf(leaving, '10');

fact(
  'cluster.members.forget-running',
  'forget_cluster_node of a node that runs ends with 69 and says to stop it there.',
  ({ forgetRunning }) => {
    assert.equal(forgetRunning.code, 69);
    assert.match(
      forgetRunning.err,
      /RabbitMQ on node rabbit3@localhost must be stopped with 'rabbitmqctl -n rabbit3@localhost stop_app' before/,
    );
  },
);

fact('cluster.members.forget-itself', 'A node that runs cannot be forgotten by itself either: 69.', ({ forgetSelf }) => {
  assert.equal(forgetSelf.code, 69);
  assert.match(forgetSelf.err, /RabbitMQ on node rabbit1@localhost must be stopped/);
});

fact('cluster.members.forget-stranger', 'forget_cluster_node of a stranger ends with 69.', ({ stranger }) => {
  assert.equal(stranger.code, 69);
  assert.match(stranger.err, /\{:not_a_cluster_node, 'The node selected is not in the cluster\.'\}/);
});

fact('cluster.members.force-boot-runs', 'force_boot on a node whose application runs ends with 64.', ({ forceBootRuns }) => {
  assert.equal(forceBootRuns.code, 64);
  assert.match(forceBootRuns.err, /^Error: this command requires the 'rabbit' app to be stopped on the target node\./);
});

fact(
  'cluster.members.reset',
  'reset takes a stopped member out of its cluster: the others forget it.',
  ({ reset, afterReset }) => {
    assert.equal(reset.code, 0);
    assert.deepEqual([...afterReset.disc].sort(), ['rabbit1', 'rabbit2']);
  },
);

fact('cluster.members.reset-blank', 'A node that was reset starts blank, as a cluster of its own.', ({ alone, blank }) => {
  assert.deepEqual(alone, { disc: ['rabbit3'], ram: [], running: ['rabbit3'], partitions: {} });
  assert.equal(blank, "NOT_FOUND - no queue 'home.3' in vhost '/'");
});

fact('cluster.members.reset-queues', 'Queues whose home was reset are gone from the cluster as well.', ({ gone }) =>
  assert.equal(gone, "NOT_FOUND - no queue 'home.3' in vhost '/'"),
);

fact(
  'cluster.members.forgotten-start',
  'A forgotten node cannot start: it thinks that it is clustered, and the others disagree.',
  ({ forget, start }) => {
    assert.equal(forget.code, 0);
    assert.equal(start.code, 69);
    assert.match(
      start.err,
      /inconsistent_cluster, 'Node rabbit3@localhost thinks it\\'s clustered with node (rabbit\d@localhost), but \1 disagrees'/,
    );
  },
);

fact('cluster.members.forgotten-join', 'It may join again without a reset: join_cluster ends with 0.', ({ join }) =>
  assert.equal(join.code, 0),
);

fact(
  'cluster.members.forgotten-reset',
  'reset repairs a forgotten node: it starts as a cluster of its own.',
  ({ repair, repaired }) => {
    assert.equal(repair.code, 0);
    assert.deepEqual(repaired.disc, ['rabbit3']);
  },
);

fact(
  'cluster.members.force-reset',
  'force_reset tells nobody: the others take the node for a member still.',
  ({ forceReset, stillMember }) => {
    assert.deepEqual(forceReset, { code: 0, out: 'Forcefully resetting node rabbit3@localhost ...', err: '' });
    assert.equal(stillMember.disc.length, 3);
  },
);

fact(
  'cluster.members.force-reset-join',
  'A node that was reset by force cannot join until it is forgotten: 69.',
  ({ disagree, joinAfter }) => {
    assert.equal(disagree.code, 69);
    assert.match(
      disagree.err,
      /inconsistent_cluster, 'Node rabbit1@localhost thinks it\\'s clustered with node (rabbit3@localhost), but \1 disagrees'/,
    );
    assert.equal(joinAfter.code, 0);
  },
);

fact('cluster.members.update-runs', 'update_cluster_nodes on a node whose application runs ends with 64.', ({ seed }) => {
  assert.equal(seed.code, 64);
  assert.match(seed.err, /^Error: this command requires the 'rabbit' app to be stopped on the target node\./);
});

const renaming = scenario('nodes are renamed', { layout: 'pair' }, async (c) => {
  await c.filled('rabbit3', 'alone', 5);
  await c.filled('rabbit2', 'moved', 4);
  const runs = await c.ctl('rabbit3', 'rename_cluster_node', 'rabbit3@localhost', 'rabbit4@localhost');
  await c.node('rabbit3').stop();
  await c.node('rabbit3').loseDisk();
  await c.node('rabbit2').stop();
  const few = await c.ctl('rabbit2', 'rename_cluster_node', 'rabbit2@localhost');
  const rename = await c.ctl('rabbit2', 'rename_cluster_node', 'rabbit2@localhost', 'rabbit3@localhost');
  const again = await c.ctl('rabbit2', 'rename_cluster_node', 'rabbit2@localhost', 'rabbit3@localhost');
  await c.node('rabbit3').useDisk(await c.node('rabbit2').copyDisk());
  const complaint = await c.failedStart('rabbit3');
  const members = await c.members('rabbit1');
  const queue = await c.queue('moved');
  const content = complaint === '' ? await c.drain('rabbit1', 'moved') : [];
  return { runs, few, rename, again, complaint, members, queue, content };
});
const renamed = factsOf(renaming, '16');

renamed('cluster.rename.runs', 'rename_cluster_node while the node runs ends with 64.', ({ runs }) => {
  assert.equal(runs.code, 64);
  assert.match(runs.err, /^Error: this command requires the target node to be stopped\./);
});

renamed('cluster.rename.arguments', 'rename_cluster_node wants pairs of names: 64.', ({ few }) => {
  assert.equal(few.code, 64);
  assert.match(few.err, /not enough arguments/);
});

renamed(
  'cluster.rename.says',
  'rename_cluster_node on a stopped node tells the old and the new name, and ends with 0.',
  ({ rename }) => {
    assert.equal(rename.code, 0);
    assert.match(rename.out, /Renaming cluster nodes:\s+rabbit2@localhost -> rabbit3@localhost/);
  },
);

renamed('cluster.rename.twice', 'A second renaming before the start ends with 69: one is in progress.', ({ again }) => {
  assert.equal(again.code, 69);
  assert.match(again.err, /rename_in_progress, 'Restart node under old name to roll back'/);
});

renamed(
  'cluster.rename.members',
  'Once it has started under its new name the others know it by that, and no more by the old.',
  ({ complaint, members }) => {
    assert.equal(complaint, '');
    assert.deepEqual([...members.disc].sort(), ['rabbit1', 'rabbit3']);
    assert.deepEqual([...members.running].sort(), ['rabbit1', 'rabbit3']);
  },
);

renamed('cluster.rename.queue', 'Its queues have moved to the new name with all their messages.', ({ queue, content }) => {
  assert.equal(queue?.node, 'rabbit3');
  assert.deepEqual(content, bodies(4));
});
