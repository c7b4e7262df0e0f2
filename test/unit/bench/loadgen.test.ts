// Promise under test: the load generator runs its workloads over a real socket, and when a broker refuses it prints what
// the broker said and exits 1.
import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as net from 'node:net';
import * as path from 'node:path';

const BENCH = path.join(__dirname, '..', '..', '..', 'bench');

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function loadgen(port: number, ...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [path.join(BENCH, 'loadgen.mjs'), `amqp://127.0.0.1:${port}/`, ...args]);
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (text) => (output.stdout += text));
  child.stderr.on('data', (text) => (output.stderr += text));
  const [code] = (await once(child, 'close')) as [number];
  return { code, ...output };
}

/** A server that answers each chunk it gets with the next of these replies. */
async function withScript<T>(replies: readonly Buffer[], use: (port: number) => Promise<T>): Promise<T> {
  const server = net.createServer((socket) => {
    let turn = 0;
    socket.on('data', () => replies[turn] && socket.write(replies[turn++] as Buffer));
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await use((server.address() as net.AddressInfo).port);
  } finally {
    server.close();
  }
}

describe('bench/loadgen', function () {
  this.timeout(20_000);

  // biome-ignore lint/suspicious/noExplicitAny: a plain JavaScript module
  let wire: any;
  before(async () => {
    wire = await import('../../../bench/wire.mjs' as string);
  });

  it('runs every workload that the null broker can answer, and loses nothing', async () => {
    const broker = spawn(process.execPath, [path.join(BENCH, 'nullbroker.mjs'), '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const [line] = (await once(broker.stdout, 'data')) as [Buffer];
      const port = Number(String(line).trim());
      for (const workload of ['transient', 'fanout', 'topic', 'topic-new-keys', 'persistent', 'latency', 'idle']) {
        const { code, stdout, stderr } = await loadgen(port, workload, '--seconds', '0.02', '--count', '60');
        assert.equal(stderr, '', workload);
        assert.equal(code, 0, workload);
        const result = JSON.parse(stdout) as Record<string, number>;
        assert.equal(result.lost, 0, workload);
        if (workload === 'fanout') assert.equal(result.delivered, 10 * (result.sent as number));
        if (workload === 'idle') assert.equal(result.connections, 60);
        else assert.ok((result.sent as number) > 0, workload);
      }
    } finally {
      broker.kill('SIGKILL');
    }
  });

  it('prints the reply text of a refused handshake and exits 1', async () => {
    const start = wire.methodFrame(0, wire.METHOD.connectionStart);
    const reason = [wire.uint16(403), wire.shortString('ACCESS_REFUSED - go away'), wire.uint32(0)];
    const close = wire.methodFrame(0, wire.METHOD.connectionClose, ...reason);
    const { code, stderr } = await withScript([start, close], (port) => loadgen(port, 'transient'));
    assert.equal(code, 1);
    assert.match(stderr, /connectionClose: 403 ACCESS_REFUSED - go away/);
  });

  it('takes an unlimited tune offer and reports a channel that is closed', async () => {
    const replies = [
      wire.methodFrame(0, wire.METHOD.connectionStart),
      wire.methodFrame(0, wire.METHOD.connectionTune, wire.uint16(0), wire.uint32(0), wire.uint16(0)),
      wire.methodFrame(0, wire.METHOD.connectionOpenOk, wire.shortString('')),
      wire.methodFrame(1, wire.METHOD.channelClose, wire.uint16(504), wire.shortString('CHANNEL_ERROR - no'), wire.uint32(0)),
    ];
    const { code, stderr } = await withScript(replies, (port) => loadgen(port, 'transient'));
    assert.equal(code, 1);
    assert.match(stderr, /channelClose: 504 CHANNEL_ERROR - no/);
  });

  it('exits 1 when nobody listens, and when the workload is unknown', async () => {
    const nobody = await loadgen(1, 'transient');
    assert.equal(nobody.code, 1);
    assert.match(nobody.stderr, /ECONNREFUSED/);
    const unknown = await loadgen(1, 'nonsense');
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /transient\|persistent/);
  });
});
