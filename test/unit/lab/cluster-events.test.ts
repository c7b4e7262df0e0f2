/** What a lab's trace tells of what happens between nodes. */
import amqp from 'amqplib';
import { strict as assert } from 'node:assert';
import type { Lab } from '../../../lib/lab/lab';
import { withLab } from '../../../lib/lab/with-lab';
import type { EventType, TraceEvent } from '../../../lib/trace/events';

const THREE = { nodes: ['rabbit1', 'rabbit2', 'rabbit3'], cluster: true };

/** Events of these types, as node and what is theirs. */
function told(lab: Lab, ...types: readonly EventType[]): object[] {
  const own = lab.trace.events.filter(({ type }) => types.includes(type));
  return own.map(({ seq: _, at: __, ...event }: TraceEvent) => event);
}

async function until(lab: Lab, type: EventType, node: string): Promise<void> {
  await lab.trace.waitFor((event) => event.type === type && event.node === node);
}

async function channel(lab: Lab, node: string): Promise<amqp.ConfirmChannel> {
  const connection = await amqp.connect(lab.url(node));
  connection.on('error', () => undefined);
  return connection.createConfirmChannel();
}

describe('The trace of a cluster', () => {
  it('tells who joins, is reset and is forgotten', () =>
    withLab({ nodes: ['rabbit1', 'rabbit2'] }, async (lab) => {
      await lab.sh`rabbitmqctl -n rabbit2 stop_app`;
      await lab.sh`rabbitmqctl -n rabbit2 join_cluster --ram rabbit1@localhost`;
      await lab.sh`rabbitmqctl -n rabbit2 reset`;
      await lab.sh`rabbitmqctl -n rabbit2 join_cluster rabbit1@localhost`;
      await lab.sh`rabbitmqctl -n rabbit1 forget_cluster_node rabbit2@localhost`;
      const members = ['rabbit1', 'rabbit2'];
      assert.deepEqual(told(lab, 'node.joined', 'node.reset', 'node.forgotten'), [
        { node: 'rabbit2', type: 'node.joined', kind: 'ram', members },
        { node: 'rabbit2', type: 'node.reset', forced: false },
        { node: 'rabbit2', type: 'node.joined', kind: 'disc', members },
        { node: 'rabbit1', type: 'node.forgotten', member: 'rabbit2', offline: false },
      ]);
    }));

  it('tells for whom a node waits, that it gives up, and the end of one whose application is stopped', () =>
    withLab({ ...THREE, config: { mnesia_table_loading_retry_timeout: 1, mnesia_table_loading_retry_limit: 1 } }, async (lab) => {
      await lab.node('rabbit1').stop();
      await lab.sh`rabbitmqctl -n rabbit3 stop_app`;
      await lab.node('rabbit3').kill();
      await lab.node('rabbit2').kill();
      await assert.rejects(lab.node('rabbit1').start());
      assert.deepEqual(told(lab, 'node.waiting'), [{ node: 'rabbit1', type: 'node.waiting', members: ['rabbit2', 'rabbit3'] }]);
      assert.deepEqual(
        lab.trace.of('node.failed').map(({ node }) => node),
        ['rabbit1'],
      );
      assert.deepEqual(
        lab.trace.of('node.killed').map(({ node }) => node),
        ['rabbit3', 'rabbit2'],
      );
    }));

  it('tells of links that go and come, and of the partition that nobody heals', () =>
    withLab({ nodes: ['rabbit1', 'rabbit2'], cluster: true }, async (lab) => {
      await lab.cut('rabbit1', 'rabbit2');
      await until(lab, 'link.down', 'rabbit1');
      await until(lab, 'link.down', 'rabbit2');
      await lab.heal();
      await until(lab, 'partition.seen', 'rabbit1');
      await until(lab, 'partition.seen', 'rabbit2');
      assert.deepEqual(told(lab, 'partition.seen').length, 2);
      assert.equal(lab.trace.of('link.up').length, 2);
      await lab.sh`rabbitmqctl -n rabbit2 stop_app`;
      await until(lab, 'partition.healed', 'rabbit1');
    }));

  it('tells who pauses in a minority, and goes on', () =>
    withLab({ ...THREE, config: { cluster_partition_handling: 'pause_minority' } }, async (lab) => {
      await lab.cut('rabbit3', 'rabbit1', 'rabbit2');
      await until(lab, 'minority.paused', 'rabbit3');
      await lab.heal();
      await until(lab, 'minority.resumed', 'rabbit3');
      assert.deepEqual(told(lab, 'minority.paused', 'minority.resumed').length, 2);
    }));

  it('tells who wins and who restarts with autoheal', () =>
    withLab({ ...THREE, config: { cluster_partition_handling: 'autoheal' } }, async (lab) => {
      await lab.cut('rabbit3', 'rabbit1', 'rabbit2');
      await until(lab, 'link.down', 'rabbit3');
      await lab.heal();
      const event = await lab.trace.waitFor(({ type }) => type === 'autoheal');
      assert.equal(event.type, 'autoheal');
      assert.deepEqual(event.type === 'autoheal' && [event.winners, event.losers], [['rabbit1', 'rabbit2'], ['rabbit3']]);
    }));

  it('tells of messages that pass to the home, to the consumer, and to copies', () =>
    withLab({ ...THREE, nodes: ['rabbit1', 'rabbit2'] }, async (lab) => {
      const [near, far] = [await channel(lab, 'rabbit1'), await channel(lab, 'rabbit2')];
      for (const queue of ['plain', 'copied']) await near.assertQueue(queue);
      await near.assertQueue('votes', { arguments: { 'x-queue-type': 'quorum' } });
      await lab.sh`rabbitmqctl set_policy ha ^copied$ ${'{"ha-mode":"all"}'}`;
      for (const queue of ['plain', 'copied', 'votes']) far.sendToQueue(queue, Buffer.from(`to ${queue}`), { persistent: true });
      await far.waitForConfirms();
      await new Promise<void>((resolve) => void far.consume('plain', () => resolve()));
      await lab.settled();
      const ways = [...lab.trace.of('forwarded'), ...lab.trace.of('replicated')].map(
        ({ type, node, to, queue, label }) => `${type} ${label}: ${node} > ${to}, ${queue}`,
      );
      assert.deepEqual(ways.sort(), [
        'forwarded to copied: rabbit2 > rabbit1, copied',
        'forwarded to plain: rabbit1 > rabbit2, plain',
        'forwarded to plain: rabbit2 > rabbit1, plain',
        'forwarded to votes: rabbit2 > rabbit1, votes',
        'replicated to copied: rabbit1 > rabbit2, copied',
        'replicated to votes: rabbit1 > rabbit2, votes',
      ]);
      const numbers = lab.trace.of('publish').map(({ message }) => message);
      assert.ok(lab.trace.of('forwarded').every(({ message }) => numbers.includes(message)));
    }));

  it('names the messages that die when a mirror is promoted that lacks them', () =>
    withLab({ nodes: ['rabbit1', 'rabbit2'], cluster: true }, async (lab) => {
      const publisher = await channel(lab, 'rabbit1');
      await publisher.assertQueue('orders');
      const publish = async (...labels: readonly string[]): Promise<void> => {
        for (const label of labels) publisher.sendToQueue('orders', Buffer.from(label), { persistent: true });
        await publisher.waitForConfirms();
      };
      await publish('a', 'b', 'c');
      await lab.sh`rabbitmqctl set_policy ha ^orders$ ${'{"ha-mode":"all"}'}`;
      await publish('d');
      const first = await publisher.get('orders');
      if (first) publisher.ack(first);
      await lab.settled();
      await lab.node('rabbit1').kill();
      await until(lab, 'messages.lost', 'rabbit2');
      const [lost] = lab.trace.of('messages.lost');
      assert.deepEqual([lost?.count, lost?.messages.map(({ label }) => label)], [2, ['b', 'c']]);
    }));
});
