// Promise under test: `warren broker` says where it listens, serves whom it was told to, stops in order at a signal, and says
// in one sentence what is wrong with how it was called or with the machine.
import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import * as net from 'node:net';
import * as amqp from 'amqplib';
import { WireClient } from '../claims/harness/wire-client';
import { RunningProgram } from './processes';
import { BrokerCommand, ROOT, warren } from './warren-command';

const USAGE = 64;
const UNAVAILABLE = 69;

describe('the warren broker command', function () {
  this.timeout(60_000);
  let started: BrokerCommand[];

  beforeEach(() => {
    started = [];
  });

  afterEach(async () => {
    for (const broker of started) await broker.kill();
  });

  async function start(...args: string[]): Promise<BrokerCommand> {
    const broker = await BrokerCommand.start(...args);
    started.push(broker);
    return broker;
  }

  /** Sends itself a message, and waits for it. `closed` resolves with what ends the connection. */
  async function served(url: string): Promise<{ connection: amqp.ChannelModel; closed: Promise<Error> }> {
    const connection = await amqp.connect(url);
    const closed = new Promise<Error>((resolve) => connection.once('close', resolve));
    const channel = await connection.createChannel();
    const { queue } = await channel.assertQueue('', { exclusive: true });
    const received = new Promise((resolve) => {
      void channel.consume(queue, (message) => resolve(message?.content.toString()));
    });
    channel.sendToQueue(queue, Buffer.from('hello'));
    assert.equal(await received, 'hello');
    return { connection, closed };
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`${signal}: clients are told why, the exit code is 0, the port is free`, async () => {
      const broker = await start();
      const { closed } = await served(broker.url());
      const { exitCode, stdout, stderr } = await broker.stop(signal);
      assert.match((await closed).message, /320.*CONNECTION_FORCED/);
      assert.deepEqual({ exitCode, stderr }, { exitCode: 0, stderr: '' });
      assert.match(stdout, /^Warren \S+ listens on \S+\n$/);
      const socket = net.connect(broker.port, '127.0.0.1');
      await assert.rejects(once(socket, 'connect'), { code: 'ECONNREFUSED' });
    });
  }

  it('a second signal does not wait for a client that never answers', async () => {
    const broker = await start();
    const silent = await WireClient.connect({ port: broker.port });
    broker.program.signal('SIGTERM');
    await silent.expect('connection.close', 0);
    assert.equal((await broker.stop('SIGTERM')).exitCode, 0);
    await silent.closed();
  });

  it('npx warren broker, ended with its whole process group as by Ctrl-C, leaves nothing behind', async () => {
    const npx = new RunningProgram('npx', ['--no-install', 'warren', 'broker', '--port', '0'], { detached: true, cwd: ROOT });
    const broker = await BrokerCommand.from(npx);
    const { closed } = await served(broker.url());
    process.kill(-npx.pid, 'SIGINT');
    assert.match((await closed).message, /320/);
    // Ends when the last process that writes to npx's output has ended.
    await npx.ended;
  });

  it('npx warren broker, where only npx gets the SIGTERM, stops as well', async () => {
    const npx = new RunningProgram('npx', ['--no-install', 'warren', 'broker', '--port', '0'], { cwd: ROOT });
    const broker = await BrokerCommand.from(npx);
    const { closed } = await served(broker.url());
    process.kill(npx.pid, 'SIGTERM');
    assert.match((await closed).message, /320/);
    await npx.ended;
  });

  it('--user: there is this user and no other, and colons belong to the password', async () => {
    const broker = await start('--user', 'alice:se:cret');
    await (await served(broker.url('alice', 'se%3Acret'))).connection.close();
    for (const [user, password] of [
      ['guest', 'guest'],
      ['alice', 'se'],
    ]) {
      await assert.rejects(amqp.connect(broker.url(user, password)), /403.*ACCESS_REFUSED/);
    }
  });

  it('--heartbeat: is what clients are offered', async () => {
    const broker = await start('--heartbeat=7');
    const client = await WireClient.connect({ port: broker.port });
    assert.equal(client.tune?.heartbeat, 7);
    client.abort();
  });

  it('a port that is taken', async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    const outcome = await warren('broker', '--port', String(port));
    server.close();
    assert.deepEqual(outcome, {
      exitCode: UNAVAILABLE,
      stdout: '',
      stderr: `warren: Port ${port} on 127.0.0.1 is in use; stop what listens there, or choose another one with --port.\n`,
    });
  });

  const CALLED_WRONGLY: ReadonlyArray<readonly [args: string[], says: string]> = [
    [['broker', '--port', 'five'], "--port is 'five'; it must be a whole number from 0 to 65535."],
    [['broker', '--port', '65536'], "--port is '65536'; it must be a whole number from 0 to 65535."],
    [['broker', '--port=-1'], "--port is '-1'; it must be a whole number from 0 to 65535."],
    [['broker', '--port'], '--port needs a value behind it.'],
    [['broker', '--port', '1', '--port', '2'], '--port is given twice.'],
    [['broker', '--heartbeat', '1.5'], "--heartbeat is '1.5'; it must be a whole number from 0 to 65535."],
    [['broker', '--user', 'alice'], '--user must be a name and a password with a colon between them, as in alice:secret.'],
    [['broker', '--user', ':x'], '--user must be a name and a password with a colon between them, as in alice:secret.'],
    [
      ['broker', '--prot', '1'],
      "'--prot' is not understood here; known options are --port, --host, --data, --user, --heartbeat.",
    ],
    [['broker', '5672'], "'5672' is not understood here; known options are --port, --host, --data, --user, --heartbeat."],
    [
      ['brokr'],
      "'brokr' is no command of warren; there are broker, node, exercises, reset, watch, grade, hint, solution, progress, " +
        'replay, class, author, repair, help.',
    ],
  ];

  for (const [args, says] of CALLED_WRONGLY) {
    it(`called wrongly: warren ${args.join(' ')}`, async () => {
      assert.deepEqual(await warren(...args), { exitCode: USAGE, stdout: '', stderr: `warren: ${says}\n` });
    });
  }

  it('an address that this machine does not have', async () => {
    // An address of the documentation range, which no machine has.
    const { exitCode, stdout, stderr } = await warren('broker', '--port', '0', '--host', '192.0.2.1');
    assert.deepEqual({ exitCode, stdout }, { exitCode: UNAVAILABLE, stdout: '' });
    assert.equal(stderr, 'warren: This machine has no address 192.0.2.1; choose one that it has with --host.\n');
  });

  it('help says how the command is used', async () => {
    for (const args of [
      ['broker', '--help'],
      ['help', 'broker'],
    ]) {
      const { exitCode, stdout } = await warren(...args);
      assert.equal(exitCode, 0);
      assert.match(
        stdout,
        /^Usage: warren broker \[--port 5672\] \[--host 127\.0\.0\.1\] \[--data <folder>\] \[--user name:password\]/,
      );
    }
  });
});
