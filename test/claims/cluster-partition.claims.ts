/** Partitions: rabbit1 loses the two others, and finds them again; what ignore and pause_minority make of it. */
import { strict as assert } from 'node:assert';
import { bodies, type ClusterStage } from './harness/cluster-stage';
import { factsOf, scenario } from './harness/scenario';

const HA = '{"ha-mode":"all","ha-sync-mode":"automatic"}';

/** A mirrored queue and a plain one with their home at rabbit1, and a plain one at rabbit2. */
async function queues(c: ClusterStage): Promise<void> {
  await c.told('rabbit1', 'set_policy', 'ha', '^ha\\.', HA);
  await c.filled('rabbit1', 'ha.q', 5);
  await c.filled('rabbit1', 'plain.1', 3);
  await c.filled('rabbit2', 'plain.2', 2);
  await c.untilMirrored('ha.q', 'rabbit2', 'rabbit3');
}

async function cutOff(c: ClusterStage): Promise<void> {
  await c.lab.cut('rabbit1', 'rabbit2', 'rabbit3');
  await c.eventually(async () => assert.equal((await c.members('rabbit2')).running.length, 2));
}

async function put(c: ClusterStage, node: 'rabbit1' | 'rabbit2', texts: readonly string[]): Promise<string[]> {
  return c.publish(await c.confirmChannel(node), 'ha.q', texts);
}

const plainly = (texts: readonly string[]): string[] => texts.map((text) => text.replace('*', ''));

const ignored = scenario('a partition is ignored', { layout: 'three' }, async (c) => {
  await queues(c);
  await cutOff(c);
  await c.untilRunning('rabbit1', 'rabbit1');
  const sides = { small: await c.members('rabbit1'), big: await c.members('rabbit2') };
  const foreign = { onBig: await c.probe('rabbit2', 'plain.1'), onSmall: await c.probe('rabbit1', 'plain.2') };
  const ready = await c.eventually(async () => {
    const said = await c.probe('rabbit2', 'ha.q');
    assert.match(said, /^ready/);
    return said;
  });
  const confirmed = [...(await put(c, 'rabbit1', ['small'])), ...(await put(c, 'rabbit2', ['big 1', 'big 2']))];
  const counts = [await c.probe('rabbit1', 'ha.q'), await c.probe('rabbit2', 'ha.q')];
  const declared = [
    await c.answer('rabbit1', (ch) => ch.assertQueue('made.small')),
    await c.answer('rabbit2', (ch) => ch.assertQueue('made.big')),
  ];
  await c.lab.heal();
  const seen = await c.eventually(async () => {
    const { partitions } = await c.members('rabbit1');
    assert.deepEqual([...(partitions.rabbit1 ?? [])].sort(), ['rabbit2', 'rabbit3'], JSON.stringify(partitions));
    return partitions;
  });
  const apart = [await c.probe('rabbit1', 'ha.q'), await c.probe('rabbit2', 'ha.q')];
  const unknown = [await c.probe('rabbit2', 'made.small'), await c.probe('rabbit1', 'made.big')];
  await c.told('rabbit1', 'stop_app');
  await c.told('rabbit1', 'start_app');
  const repaired = await c.members('rabbit2');
  const learnt = [await c.probe('rabbit1', 'made.big'), await c.probe('rabbit1', 'made.small')];
  await c.untilRunning('rabbit2', 'rabbit1', 'rabbit2', 'rabbit3');
  const content = await c.drain('rabbit1', 'ha.q');
  return { sides, foreign, ready, confirmed, counts, declared, seen, apart, unknown, repaired, learnt, content };
});
const ignore = factsOf(ignored, '17');

ignore('partition.ignore.sides', 'Each side of a partition takes the other for down.', ({ sides }) => {
  assert.deepEqual(sides.small.running, ['rabbit1']);
  assert.deepEqual([...sides.big.running].sort(), ['rabbit2', 'rabbit3']);
});

ignore('partition.ignore.plain', 'Queues whose home is on the other side are down.', ({ foreign }) => {
  assert.match(foreign.onBig, /^NOT_FOUND - home node 'rabbit1@localhost' of durable queue 'plain\.1'/);
  assert.match(foreign.onSmall, /^NOT_FOUND - home node 'rabbit2@localhost' of durable queue 'plain\.2'/);
});

ignore('partition.ignore.split-brain', 'A mirrored queue has a home on both sides: both take messages and confirm them.', (f) => {
  assert.equal(f.ready, 'ready 5');
  assert.deepEqual(f.confirmed, ['ack', 'ack', 'ack']);
  assert.deepEqual(f.counts, ['ready 6', 'ready 7']);
});

ignore('partition.ignore.declared', 'Definitions can be changed on both sides.', ({ declared }) =>
  assert.deepEqual(declared, ['ok', 'ok']),
);

ignore('partition.ignore.seen', 'Once they find each other again, cluster_status tells whom each node lost.', ({ seen }) =>
  assert.deepEqual([...(seen.rabbit1 ?? [])].sort(), ['rabbit2', 'rabbit3']),
);

ignore(
  'partition.ignore.stays',
  'With cluster_partition_handling ignore nothing heals by itself: the sides stay apart.',
  ({ apart, unknown }) => {
    assert.deepEqual(apart, ['ready 6', 'ready 7']);
    assert.deepEqual(unknown, ["NOT_FOUND - no queue 'made.small' in vhost '/'", "NOT_FOUND - no queue 'made.big' in vhost '/'"]);
  },
);

ignore('partition.ignore.repair', 'Restarting the application of one side ends the partition.', ({ repaired }) => {
  assert.equal(repaired.running.length, 3);
  assert.deepEqual(Object.values(repaired.partitions).flat(), []);
});

ignore(
  'partition.ignore.view',
  'The side that was restarted has the definitions of the other, and none of its own.',
  ({ learnt }) => assert.deepEqual(learnt, ['ready 0', "NOT_FOUND - no queue 'made.small' in vhost '/'"]),
);

ignore('partition.ignore.lost', 'What the restarted side confirmed meanwhile is lost.', ({ content }) =>
  assert.deepEqual(plainly(content), [...bodies(5), 'big 1', 'big 2']),
);

const pausing = { cluster_partition_handling: 'pause_minority' } as const;
const paused = scenario('a minority pauses', { layout: 'three', config: pausing }, async (c) => {
  await queues(c);
  const connection = await c.connect('rabbit1');
  const closed = new Promise<string>((resolve) => {
    connection.once('close', () => resolve('closed'));
  });
  await cutOff(c);
  const client = await c.whileTimePasses(closed);
  const status = await c.eventually(async () => {
    const said = await c.ctl('rabbit1', 'status');
    assert.equal(said.code, 64);
    return said;
  });
  const connecting = await c.connect('rabbit1').then(
    () => 'connected',
    () => 'refused',
  );
  const ready = await c.eventually(async () => {
    const said = await c.probe('rabbit2', 'ha.q');
    assert.match(said, /^ready/);
    return said;
  });
  const confirmed = await put(c, 'rabbit2', ['big']);
  const plain = await c.probe('rabbit3', 'plain.1');
  const state = c.node('rabbit1').state;
  await c.lab.heal();
  await c.untilRunning('rabbit2', 'rabbit1', 'rabbit2', 'rabbit3');
  const back = await c.eventually(() => c.members('rabbit1'));
  const plainBack = await c.eventually(async () => {
    const said = await c.probe('rabbit2', 'plain.1');
    assert.match(said, /^ready/);
    return said;
  });
  const home = (await c.queue('ha.q'))?.node;
  const content = await c.drain('rabbit1', 'ha.q');
  // All alone, every node is a minority.
  await c.lab.cut('rabbit1', 'rabbit2', 'rabbit3');
  await c.lab.cut('rabbit2', 'rabbit3');
  const allPaused = await c.eventually(async () => {
    const codes = [];
    for (const node of ['rabbit1', 'rabbit2', 'rabbit3'] as const) codes.push((await c.ctl(node, 'status')).code);
    assert.deepEqual(codes, [64, 64, 64]);
    return codes;
  });
  await c.lab.heal();
  const allBack = await c.eventually(async () => {
    const { running } = await c.members('rabbit1');
    assert.equal(running.length, 3);
    return running.length;
  });
  return { client, status, connecting, ready, confirmed, plain, state, back, plainBack, home, content, allPaused, allBack };
});
const pauseMinority = factsOf(paused, '17');

pauseMinority(
  'partition.pause.minority',
  'With pause_minority the smaller side stops its application, and its clients are cut off.',
  (f) => {
    assert.equal(f.client, 'closed');
    assert.equal(f.connecting, 'refused');
  },
);

pauseMinority(
  'partition.pause.status',
  'A node that pauses runs: it answers its tools that the application does not.',
  ({ status, state }) => {
    assert.match(status.err, /^Error: this command requires the 'rabbit' app to be running on the target node\./);
    assert.equal(state, 'running');
  },
);

pauseMinority('partition.pause.majority', 'The larger side goes on: mirrored queues of the other have a new home there.', (f) => {
  assert.equal(f.ready, 'ready 5');
  assert.deepEqual(f.confirmed, ['ack']);
});

pauseMinority('partition.pause.plain', 'Queues whose home pauses are down until it returns.', ({ plain, plainBack }) => {
  assert.match(plain, /^NOT_FOUND - home node 'rabbit1@localhost' of durable queue 'plain\.1'/);
  assert.equal(plainBack, 'ready 3');
});

pauseMinority(
  'partition.pause.back',
  'When they find each other again it starts its application by itself, and no partition is told.',
  ({ back }) => {
    assert.equal(back.running.length, 3);
    assert.deepEqual(Object.values(back.partitions).flat(), []);
  },
);

pauseMinority(
  'partition.pause.nothing-lost',
  'Nothing that was confirmed is lost: the minority confirmed nothing.',
  ({ home, content }) => {
    assert.notEqual(home, 'rabbit1');
    assert.deepEqual(plainly(content), [...bodies(5), 'big']);
  },
);

pauseMinority(
  'partition.pause.all',
  'If no side has a majority all pause, and all return once they find each other.',
  ({ allPaused, allBack }) => {
    assert.deepEqual(allPaused, [64, 64, 64]);
    assert.equal(allBack, 3);
  },
);
