/** Promise under test: `warren node` is a node as rabbitmq-server starts one, and keeps its word when it is killed. */
import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import amqp from 'amqplib';
import { RuntimeFolder } from '../../../lib/node/runtime-folder';
import { Run } from './run';

describe('warren node', function () {
  this.timeout(60_000);
  let folder: string;
  let environment: NodeJS.ProcessEnv;
  let runs: Run[];

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-node-'));
    environment = {
      WARREN_RUNTIME_DIR: path.join(folder, 'run'),
      RABBITMQ_NODENAME: 'rabbit2@localhost',
      RABBITMQ_NODE_PORT: '0',
      RABBITMQ_MNESIA_BASE: path.join(folder, 'mnesia'),
      RABBITMQ_LOG_BASE: path.join(folder, 'log'),
    };
    runs = [];
  });

  afterEach(async () => {
    for (const { child, exit } of runs) {
      child.kill('SIGKILL');
      await exit;
    }
    fs.rmSync(folder, { recursive: true });
  });

  function start(command: 'warren' | 'rabbitmqctl', args: readonly string[], more: NodeJS.ProcessEnv = {}): Run {
    const run = new Run(command, args, { ...environment, ...more });
    runs.push(run);
    return run;
  }

  async function ctl(...args: string[]): Promise<[number | null, string]> {
    const run = start('rabbitmqctl', args);
    const code = await run.exit;
    return [code, run.stdout + run.stderr];
  }

  it('keeps what it confirmed through kill -9, and is reached by rabbitmqctl by its name', async () => {
    const first = start('warren', ['node']);
    const connection = await amqp.connect(`amqp://127.0.0.1:${await first.port()}`);
    connection.on('error', () => undefined);
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue('kept');
    channel.sendToQueue('kept', Buffer.from('m'), { persistent: true });
    await channel.waitForConfirms();
    assert.equal(fs.readFileSync(path.join(folder, 'mnesia', 'rabbit2@localhost.pid'), 'utf8'), `${first.child.pid}\n`);
    const gone = new Promise((resolve) => connection.once('close', resolve));
    first.child.kill('SIGKILL');
    await Promise.all([gone, first.exit]);
    const [code, said] = await ctl('-n', 'rabbit2@localhost', 'list_queues');
    assert.equal(code, 69);
    assert.match(said, /unable to perform an operation on node 'rabbit2@localhost'/);

    const second = start('warren', ['node']);
    await second.port();
    const listed = await ctl('-n', 'rabbit2', '-q', 'list_queues');
    assert.deepEqual(listed, [0, 'name\tmessages\nkept\t1\n']);
    second.child.kill('SIGTERM');
    assert.equal(await second.exit, 0);
    assert.equal(second.stderr, '');
    assert.equal(fs.existsSync(path.join(folder, 'mnesia', 'rabbit2@localhost.pid')), false);
  });

  it('is the only one on its folder and of its name, and says who the other one is', async () => {
    const data = path.join(folder, 'data');
    const first = start('warren', ['node', '--data', data]);
    await first.port();
    const sameName = start('warren', ['node', '--data', path.join(folder, 'another')]);
    assert.equal(await sameName.exit, 69);
    assert.match(sameName.stderr, new RegExp(`^warren: A node rabbit2@localhost runs already: process ${first.child.pid}\\.`));
    const sameFolder = start('warren', ['broker', '--port', '0', '--data', data]);
    assert.equal(await sameFolder.exit, 69);
    assert.match(sameFolder.stderr, /^warren: The folder .* is in use by node rabbit2@localhost, process \d+\. Stop that one/);
  });

  it('refuses what is damaged, and names the command that mends it', async () => {
    const data = path.join(folder, 'data');
    const first = start('warren', ['node', '--data', data]);
    const connection = await amqp.connect(`amqp://127.0.0.1:${await first.port()}`);
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue('kept');
    for (let i = 0; i < 20; i++) {
      channel.sendToQueue('kept', Buffer.from(`m${i}`), { persistent: true });
      await channel.waitForConfirms();
    }
    await connection.close();
    first.child.kill('SIGTERM');
    assert.equal(await first.exit, 0);
    const [log] = fs.readdirSync(data).filter((name) => name.endsWith('.log'));
    const file = fs.openSync(path.join(data, log as string), 'r+');
    fs.writeSync(file, Buffer.from([0xff, 0xff, 0xff]), 0, 3, 60);
    fs.closeSync(file);
    const second = start('warren', ['node', '--data', data]);
    assert.equal(await second.exit, 65);
    assert.match(second.stderr, new RegExp(`^warren: ${log} is damaged at octet .*'npx warren repair --data ${data}'`));
    const mended = start('warren', ['repair', '--data', data]);
    assert.equal(await mended.exit, 0, mended.stderr);
    assert.match(mended.stdout, new RegExp(`^${log}: \\d+ octets from octet \\d+ on could not be read\\.`));
    await start('warren', ['node', '--data', data]).port();
  });

  it('stops when a file cannot grow, with the reason as its last line, and keeps what it confirmed', async () => {
    const data = path.join(folder, 'data');
    const first = new Run('warren', ['node', '--data', data], environment, 2000);
    runs.push(first);
    const connection = await amqp.connect(`amqp://127.0.0.1:${await first.port()}`);
    connection.on('error', () => undefined);
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => undefined);
    await channel.assertQueue('kept');
    let confirmed = 0;
    const fill = async (): Promise<never> => {
      for (;;) {
        channel.sendToQueue('kept', Buffer.alloc(50_000), { persistent: true });
        await channel.waitForConfirms();
        confirmed++;
      }
    };
    await assert.rejects(fill());
    assert.equal(await first.exit, 1);
    assert.match(first.stderr, /^warren: \d+\.log: .*file too large.*\. The disk cannot be trusted any more, .* is kept\.\n$/);
    const second = start('warren', ['node', '--data', data]);
    const again = await amqp.connect(`amqp://127.0.0.1:${await second.port()}`);
    const { messageCount } = await (await again.createChannel()).checkQueue('kept');
    assert.ok(confirmed > 5 && messageCount >= confirmed && messageCount <= confirmed + 1, `${confirmed} ${messageCount}`);
    await again.close();
  });

  it('reads rabbitmq.conf, and names the line that it does not understand', async () => {
    const config = path.join(folder, 'rabbitmq.conf');
    fs.writeFileSync(config, 'default_user = alice\ndefault_pass = s3cret\nheartbeat = 7\n');
    const node = start('warren', ['node'], { RABBITMQ_CONFIG_FILE: config });
    const connection = await amqp.connect(`amqp://alice:s3cret@127.0.0.1:${await node.port()}`);
    assert.equal((connection.connection as unknown as { heartbeat: number }).heartbeat, 7);
    await connection.close();
    fs.writeFileSync(config, 'no_such_setting = 1\n');
    const refused = start('warren', ['node'], { RABBITMQ_CONFIG_FILE: config, RABBITMQ_NODENAME: 'other' });
    assert.equal(await refused.exit, 78);
    assert.match(refused.stderr, /rabbitmq\.conf, line 1: the key 'no_such_setting' is not known here\.\n$/);
  });

  it('-detached returns at once and leaves a node, which rabbitmqctl stops', async () => {
    const starter = start('warren', ['node', '-detached']);
    assert.equal(await starter.exit, 0);
    const log = path.join(folder, 'log', 'rabbit2@localhost.log');
    const runtime = RuntimeFolder.open(environment);
    const up = (): boolean => fs.existsSync(log) && fs.readFileSync(log, 'utf8').includes('listens on amqp://');
    const watcher = fs.watch(path.dirname(log));
    while (!up()) await once(watcher, 'change');
    watcher.close();
    const pid = runtime.holder('rabbit2@localhost')?.pid;
    assert.ok(pid !== undefined && pid !== starter.child.pid);
    try {
      assert.equal((await ctl('stop'))[0], 0);
      assert.equal(runtime.holder('rabbit2@localhost'), null);
    } finally {
      if (runtime.holder('rabbit2@localhost') !== null) process.kill(pid, 'SIGKILL');
    }
  });
});
