/** What a node keeps when it is stopped, killed, or loses its disk: the same calls do the same on every engine. */
import { strict as assert } from 'node:assert';
import * as fs from 'node:fs';
import * as os from 'node:os';
import amqp, { type ChannelModel } from 'amqplib';
import type { LabOptions } from '../../../lib/lab/api';
import { Lab } from '../../../lib/lab/lab';
import { findRabbitmqServer } from '../../../lib/lab/rabbitmq-server';

async function connect(lab: Lab): Promise<ChannelModel> {
  const connection = await amqp.connect(lab.url());
  connection.on('error', () => undefined);
  return connection;
}

/** A durable queue with a persistent and a transient message, both confirmed, and a transient queue. */
async function fill(lab: Lab): Promise<void> {
  const connection = await connect(lab);
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue('kept', { durable: true });
  await channel.purgeQueue('kept');
  await channel.assertQueue('gone', { durable: false });
  channel.sendToQueue('kept', Buffer.from('persistent'), { persistent: true });
  channel.sendToQueue('kept', Buffer.from('transient'));
  channel.sendToQueue('gone', Buffer.from('persistent'), { persistent: true });
  await channel.waitForConfirms();
}

/** Bodies in the queue by name, or null if there is no such queue. */
async function content(lab: Lab, queue: string): Promise<string[] | null> {
  const connection = await connect(lab);
  const channel = await connection.createChannel();
  channel.on('error', () => undefined);
  try {
    await channel.checkQueue(queue);
    const bodies: string[] = [];
    for (let message = await channel.get(queue); message; message = await channel.get(queue)) {
      bodies.push(message.content.toString());
    }
    return bodies;
  } catch {
    return null;
  } finally {
    await connection.close();
  }
}

const ENGINES: ReadonlyArray<readonly [string, LabOptions, missing?: boolean]> = [
  ['the embedded engine', { engine: 'warren' }],
  ['a process of its own', { engine: 'warren', processes: true }],
  ['a real RabbitMQ', { engine: 'rabbitmq' }, findRabbitmqServer() === null],
];

for (const [name, options, missing] of ENGINES) {
  describe(`A node on ${name}`, function () {
    this.timeout(60_000);
    let lab: Lab;

    before(async function () {
      if (missing) {
        console.log('    skipped: no RabbitMQ is installed (Debian: apt-get install rabbitmq-server)');
        this.skip();
      }
      lab = await Lab.start({ ...options, name: 'life' });
    });

    after(() => lab?.stop());

    it('keeps what is durable when it is stopped', async () => {
      await fill(lab);
      await lab.node().stop();
      await lab.node().start();
      assert.deepEqual(await content(lab, 'kept'), ['persistent']);
      assert.equal(await content(lab, 'gone'), null);
    });

    it('keeps what was confirmed when it is killed', async () => {
      await fill(lab);
      await lab.node().kill();
      await lab.node().start();
      assert.deepEqual(await content(lab, 'kept'), ['persistent']);
      assert.equal(await content(lab, 'gone'), null);
    });

    it('is stopped and started by rabbitmqctl, whole or its application alone', async () => {
      await fill(lab);
      const app = [
        await lab.sh`rabbitmqctl stop_app`,
        await lab.sh`rabbitmqctl list_queues`,
        await lab.sh`rabbitmqctl start_app`,
      ];
      assert.deepEqual(
        app.map(({ exitCode }) => exitCode),
        [0, 64, 0],
      );
      assert.deepEqual(await content(lab, 'kept'), ['persistent']);
      assert.equal((await lab.sh`rabbitmqctl stop`).exitCode, 0);
      assert.equal(lab.node().state, 'stopped');
      assert.equal((await lab.sh`rabbitmqctl list_queues`).exitCode, 69);
      await lab.node().start();
      assert.deepEqual(await content(lab, 'kept'), ['persistent']);
    });

    it('starts as one that never ran when its disk was lost', async () => {
      await fill(lab);
      await assert.rejects(lab.node().loseDisk(), /Cannot lose the disk of rabbit1: it is running\. First .*kill\(\)/);
      await lab.node().kill();
      await lab.node().loseDisk();
      await lab.node().start();
      assert.equal(await content(lab, 'kept'), null);
      const [fault] = lab.trace.of('fault');
      assert.deepEqual([fault?.fault, fault?.target], ['disk lost', 'rabbit1']);
    });

    it('starts on a copy of its disk as it was when the copy was made', async () => {
      await fill(lab);
      await assert.rejects(lab.node().copyDisk(), /Cannot copy the disk of rabbit1: it is running/);
      await lab.node().stop();
      const copy = await lab.node().copyDisk();
      await lab.node().loseDisk();
      await lab.node().useDisk(copy);
      await lab.node().start();
      assert.deepEqual(await content(lab, 'kept'), ['persistent']);
      await assert.rejects(lab.node().useDisk(copy), /Cannot change the disk of rabbit1: it is running/);
    });
  });
}

describe('The disk of an embedded node', () => {
  let lab: Lab;

  beforeEach(async () => {
    lab = await Lab.start({ engine: 'warren', name: 'disk' });
  });

  afterEach(() => lab.stop());

  it('delays confirms when it is slow, in lab time, and only of what must be kept', async () => {
    const channel = await (await connect(lab)).createConfirmChannel();
    await channel.assertQueue('kept');
    await lab.clock.freeze();
    await lab.node().slowDisk('10s');
    let confirmed = 0;
    const confirm = (): number => ++confirmed;
    channel.sendToQueue('kept', Buffer.from('transient'), {}, confirm);
    await lab.settled();
    assert.equal(confirmed, 1);
    assert.equal(lab.node().diskFaults.slow, 0);
    channel.sendToQueue('kept', Buffer.from('persistent'), { persistent: true }, confirm);
    await lab.settled();
    assert.equal(confirmed, 1);
    // The write takes ten seconds longer, and so does the sync.
    await lab.clock.advance('15s');
    assert.equal(confirmed, 1);
    await lab.clock.advance('10s');
    assert.equal(confirmed, 2);
    assert.equal(lab.node().diskFaults.slow, 2);
    await lab.node().slowDisk(0);
  });

  for (const fault of ['full', 'failing sync'] as const) {
    it(`takes the node down when it is ${fault}, and what was confirmed before is kept`, async () => {
      await fill(lab);
      const connection = await connect(lab);
      const channel = await connection.createConfirmChannel();
      const end = new Promise((resolve) => connection.once('close', resolve));
      await lab.node().breakDisk(fault, true);
      assert.equal(lab.node().state, 'running');
      const { error } = console;
      let said = '';
      console.error = (text: string) => (said += text);
      channel.sendToQueue('kept', Buffer.from('never confirmed'), { persistent: true });
      await assert.rejects(channel.waitForConfirms());
      await end;
      console.error = error;
      assert.match(said, /^rabbit1: .*\. The node is down\.$/);
      assert.equal(lab.node().state, 'killed');
      assert.equal(lab.node().diskFaults[fault], 1);
      assert.equal(lab.trace.of('node.killed').length, 1);
      await assert.rejects(connect(lab), { code: 'ECONNREFUSED' });
      await assert.rejects(lab.node().start());
      assert.equal(lab.node().state, 'killed');
      await lab.node().breakDisk(fault, false);
      await lab.node().start();
      assert.equal((await content(lab, 'kept'))?.[0], 'persistent');
    });
  }

  it('lies in a folder that goes with the lab', async () => {
    const folders = (): string[] => fs.readdirSync(os.tmpdir()).filter((name) => name.startsWith('warren-lab-'));
    const before = new Set(folders());
    const other = await Lab.start({ engine: 'warren', name: 'other' });
    const [own, ...more] = folders().filter((name) => !before.has(name));
    assert.ok(own !== undefined && more.length === 0);
    await other.stop();
    assert.ok(!folders().includes(own));
  });
});
