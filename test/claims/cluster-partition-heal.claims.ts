/** Partitions that end: by autoheal, and by hand; and two nodes, of which neither is a majority. */
import { strict as assert } from 'node:assert';
import { bodies, type ClusterStage, type NodeName } from './harness/cluster-stage';
import { factsOf, scenario } from './harness/scenario';

const HA = '{"ha-mode":"all","ha-sync-mode":"automatic"}';

/** A mirrored queue whose home is rabbit1; then rabbit1 is cut off, and both sides are told what they confirm. */
async function splitBrain(c: ClusterStage): Promise<{ confirmed: readonly string[]; counts: readonly string[] }> {
  await c.told('rabbit1', 'set_policy', 'ha', '^ha\\.', HA);
  await c.filled('rabbit1', 'ha.q', 5);
  await c.untilMirrored('ha.q', 'rabbit2', 'rabbit3');
  await c.lab.cut('rabbit1', 'rabbit2', 'rabbit3');
  await c.untilRunning('rabbit1', 'rabbit1');
  await c.untilRunning('rabbit2', 'rabbit2', 'rabbit3');
  await c.eventually(async () => assert.match(await c.probe('rabbit2', 'ha.q'), /^ready/));
  const put = async (node: NodeName, texts: readonly string[]): Promise<string[]> =>
    c.publish(await c.confirmChannel(node), 'ha.q', texts);
  const confirmed = [...(await put('rabbit1', ['small'])), ...(await put('rabbit2', ['big 1', 'big 2']))];
  const counts = [await c.probe('rabbit1', 'ha.q'), await c.probe('rabbit2', 'ha.q')];
  await c.leave();
  return { confirmed, counts };
}

const plainly = (texts: readonly string[]): string[] => texts.map((text) => text.replace('*', ''));

/** Resolves with the name of the first node whose client is cut off. */
async function firstCutOff(c: ClusterStage, ...nodes: readonly NodeName[]): Promise<NodeName> {
  const connections = await Promise.all(nodes.map((node) => c.connect(node)));
  const lost = connections.map(
    (connection, i) => new Promise<NodeName>((resolve) => connection.once('close', () => resolve(nodes[i] as NodeName))),
  );
  await c.lab.heal();
  return c.whileTimePasses(Promise.race(lost));
}

/** All three run together, and the queue has one home. */
async function untilWhole(c: ClusterStage): Promise<void> {
  for (const node of ['rabbit1', 'rabbit2', 'rabbit3'] as const) {
    await c.untilRunning(node, 'rabbit1', 'rabbit2', 'rabbit3');
    await c.eventually(async () => assert.deepEqual(Object.values((await c.members(node)).partitions).flat(), []));
  }
  await c.eventually(async () => assert.match(await c.probe('rabbit1', 'ha.q'), /^ready/));
}

const healing = { cluster_partition_handling: 'autoheal' } as const;

const crowded = scenario('autoheal: one side gives up', { layout: 'three', config: healing }, async (c) => {
  const { confirmed, counts } = await splitBrain(c);
  await firstCutOff(c, 'rabbit1', 'rabbit2', 'rabbit3');
  await untilWhole(c);
  return { confirmed, counts, content: await c.drain('rabbit1', 'ha.q') };
});
const many = factsOf(crowded, '17');

many('partition.autoheal.split-brain', 'With autoheal both sides go on while they are apart, and both confirm.', (f) => {
  assert.deepEqual(f.confirmed, ['ack', 'ack', 'ack']);
  assert.deepEqual(f.counts, ['ready 6', 'ready 7']);
});

// Which side, is not certain: nodes find each other one by one, and the decision may come before the last has been found.
many(
  'partition.autoheal.heals',
  'When they find each other a side restarts by itself; no partition is left, and what that side had confirmed is lost.',
  ({ content }) => {
    const [small, big] = [
      [...bodies(5), 'small'],
      [...bodies(5), 'big 1', 'big 2'],
    ];
    const kept = plainly(content);
    assert.deepEqual(kept, kept.includes('small') ? small : big);
  },
);

const lonely = scenario('autoheal: one node has more clients than two', { layout: 'three', config: healing }, async (c) => {
  await splitBrain(c);
  for (const node of ['rabbit1', 'rabbit1', 'rabbit1'] as const) await c.connect(node);
  const loser = await firstCutOff(c, 'rabbit1', 'rabbit2', 'rabbit3');
  await untilWhole(c);
  return { loser, content: await c.drain('rabbit2', 'ha.q') };
});
factsOf(lonely, '17')(
  'partition.autoheal.winner',
  'The side with more clients wins, though it is one node against two.',
  ({ loser, content }) => {
    assert.notEqual(loser, 'rabbit1');
    assert.deepEqual(plainly(content), [...bodies(5), 'small']);
  },
);

const two = scenario('autoheal with two nodes', { layout: 'pair', config: healing }, async (c) => {
  const losers: NodeName[] = [];
  for (const busy of ['rabbit1', 'rabbit2'] as const) {
    await c.lab.cut('rabbit1', 'rabbit2');
    await c.untilRunning('rabbit1', 'rabbit1');
    await c.untilRunning('rabbit2', 'rabbit2');
    await c.connect(busy);
    losers.push(await firstCutOff(c, 'rabbit1', 'rabbit2'));
    for (const node of ['rabbit1', 'rabbit2'] as const) await c.untilRunning(node, 'rabbit1', 'rabbit2');
    await c.leave();
  }
  return { losers };
});
factsOf(two, '17')('partition.autoheal.clients', 'Of two nodes, the one with more clients wins.', ({ losers }) =>
  assert.deepEqual(losers, ['rabbit2', 'rabbit1']),
);

const restarted = scenario('the losers of a partition are restarted', { layout: 'three' }, async (c) => {
  await splitBrain(c);
  await c.lab.heal();
  await c.eventually(async () => {
    const { partitions } = await c.members('rabbit1');
    assert.deepEqual([...(partitions.rabbit1 ?? [])].sort(), ['rabbit2', 'rabbit3'], JSON.stringify(partitions));
  });
  for (const node of ['rabbit2', 'rabbit3'] as const) await c.told(node, 'stop_app');
  for (const node of ['rabbit2', 'rabbit3'] as const) await c.told(node, 'start_app');
  await untilWhole(c);
  return { content: await c.drain('rabbit2', 'ha.q') };
});
factsOf(restarted, '17')(
  'partition.ignore.all-down',
  'Nodes of one side that are all down before the first of them starts take over what the other side has.',
  ({ content }) => assert.deepEqual(plainly(content), [...bodies(5), 'small']),
);

const pausing = { cluster_partition_handling: 'pause_minority' } as const;
const pair = scenario('pause_minority with two nodes', { layout: 'pair', config: pausing }, async (c) => {
  await c.lab.cut('rabbit1', 'rabbit2');
  await c.untilWaiting('rabbit1');
  await c.untilWaiting('rabbit2');
  await c.lab.heal();
  await c.untilRunning('rabbit1', 'rabbit1', 'rabbit2');
  await c.untilRunning('rabbit2', 'rabbit1', 'rabbit2');
  await c.node('rabbit2').kill();
  await c.untilWaiting('rabbit1');
  const connecting = await c.connect('rabbit1').then(
    () => 'connected',
    () => 'refused',
  );
  await c.start('rabbit2');
  await c.untilRunning('rabbit1', 'rabbit1', 'rabbit2');
  return { connecting };
});
factsOf(pair, '17')(
  'partition.pause.pair',
  'Of two nodes, both pause when they lose each other, and one when the other dies.',
  ({ connecting }) => assert.equal(connecting, 'refused'),
);
