/** pause_minority, and then the wrong order: a node that has paused starts before the one that went on. */
import { strict as assert } from 'node:assert';
import { factsOf, scenario } from './harness/scenario';

const config = { cluster_partition_handling: 'pause_minority' } as const;

const overtaken = scenario(
  'a node that had paused starts before the one that went on',
  { layout: 'three', config },
  async (c) => {
    await c.answer('rabbit1', (channel) => channel.assertQueue('made.before'));
    // Its node goes on, and counts for the majority.
    await c.told('rabbit3', 'stop_app');
    await c.lab.cut('rabbit2', 'rabbit1', 'rabbit3');
    await c.untilWaiting('rabbit2');
    const declared = await c.answer('rabbit1', (channel) => channel.assertQueue('made.meanwhile'));
    const confirmed = await c.publish(await c.confirmChannel('rabbit1'), 'made.meanwhile', ['kept?']);
    await c.leave();
    await c.told('rabbit1', 'stop_app');
    await c.lab.heal();
    await c.untilRunning('rabbit2', 'rabbit2');
    await c.told('rabbit1', 'start_app');
    await c.untilRunning('rabbit1', 'rabbit1', 'rabbit2');
    const after = [await c.probe('rabbit1', 'made.before'), await c.probe('rabbit1', 'made.meanwhile')];
    const { partitions } = await c.members('rabbit1');
    return { declared, confirmed, after, partitions: Object.values(partitions).flat() };
  },
);
factsOf(overtaken, '17')(
  'partition.pause.overtaken',
  'A node that has paused and starts while the one that went on is down throws away what that one did meanwhile.',
  ({ declared, confirmed, after, partitions }) => {
    assert.equal(declared, 'ok');
    assert.deepEqual(confirmed, ['ack']);
    assert.deepEqual(after, ['ready 0', "NOT_FOUND - no queue 'made.meanwhile' in vhost '/'"]);
    assert.deepEqual(partitions, []);
  },
);
