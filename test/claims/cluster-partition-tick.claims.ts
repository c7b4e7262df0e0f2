/** A node that says nothing any more: when the others give it up, and what it is to them when it comes back. */
import { strict as assert } from 'node:assert';
import { factsOf, scenario } from './harness/scenario';

/** Seconds. */
const silent = { net_ticktime: 8 } as const;
const frozen = scenario('a node is frozen for longer than the tick time', { layout: 'three', config: silent }, async (c) => {
  await c.filled('rabbit3', 'far', 2);
  await c.filled('rabbit1', 'near', 1);
  const channel = await c.confirmChannel('rabbit1');
  await c.node('rabbit3').pause();
  const near = await c.publish(channel, 'near', ['n']);
  const early: string[] = [];
  void c.publish(channel, 'far', ['f']).then((said) => early.push(...said));
  await c.pass(1000);
  const heard = [...early];
  // A quarter more than the tick time, for a node may have been heard just before; and its tools are slow until then.
  await c.pass(1500 * silent.net_ticktime);
  const far = await c.probe('rabbit1', 'far');
  const given = await c.members('rabbit1');
  const refused = [...early];
  await c.node('rabbit3').resume();
  const seen = await c.eventually(async () => {
    const { partitions } = await c.members('rabbit3');
    assert.deepEqual([...(partitions.rabbit3 ?? [])].sort(), ['rabbit1', 'rabbit2'], JSON.stringify(partitions));
    return partitions;
  });
  const sides = { one: (await c.members('rabbit1')).running, other: (await c.members('rabbit3')).running };
  const own = await c.probe('rabbit3', 'far');
  await c.told('rabbit3', 'stop_app');
  await c.told('rabbit3', 'start_app');
  const repaired = await c.members('rabbit1');
  const content = await c.drain('rabbit1', 'far');
  return { near, heard, far, given, refused, seen, sides, own, repaired, content };
});
const tick = factsOf(frozen, '17');

tick('partition.tick.waits', 'Until the tick time is over, a confirm from a silent node is waited for.', ({ near, heard }) => {
  assert.deepEqual([near, heard], [['ack'], []]);
});

tick(
  'partition.tick.noticed',
  'A node that has been silent for net_ticktime counts as down, and so do its queues.',
  ({ far, given }) => {
    assert.match(far, /^NOT_FOUND - home node 'rabbit3@localhost' of durable queue 'far'/);
    assert.deepEqual([...given.running].sort(), ['rabbit1', 'rabbit2']);
    assert.deepEqual(Object.values(given.partitions).flat(), []);
  },
);

tick('partition.tick.refused', 'What it has not confirmed by then is refused: basic.nack.', ({ refused }) =>
  assert.deepEqual(refused, ['nack']),
);

tick(
  'partition.tick.kept',
  'It is kept all the same: when the node wakes it takes in what it was sent before it was given up.',
  ({ own, content }) => {
    assert.equal(own, 'ready 3');
    assert.deepEqual(content, ['m1', 'm2', 'f']);
  },
);

tick(
  'partition.tick.returns',
  'When it wakes it is partitioned from the others, though it never stopped.',
  ({ seen, sides, own }) => {
    assert.deepEqual([...(seen.rabbit3 ?? [])].sort(), ['rabbit1', 'rabbit2']);
    assert.deepEqual([[...sides.one].sort(), sides.other], [['rabbit1', 'rabbit2'], ['rabbit3']]);
    assert.match(own, /^ready/);
  },
);

tick(
  'partition.tick.repair',
  'Restarting its application makes it a member again, with its messages.',
  ({ repaired, content }) => {
    assert.equal(repaired.running.length, 3);
    assert.deepEqual(Object.values(repaired.partitions).flat(), []);
    assert.deepEqual(
      content.slice(0, 2).map((text) => text.replace('*', '')),
      ['m1', 'm2'],
    );
  },
);
