/** A quorum queue in a partition that is ignored: the leader is cut off from the two others. */
import { strict as assert } from 'node:assert';
import { bodies } from './harness/cluster-stage';
import { factsOf, scenario } from './harness/scenario';

const QUORUM = { 'x-queue-type': 'quorum' };

const parted = scenario('the leader of a quorum queue is cut off', { layout: 'three' }, async (c) => {
  await c.filled('rabbit1', 'qq', 5, QUORUM);
  const [small, big] = [await c.confirmChannel('rabbit1'), await c.confirmChannel('rabbit2')];
  await c.lab.cut('rabbit1', 'rabbit2', 'rabbit3');
  await c.untilRunning('rabbit2', 'rabbit2', 'rabbit3');
  const heard: string[] = [];
  const left = c.publish(small, 'qq', ['small 1', 'small 2']).then((said) => heard.push(...said));
  const right = await c.whileTimePasses(c.publish(big, 'qq', ['big 1', 'big 2']));
  await c.pass(2000);
  const during = [...heard];
  await c.lab.heal();
  await c.eventually(async () => {
    const { partitions } = await c.members('rabbit1');
    assert.deepEqual([...(partitions.rabbit1 ?? [])].sort(), ['rabbit2', 'rabbit3'], JSON.stringify(partitions));
  });
  await c.told('rabbit1', 'stop_app');
  await c.whileTimePasses(left);
  await c.told('rabbit1', 'start_app');
  await c.eventually(async () => assert.match(await c.probe('rabbit1', 'qq'), /^ready/));
  return { right, during, content: await c.drain('rabbit1', 'qq') };
});
const quorum = factsOf(parted, '17');

quorum(
  'partition.quorum.sides',
  'In a partition a quorum queue confirms where a majority of its members is; elsewhere a publisher hears nothing.',
  ({ right, during }) => {
    assert.deepEqual(right, ['ack', 'ack']);
    assert.deepEqual(during, []);
  },
);

quorum('partition.quorum.nothing-lost', 'Nothing that was confirmed is lost, whatever the nodes do about the partition.', (f) => {
  const kept = f.content.map((text) => text.replace('*', ''));
  for (const text of [...bodies(5), 'big 1', 'big 2']) assert.equal(kept.filter((one) => one === text).length, 1, text);
});
