/** What a lab's trace tells of messages that die with a node. */
import amqp from 'amqplib';
import { strict as assert } from 'node:assert';
import type { Lab } from '../../../lib/lab/lab';
import { withLab } from '../../../lib/lab/with-lab';

const TWO = { nodes: ['rabbit1', 'rabbit2'], cluster: true };

/** Losses so far, as `node queue reason: labels`. */
function losses(lab: Lab): string[] {
  return lab.trace.of('messages.lost').map(({ node, queue, reason, count, messages }) => {
    assert.equal(count, messages.length);
    return `${node} ${queue} ${reason}: ${messages.map(({ label }) => label).join(' ')}`;
  });
}

async function channel(lab: Lab, node: string): Promise<amqp.ConfirmChannel> {
  const connection = await amqp.connect(lab.url(node));
  connection.on('error', () => undefined);
  const opened = await connection.createConfirmChannel();
  opened.on('error', () => undefined);
  return opened;
}

/** Durable queues, each with a message of each kind: `QUEUE-kept`, which is persistent, and `QUEUE-passing`. */
async function fill(publisher: amqp.ConfirmChannel, ...queues: readonly string[]): Promise<void> {
  for (const queue of queues) {
    await publisher.assertQueue(queue);
    publisher.sendToQueue(queue, Buffer.from(`${queue}-kept`), { persistent: true });
    publisher.sendToQueue(queue, Buffer.from(`${queue}-passing`));
  }
  await publisher.waitForConfirms();
}

describe('The trace tells which messages are lost', () => {
  for (const end of ['kill', 'stop'] as const) {
    it(`with a node's memory at its end (${end}), and no others when it runs again`, () =>
      withLab({}, async (lab) => {
        const publisher = await channel(lab, 'rabbit1');
        await fill(publisher, 'orders');
        await publisher.assertQueue('passing', { durable: false });
        for (const label of ['a', 'b']) publisher.sendToQueue('passing', Buffer.from(label), { persistent: true });
        await publisher.waitForConfirms();
        await publisher.get('passing');
        await lab.node()[end]();
        assert.deepEqual(losses(lab), ['rabbit1 orders restart: orders-passing', 'rabbit1 passing restart: a b']);
        await lab.node().start();
        assert.equal(losses(lab).length, 2);
      }));
  }

  it('that the disk did not keep, when the node runs again', () =>
    withLab({}, async (lab) => {
      const publisher = await channel(lab, 'rabbit1');
      await fill(publisher, 'orders');
      await lab.clock.freeze();
      await lab.node().slowDisk('10s');
      publisher.sendToQueue('orders', Buffer.from('unsynced'), { persistent: true });
      await lab.trace.waitFor((event) => event.type === 'enqueued' && event.label === 'unsynced');
      await lab.node().kill();
      await lab.node().slowDisk(0);
      await lab.node().start();
      assert.deepEqual(losses(lab), ['rabbit1 orders restart: orders-passing', 'rabbit1 orders restart: unsynced']);
    }));

  it('with the application alone, and with all that a reset throws away', () =>
    withLab({}, async (lab) => {
      await fill(await channel(lab, 'rabbit1'), 'orders');
      await lab.sh`rabbitmqctl stop_app`;
      assert.deepEqual(losses(lab), ['rabbit1 orders restart: orders-passing']);
      await lab.sh`rabbitmqctl reset`;
      assert.deepEqual(losses(lab).slice(1), ['rabbit1 orders node-lost: orders-kept']);
      await lab.sh`rabbitmqctl start_app`;
      assert.equal(losses(lab).length, 2);
    }));

  it('with a disk', () =>
    withLab({}, async (lab) => {
      await fill(await channel(lab, 'rabbit1'), 'orders');
      await lab.node().stop();
      await lab.node().loseDisk();
      await lab.node().start();
      assert.deepEqual(losses(lab).slice(1), ['rabbit1 orders node-lost: orders-kept']);
    }));

  it('but none with a disk while others are down, which may have them on theirs', () =>
    withLab(TWO, async (lab) => {
      await fill(await channel(lab, 'rabbit1'), 'orders');
      for (const name of ['rabbit2', 'rabbit1']) await lab.node(name).stop();
      const before = losses(lab);
      await lab.node('rabbit1').loseDisk();
      assert.deepEqual(losses(lab), before);
    }));

  it('with a node that its cluster forgets, told by who makes it forget, but not what was copied', () =>
    withLab(TWO, async (lab) => {
      await lab.sh`rabbitmqctl set_policy ha ^copied$ ${'{"ha-mode":"all"}'}`;
      await fill(await channel(lab, 'rabbit2'), 'copied', 'orders');
      await lab.settled();
      await lab.node('rabbit2').kill();
      await lab.trace.waitFor((event) => event.type === 'queue.promoted');
      await lab.sh`rabbitmqctl forget_cluster_node rabbit2@localhost`;
      assert.deepEqual(losses(lab), ['rabbit2 orders restart: orders-passing', 'rabbit1 orders node-lost: orders-kept']);
    }));

  it('on the losing side of a partition, but not what was there before or was consumed on the other', () =>
    withLab(
      { ...TWO, nodes: ['rabbit1', 'rabbit2', 'rabbit3'], config: { cluster_partition_handling: 'autoheal' } },
      async (lab) => {
        await lab.sh`rabbitmqctl set_policy ha ^orders$ ${'{"ha-mode":"all"}'}`;
        const losing = await channel(lab, 'rabbit3');
        const winning = await channel(lab, 'rabbit1');
        await fill(losing, 'orders');
        await lab.settled();
        await lab.cut('rabbit3', 'rabbit1', 'rabbit2');
        await lab.trace.waitFor((event) => event.type === 'queue.promoted' && event.node === 'rabbit1');
        const first = await winning.get('orders');
        if (first) winning.ack(first);
        winning.sendToQueue('orders', Buffer.from('won'), { persistent: true });
        losing.sendToQueue('orders', Buffer.from('lost'), { persistent: true });
        await Promise.all([winning.waitForConfirms(), losing.waitForConfirms()]);
        await lab.settled();
        await lab.heal();
        await lab.trace.waitFor((event) => event.type === 'node.started' && event.node === 'rabbit3');
        await lab.trace.waitFor((event) => event.type === 'messages.lost');
        assert.deepEqual(losses(lab), ['rabbit3 orders partition: lost']);
      },
    ));

  it('and nothing when a mirror that lacks nothing takes over', () =>
    withLab(TWO, async (lab) => {
      await lab.sh`rabbitmqctl set_policy ha ^orders$ ${'{"ha-mode":"all"}'}`;
      await fill(await channel(lab, 'rabbit1'), 'orders');
      await lab.settled();
      await lab.node('rabbit1').kill();
      await lab.trace.waitFor((event) => event.type === 'queue.promoted');
      await lab.node('rabbit1').start();
      assert.deepEqual(losses(lab), []);
    }));
});
