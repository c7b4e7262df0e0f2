/** Two sides with autoheal; a partition that is ended by hand; and two nodes, of which neither is a majority. */
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

/** All three run together, and the queue has one home. */
async function untilWhole(c: ClusterStage): Promise<void> {
  for (const node of ['rabbit1', 'rabbit2', 'rabbit3'] as const) {
    await c.untilRunning(node, 'rabbit1', 'rabbit2', 'rabbit3');
    await c.eventually(async () => assert.deepEqual(Object.values((await c.members(node)).partitions).flat(), []));
  }
  await c.eventually(async () => assert.match(await c.probe('rabbit1', 'ha.q'), /^ready/));
}

const healing = { cluster_partition_handling: 'autoheal' } as const;

// Only the beginning: whether and how RabbitMQ heals depends on the order in which its nodes find each other again.
const apart = scenario('autoheal: two sides', { layout: 'three', config: healing }, splitBrain);
factsOf(apart, '17')(
  'partition.autoheal.split-brain',
  'With autoheal both sides go on while they are apart, and both confirm.',
  ({ confirmed, counts }) => {
    assert.deepEqual(confirmed, ['ack', 'ack', 'ack']);
    assert.deepEqual(counts, ['ready 6', 'ready 7']);
  },
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
