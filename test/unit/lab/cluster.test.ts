/** Clusters of the lab: formed by the lines of the notes, cut, killed, started again. */
import { strict as assert } from 'node:assert';
import amqp from 'amqplib';
import { Lab } from '../../../lib/lab/lab';
// Read here, for it takes longer than a test may.
import '../../../lib/lab/embedded-engine';
import type { LabOptions } from '../../../lib/lab/api';

const NODES = ['rabbit1', 'rabbit2', 'rabbit3'];

async function withLab(options: LabOptions, use: (lab: Lab) => Promise<void>): Promise<void> {
  const lab = await Lab.start({ name: 'cluster test', nodes: NODES, ...options });
  try {
    await use(lab);
  } finally {
    await lab.stop();
  }
}

async function ok(lab: Lab, line: string): Promise<string> {
  const { exitCode, stdout, stderr } = await lab.sh([line] as unknown as TemplateStringsArray);
  assert.equal(exitCode, 0, `${line}: ${stderr}`);
  return stdout;
}

async function running(lab: Lab, node: string): Promise<unknown> {
  return JSON.parse(await ok(lab, `rabbitmqctl -n ${node} cluster_status --formatter json`)).running_nodes;
}

const ALL = NODES.map((name) => `${name}@localhost`);

describe('A cluster of the lab', () => {
  it('is formed by the lines of the notes', () =>
    withLab({}, async (lab) => {
      assert.deepEqual(await running(lab, 'rabbit1'), ALL.slice(0, 1));
      for (const [node, kind] of [
        ['rabbit2', ''],
        ['rabbit3', '--ram '],
      ]) {
        for (const line of ['stop_app', 'reset', `join_cluster ${kind}rabbit1@localhost`, 'start_app']) {
          await ok(lab, `rabbitmqctl -n ${node} ${line}`);
        }
      }
      for (const node of NODES) assert.deepEqual(await running(lab, node), ALL);
      const { nodes } = await lab.snapshot();
      assert.deepEqual(
        nodes.map(({ kind }) => kind),
        ['disc', 'disc', 'ram'],
      );
      assert.equal(new Set(nodes.map(({ cluster }) => cluster)).size, 1);
    }));

  it('starts joined if it is told to, and what is declared on one node can be used on all', () =>
    withLab({ cluster: true }, async (lab) => {
      assert.deepEqual(await running(lab, 'rabbit3'), ALL);
      await ok(lab, 'rabbitmqctl -n rabbit2 add_user alice secret');
      const connection = await amqp.connect(lab.url('rabbit3', { user: 'guest' }));
      const channel = await connection.createChannel();
      await channel.assertQueue('q', { durable: true });
      for (const node of NODES) {
        assert.match(await ok(lab, `rabbitmqctl -n ${node} list_users`), /alice/);
        assert.match(await ok(lab, `rabbitmqctl -n ${node} list_queues name`), /^q$/m);
      }
      const { queues } = await lab.snapshot();
      assert.deepEqual(
        queues.map(({ name, node }) => [name, node]),
        [['q', 'rabbit3']],
      );
      await connection.close();
    }));

  it('goes on without a node that was killed, which learns what it missed', () =>
    withLab({ cluster: true }, async (lab) => {
      await lab.node('rabbit1').kill();
      await lab.settled();
      assert.deepEqual(await running(lab, 'rabbit2'), ALL.slice(1));
      await ok(lab, 'rabbitmqctl -n rabbit2 add_vhost /meanwhile');
      await lab.node('rabbit1').start();
      assert.match(await ok(lab, 'rabbitmqctl -n rabbit1 list_vhosts'), /\/meanwhile/);
      assert.deepEqual(await running(lab, 'rabbit1'), ALL);
    }));

  it('waits in lab time for the node that ran last, and can be told what waits', () =>
    withLab({ nodes: NODES.slice(0, 2), cluster: true }, async (lab) => {
      await lab.clock.freeze();
      await lab.node('rabbit1').stop();
      await lab.node('rabbit2').stop();
      const start = lab.node('rabbit1').start();
      const failed = assert.rejects(start, /BOOT FAILED\n=+\nTimeout contacting cluster nodes: \[rabbit2@localhost\]/);
      await lab.settled();
      const { exitCode } = await lab.sh`rabbitmqctl -n rabbit1 status`;
      assert.equal(exitCode, 64);
      await lab.clock.advance('11min');
      await failed;
      assert.notEqual(lab.node('rabbit1').state, 'running');
      await lab.node('rabbit2').start();
      await lab.node('rabbit1').start();
      assert.deepEqual(await running(lab, 'rabbit1'), ALL.slice(0, 2));
    }));

  it('falls apart where it is cut, and says so when it is healed', () =>
    withLab({ cluster: true }, async (lab) => {
      await lab.cut('rabbit1', 'rabbit2');
      await lab.cut('rabbit1', 'rabbit3');
      await lab.settled();
      assert.deepEqual(await running(lab, 'rabbit1'), ALL.slice(0, 1));
      assert.deepEqual(await running(lab, 'rabbit3'), ALL.slice(1));
      await lab.heal();
      await lab.clock.advance('3s');
      const status = JSON.parse(await ok(lab, 'rabbitmqctl -n rabbit2 cluster_status --formatter json'));
      assert.deepEqual(status.partitions['rabbit2@localhost'], ['rabbit1@localhost']);
      const { nodes } = await lab.snapshot();
      assert.deepEqual(nodes[0]?.partitionedFrom, ['rabbit2', 'rabbit3']);
    }));

  it('counts a paused node as down when it has been silent for the tick time', () =>
    withLab({ cluster: true, config: { net_ticktime: 8 } }, async (lab) => {
      await lab.clock.freeze();
      await lab.node('rabbit3').pause();
      await lab.clock.advance('5s');
      assert.equal((await lab.sh`rabbitmqctl -n rabbit1 await_online_nodes 3 --timeout 1`).exitCode, 0);
      await lab.clock.advance('11s');
      assert.deepEqual(await running(lab, 'rabbit1'), ALL.slice(0, 2));
      await lab.node('rabbit3').resume();
    }));
});

describe('A cluster of processes', () => {
  it('is formed when the lab starts, and a stopped one goes on without a node that it forgets', async function () {
    this.timeout(120_000);
    await withLab({ nodes: NODES.slice(0, 2), processes: true, cluster: true }, async (lab) => {
      await ok(lab, 'rabbitmqctl -n rabbit1 add_user alice secret');
      assert.match(await ok(lab, 'rabbitmqctl -n rabbit2 list_users'), /alice/);
      assert.deepEqual(await running(lab, 'rabbit2'), ALL.slice(0, 2));
      await lab.node('rabbit1').stop();
      await lab.node('rabbit2').kill();
      await ok(lab, 'rabbitmqctl -n rabbit1 forget_cluster_node --offline rabbit2@localhost');
      await lab.node('rabbit1').start();
      assert.deepEqual(await running(lab, 'rabbit1'), ALL.slice(0, 1));
      assert.match(await ok(lab, 'rabbitmqctl -n rabbit1 list_users'), /alice/);
    });
  });
});
