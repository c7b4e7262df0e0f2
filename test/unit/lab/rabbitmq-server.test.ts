// Promise under test: one real node can be started, driven, killed, paused and started again, and nothing of it stays
// behind, not even when the process that started it is killed with SIGKILL.
import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import * as amqp from 'amqplib';
import { findRabbitmqServer, RabbitmqServer } from '../../../lib/lab/rabbitmq-server';

const TYPESCRIPT = path.join(__dirname, '..', '..', '..', 'tools', 'typescript.cjs');

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('findRabbitmqServer', () => {
  let folder: string;

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-test-'));
    fs.mkdirSync(path.join(folder, 'sbin'));
    fs.mkdirSync(path.join(folder, 'plugins', 'rabbit-9.8.7'), { recursive: true });
    for (const script of ['rabbitmq-server', 'rabbitmqctl', 'rabbitmq-plugins', 'rabbitmq-env', 'rabbitmq-script-wrapper']) {
      fs.writeFileSync(path.join(folder, 'sbin', script), '');
    }
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  it('takes the scripts and the version from RABBITMQ_HOME', () => {
    const found = findRabbitmqServer({ RABBITMQ_HOME: folder });
    assert.equal(found?.ctl, path.join(folder, 'sbin', 'rabbitmqctl'));
    assert.equal(found?.version, '9.8.7');
  });

  it('resolves a wrapper on PATH to the scripts beside it', () => {
    const onPath = path.join(folder, 'bin');
    fs.mkdirSync(onPath);
    fs.symlinkSync('../sbin/rabbitmq-script-wrapper', path.join(onPath, 'rabbitmq-server'));
    assert.equal(findRabbitmqServer({ PATH: onPath })?.server, fs.realpathSync(path.join(folder, 'sbin', 'rabbitmq-server')));
  });

  it('passes over a folder that has the command but not the scripts', () => {
    const onPath = path.join(folder, 'bin');
    fs.mkdirSync(onPath);
    fs.writeFileSync(path.join(onPath, 'rabbitmq-server'), '');
    assert.notEqual(findRabbitmqServer({ PATH: onPath })?.server, path.join(onPath, 'rabbitmq-server'));
  });
});

describe('RabbitmqServer', function () {
  this.timeout(60_000);

  before(function () {
    if (findRabbitmqServer() !== null) return;
    console.log('    no rabbitmq-server is installed: the tests that start one are skipped');
    this.skip();
  });

  it('starts, answers, stops in order, starts again on its data, is killed and paused, and leaves nothing', async () => {
    const server = await RabbitmqServer.start({ name: 'life', config: 'channel_max = 77' });
    try {
      assert.equal(server.nodename, 'life@localhost');
      const connection = await amqp.connect(`amqp://127.0.0.1:${server.port}?heartbeat=0`);
      const closed = new Promise<Error>((resolve) => connection.once('close', resolve));
      const channel = await connection.createConfirmChannel();
      await channel.assertQueue('kept', { durable: true });
      channel.sendToQueue('kept', Buffer.from('x'), { persistent: true });
      await channel.waitForConfirms();

      const listed = await server.ctl(['-q', 'list_queues', '--no-table-headers', 'name', 'messages']);
      assert.deepEqual({ ...listed, stderr: '' }, { exitCode: 0, stdout: 'kept\t1\n', stderr: '' });
      const refused = await server.ctl(['no_such_command']);
      assert.equal(refused.exitCode, 64);
      const configured = await server.ctl(['eval', 'application:get_env(rabbit, channel_max).']);
      assert.equal(configured.stdout.trim(), '{ok,77}');

      await server.stop();
      assert.equal(server.state, 'stopped');
      assert.match((await closed).message, /320/);
      assert.throws(() => server.pid, /is stopped/);

      await server.restart();
      const again = await server.ctl(['-q', 'list_queues', '--no-table-headers', 'name', 'messages']);
      assert.equal(again.stdout, 'kept\t1\n');
      await assert.rejects(server.restart(), /runs already/);

      const { pid } = server;
      server.pause();
      assert.equal(server.state, 'paused');
      // The signal is delivered a moment after the call; a node that never stops makes this test time out.
      while (process.platform === 'linux' && !/^State:\s+T/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))) await delay(5);
      await assert.rejects(server.stop(), /paused/);
      server.resume();
      await server.kill();
      assert.equal(server.state, 'killed');
      assert.equal(isAlive(pid), false);
    } finally {
      await server.dispose();
    }
    assert.equal(fs.existsSync(server.home.folder), false);
    await server.dispose();
  });

  it('a start that fails tells what the log says', async () => {
    await assert.rejects(RabbitmqServer.start({ name: 'broken', config: 'no_such_setting = 1' }), /no_such_setting/);
    await assert.rejects(RabbitmqServer.start({ name: 'no name' }), /cannot be a node name/);
  });

  it('does not outlive a parent that is killed', async () => {
    const parent = spawn(process.execPath, ['-r', TYPESCRIPT, path.join(__dirname, 'rabbitmq-parent.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const ready = once(createInterface(parent.stdout), 'line') as Promise<[string]>;
      const died = once(parent, 'exit').then(() => Promise.reject(new Error('the parent ended by itself')));
      const [line] = await Promise.race([ready, died]);
      died.catch(() => {});
      const { pids, folder } = JSON.parse(line) as { pids: number[]; folder: string };
      assert.deepEqual(pids.map(isAlive), [true, true]);
      parent.kill('SIGKILL');
      // Left to itself the command would give up as well, half a minute later.
      const late = Date.now() + 10_000;
      while (pids.some(isAlive) || fs.existsSync(folder)) {
        assert.ok(Date.now() < late, `still there: ${pids.filter(isAlive).join(', ')} ${fs.existsSync(folder) ? folder : ''}`);
        await delay(20);
      }
    } finally {
      parent.kill('SIGKILL');
    }
  });
});
