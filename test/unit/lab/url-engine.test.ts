import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import * as net from 'node:net';
import { Lab } from '../../../lib/lab/lab';
import { freePort } from '../../../lib/lab/free-port';
import { withLab } from '../../../lib/lab/with-lab';

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => socket.destroy());
    socket.once('error', () => undefined);
    socket.once('close', (failed) => resolve(!failed));
  });
}

describe('a lab on a broker that runs elsewhere', function () {
  this.timeout(60_000);
  const names = ['WARREN_AMQP_URL', 'WARREN_MANAGEMENT_URL', 'ERL_EPMD_PORT'];
  const before = names.map((name) => [name, process.env[name]] as const);
  let epmdPort: number;

  beforeEach(async () => {
    epmdPort = await freePort();
    process.env.ERL_EPMD_PORT = String(epmdPort);
    delete process.env.WARREN_MANAGEMENT_URL;
  });

  afterEach(() => {
    // Only after a failure there is one to end: the one on the port of this test.
    spawnSync('epmd', ['-port', String(epmdPort), '-kill']);
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  it('starts no name server of Erlang when it looks for rabbitmqctl', async function () {
    if (spawnSync('sh', ['-c', 'command -v rabbitmqctl']).status !== 0) this.skip();
    await withLab({ engine: 'warren' }, async (elsewhere) => {
      process.env.WARREN_AMQP_URL = elsewhere.url();
      const lab = await Lab.start({ engine: 'url', name: 'guest' });
      assert.equal(await listens(epmdPort), false);
      assert.notEqual((await lab.sh`rabbitmqctl list_queues`).exitCode, 0);
      assert.equal(await listens(epmdPort), false);
      await lab.stop();
    });
  });
});
