/** What only a lab of node processes shows; what they keep is in node-life.test.ts. */
import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import amqp, { type ChannelModel } from 'amqplib';
import { Lab } from '../../../lib/lab/lab';
import { isAlive, processIdentity } from '../../../lib/node/process-identity';

const TYPESCRIPT = path.join(__dirname, '..', '..', '..', 'tools', 'typescript.cjs');

describe('Lab of node processes', function () {
  this.timeout(120_000);
  let lab: Lab;

  before(async () => {
    lab = await Lab.start({ engine: 'warren', processes: true, name: 'processes', nodes: ['rabbit1', 'rabbit2'] });
  });

  after(() => lab?.stop());

  async function connect(node?: string): Promise<ChannelModel> {
    const connection = await amqp.connect(lab.url(node));
    connection.on('error', () => undefined);
    return connection;
  }

  it('reads events from the wire, and asks the processes for the rest', async () => {
    const connection = await connect('rabbit2');
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue('q');
    channel.sendToQueue('q', Buffer.from('m1'));
    await channel.waitForConfirms();
    assert.deepEqual(
      lab.trace.events.filter(({ node }) => node === 'rabbit2').map(({ type }) => type),
      ['node.started', 'connection.opened', 'channel.opened', 'publish', 'confirm'],
    );
    const { queues, connections, nodes } = await lab.snapshot();
    assert.deepEqual(
      queues.map(({ name, node, ready }) => [name, node, ready]),
      [['q', 'rabbit2', 1]],
    );
    assert.equal(connections[0]?.connection, lab.trace.of('connection.opened')[0]?.connection);
    assert.deepEqual(nodes, [
      { name: 'rabbit1', state: 'running', kind: 'disc', cluster: 'rabbit1@localhost' },
      { name: 'rabbit2', state: 'running', kind: 'disc', cluster: 'rabbit2@localhost' },
    ]);
    await connection.close();
  });

  it('starts no node any more once the lab is stopped', async () => {
    const ending = await Lab.start({ engine: 'warren', processes: true, name: 'ending' });
    const node = ending.node();
    await node.kill();
    const started = node.start();
    await new Promise(setImmediate);
    // Who tries again as long as it fails would start a node on a folder that is being removed.
    const again = started.catch(() => node.start());
    await Promise.all([ending.stop(), assert.rejects(again, /This lab is stopped\. Start it again/)]);
    assert.notEqual(node.state, 'running');
  });

  it('runs rabbitmqctl in the node that a line names', async () => {
    const [first, second, none] = [
      await lab.sh`rabbitmqctl status`,
      await lab.sh`rabbitmqctl -n rabbit2 status`,
      await lab.sh`rabbitmqctl -n rabbit3 status`,
    ];
    const pids = [first, second].map(({ stdout }) => Number(/OS PID: (\d+)/.exec(stdout)?.[1]));
    assert.equal(new Set([...pids, process.pid]).size, 3);
    assert.ok(pids.every((pid) => processIdentity(pid) !== null));
    assert.equal(none.exitCode, 69);
  });

  it('answers nothing while a process is stopped by a signal, and everything afterwards', async () => {
    const connection = await connect();
    const channel = await connection.createChannel();
    await lab.node().pause();
    let answered = false;
    const answer = channel.assertQueue('later').then(() => (answered = true));
    await lab.settled();
    assert.equal(answered, false);
    await lab.node().resume();
    await answer;
    await connection.close();
  });

  it('raises and clears alarms', async () => {
    const connection = await connect();
    const blocked = new Promise((resolve) => connection.once('blocked', resolve));
    const unblocked = new Promise((resolve) => connection.once('unblocked', resolve));
    const channel = await connection.createChannel();
    await lab.node().alarm('memory', true);
    channel.publish('', 'nowhere', Buffer.from('m'));
    assert.equal(await blocked, 'low on memory');
    await lab.node().alarm('memory', false);
    await unblocked;
    await connection.close();
  });

  it('says what it cannot do', async () => {
    await assert.rejects(lab.node().breakDisk('full', true), /belongs to a process of its own/);
    await assert.rejects(lab.clock.speed(2), /Time on nodes that are processes runs at its own speed/);
  });

  it('notices that a tool has stopped a node, and starts it again', async () => {
    lab.trace.clear();
    assert.equal((await lab.sh`rabbitmqctl -n rabbit2 stop`).exitCode, 0);
    assert.equal(lab.node('rabbit2').state, 'stopped');
    await assert.rejects(connect('rabbit2'), { code: 'ECONNREFUSED' });
    await lab.node('rabbit2').start();
    await (await connect('rabbit2')).close();
    assert.deepEqual(
      lab.trace.events.map(({ type }) => type).filter((type) => type.startsWith('node.')),
      ['node.stopped', 'node.started'],
    );
  });

  it('does not outlive a parent that is killed', async () => {
    const parent = spawn(process.execPath, ['-r', TYPESCRIPT, path.join(__dirname, 'process-parent.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
      const node = processIdentity((JSON.parse(line) as { pid: number }).pid);
      assert.ok(node !== null && isAlive(node));
      parent.kill('SIGKILL');
      while (isAlive(node)) await delay(10);
    } finally {
      parent.kill('SIGKILL');
    }
  });
});
