import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import * as net from 'node:net';
import amqp from 'amqplib';
import { main } from '../../../lib/cli/main';
import { Run } from './run';

/** Runs the command in this process; what it prints, and its exit code. */
async function run(...words: readonly string[]): Promise<[number, string]> {
  const { log, error } = console;
  let printed = '';
  console.log = (text: string) => (printed += `${text}\n`);
  console.error = console.log;
  try {
    return [await main(words), printed];
  } finally {
    Object.assign(console, { log, error });
  }
}

describe('warren', function () {
  this.timeout(20_000);

  for (const [args, exitCode, output] of [
    [['--version'], 0, /^Warren \d+\.\d+\.\d+\n$/],
    [['help'], 0, /Usage: warren <command>[\s\S]*broker +runs a broker/],
    [['broker', '--help'], 0, /--heartbeat +seconds/],
    [['node', '--help'], 0, /RABBITMQ_NODENAME/],
    [['node', '--name', 'a b'], 64, /^warren: 'a b@.*' cannot be the name of a node/],
    [['repair'], 64, /^warren: --data must name the folder of a node/],
    [['repair', '--data', '/nowhere/at/all'], 66, /^warren: There is no folder \/nowhere\/at\/all\.\n$/],
    [[], 64, /Usage: warren <command>/],
    [['brocker'], 64, /^warren: 'brocker' is no command of warren; there are broker, node, .*, repair, help\.\n$/],
    [['broker', '--prot', '1'], 64, /^warren: '--prot' is not understood here; known options are --port/],
    [['broker', '--port', '70000'], 64, /^warren: --port is '70000'; it must be a whole number from 0 to 65535\.\n$/],
    [['broker', '--user', 'alice'], 64, /^warren: --user must be a name and a password/],
    [['broker', '--heartbeat'], 64, /^warren: --heartbeat needs a value/],
  ] as const) {
    it(`answers 'warren ${args.join(' ')}' with ${exitCode}`, async () => {
      const [code, printed] = await run(...args);
      assert.match(printed, output);
      assert.equal(code, exitCode);
    });
  }

  it('says that a port is taken', async () => {
    const other = net.createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as net.AddressInfo;
    assert.deepEqual(await run('broker', '--port', String(port)), [
      69,
      `warren: Port ${port} on 127.0.0.1 is in use; stop what listens there, or choose another one with --port.\n`,
    ]);
    other.close();
  });

  it('serves the user it was given, and takes its leave on SIGTERM', async () => {
    const run = new Run('warren', ['broker', '--port', '0', '--user', 'alice:s3cret', '--heartbeat', '7']);
    const port = await run.port();
    await assert.rejects(amqp.connect(`amqp://guest:guest@127.0.0.1:${port}`), /ACCESS.REFUSED/);
    const connection = await amqp.connect(`amqp://alice:s3cret@127.0.0.1:${port}`);
    const channel = await connection.createChannel();
    await channel.assertQueue('q');
    assert.equal((connection.connection as unknown as { heartbeat: number }).heartbeat, 7);
    const reason = new Promise<Error>((resolve) => connection.once('close', resolve));
    run.child.kill('SIGTERM');
    assert.match((await reason).message, /320 \(CONNECTION-FORCED\)/);
    assert.equal(await run.exit, 0);
    assert.equal(run.stderr, '');
  });

  it('ends on SIGINT although a client does not let go', async () => {
    const run = new Run('warren', ['broker', '--port', '0']);
    const socket = net.connect({ port: await run.port(), host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    run.child.kill('SIGINT');
    assert.equal(await run.exit, 0);
    socket.destroy();
  });
});
