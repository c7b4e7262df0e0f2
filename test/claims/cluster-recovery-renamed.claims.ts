/** Recoveries under another name: a home is lost, and what is left of its mirror, or the home itself, goes on as rabbit3. */
import { strict as assert } from 'node:assert';
import { claim } from './harness/claim';
import type { ClusterStage, NodeName, Said } from './harness/cluster-stage';
import { factsOf, scenario } from './harness/scenario';
import { mirroredPair } from './mirrored-pair';

/** What a node that runs alone knows of the mirrored queue. */
async function seen(c: ClusterStage, node: NodeName) {
  const queue = await c.queue('ha.q');
  return { members: (await c.members(node)).disc, home: queue?.node, state: queue?.state, probe: await c.probe(node, 'ha.q') };
}

/** Both are stopped in order, the mirror first, and rabbit3 is no more than a machine. */
async function bothStopped(c: ClusterStage): Promise<void> {
  await mirroredPair(c);
  await c.node('rabbit3').stop();
  await c.node('rabbit3').loseDisk();
  await c.node('rabbit1').stop();
  await c.node('rabbit2').stop();
}

/** The folder of a node that is down becomes rabbit3's. */
async function renamed(c: ClusterStage, node: NodeName): Promise<void> {
  const { code, err } = await c.ctl(node, 'rename_cluster_node', `${node}@localhost`, 'rabbit3@localhost');
  assert.equal(code, 0, err);
  await c.node('rabbit3').useDisk(await c.node(node).copyDisk());
}

const forgotten = (c: ClusterStage, on: NodeName, lost: NodeName): Promise<Said> =>
  c.ctl(on, 'forget_cluster_node', '--offline', `${lost}@localhost`);

const mirrorRenamed = scenario('the home is lost, and its mirror is renamed', { layout: 'pair' }, async (c) => {
  await bothStopped(c);
  await c.node('rabbit2').loseDisk();
  const saved = await c.node('rabbit1').copyDisk();

  await forgotten(c, 'rabbit1', 'rabbit2');
  await renamed(c, 'rabbit1');
  await c.start('rabbit3');
  const last = { ...(await seen(c, 'rabbit3')), content: await c.drain('rabbit3', 'ha.q') };
  await c.node('rabbit3').kill();

  await c.node('rabbit1').useDisk(saved);
  await renamed(c, 'rabbit1');
  const said = await forgotten(c, 'rabbit3', 'rabbit2');
  await c.start('rabbit3');
  const first = { said, ...(await seen(c, 'rabbit3')) };
  await c.node('rabbit3').kill();

  await c.node('rabbit1').useDisk(saved);
  await renamed(c, 'rabbit1');
  await c.start('rabbit3');
  const only = await seen(c, 'rabbit3');
  await c.node('rabbit3').stop();
  await forgotten(c, 'rabbit3', 'rabbit2');
  await c.start('rabbit3');
  const later = await seen(c, 'rabbit3');
  return { last, first, only, later };
});
const mirror = factsOf(mirrorRenamed, '16');
const DOWN = "NOT_FOUND - home node 'rabbit2@localhost' of durable queue 'ha.q' in vhost '/' is down or inaccessible";

mirror(
  'recovery.renamed.forgotten-before',
  'forget_cluster_node --offline, then rename_cluster_node: a mirror starts under another name, and is the home of all messages.',
  ({ last }) => {
    assert.deepEqual([last.members, last.home, last.probe], [['rabbit3'], 'rabbit3', 'ready 100']);
    assert.equal(last.content.length, 100);
  },
);

mirror(
  'recovery.renamed.forgotten-after',
  'The other way round forget_cluster_node ends with 0 as well, but promotes nothing: the queue is down with its lost home.',
  ({ first }) => {
    assert.equal(first.said.code, 0);
    assert.deepEqual([first.members, first.home, first.state, first.probe], [['rabbit3'], 'rabbit2', 'down', DOWN]);
  },
);

mirror(
  'recovery.renamed.forces',
  'A node that starts under a new name waits for nobody, as after force_boot, and promotes no mirror.',
  ({ only }) => {
    assert.deepEqual([...only.members].sort(), ['rabbit2', 'rabbit3']);
    assert.deepEqual([only.home, only.state, only.probe], ['rabbit2', 'down', DOWN]);
  },
);

claim(
  'recovery.renamed.forgotten-later',
  'After such a start forget_cluster_node --offline still makes the mirror the home.',
  {
    notebook: '16',
    scenario: mirrorRenamed,
    differs: 'RabbitMQ empties a mirror that starts without its home; Warren keeps it as long as no other node has it all.',
  },
  async (t) => {
    const { later } = (await t.factsOf(mirrorRenamed)) as { later: Awaited<ReturnType<typeof seen>> };
    const probe = t.engine === 'rabbitmq' ? 'ready 0' : 'ready 100';
    assert.deepEqual([later.members, later.home, later.probe], [['rabbit3'], 'rabbit3', probe]);
  },
);

const homeRenamed = scenario('the home is renamed while its mirror is down, then lost', { layout: 'pair' }, async (c) => {
  await bothStopped(c);
  await renamed(c, 'rabbit2');
  await c.start('rabbit3');
  const alone = await seen(c, 'rabbit3');
  const apart = await c.failedStart('rabbit1');
  await c.node('rabbit3').stop();
  await c.node('rabbit3').loseDisk();
  const byNewName = await forgotten(c, 'rabbit1', 'rabbit3');
  const byOldName = await forgotten(c, 'rabbit1', 'rabbit2');
  await c.start('rabbit1');
  return { alone, apart, byNewName, byOldName, after: await seen(c, 'rabbit1') };
});
const home = factsOf(homeRenamed, '16');

home('recovery.home-renamed.alone', 'A renamed home starts alone, with its queue under its new name.', ({ alone }) => {
  assert.deepEqual([...alone.members].sort(), ['rabbit1', 'rabbit3']);
  assert.deepEqual([alone.home, alone.probe], ['rabbit3', 'ready 100']);
});

home(
  'recovery.home-renamed.apart',
  'A member that was down meanwhile knows it by the old name only, and does not find it.',
  ({ apart }) => assert.match(apart, /Timeout contacting cluster nodes: \[rabbit2@localhost\]\./),
);

home(
  'recovery.home-renamed.forgotten',
  'There it is forgotten by its old name, by the new one with 69; the mirror becomes the home, with all messages.',
  ({ byNewName, byOldName, after }) => {
    assert.equal(byNewName.code, 69);
    assert.match(byNewName.err, /not_a_cluster_node, 'The node selected is not in the cluster\.'/);
    assert.equal(byOldName.code, 0);
    assert.deepEqual([after.members, after.home, after.probe], [['rabbit1'], 'rabbit1', 'ready 100']);
  },
);
