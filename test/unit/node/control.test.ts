import { strict as assert } from 'node:assert';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import type { Output } from '../../../lib/control/output';
import { ControlClient, NodeUnreachable } from '../../../lib/node/control-client';
import { type Controlled, ControlServer } from '../../../lib/node/control-server';
import { RuntimeFolder } from '../../../lib/node/runtime-folder';

describe('The control socket', () => {
  let folder: string;
  let runtime: RuntimeFolder;
  let alarms: string[];
  const servers: Array<{ close(): unknown }> = [];

  const node: Controlled = {
    nodename: 'a@b',
    ending: false,
    run: async ({ tool, args, folder: at }): Promise<Output> => ({
      exitCode: args.length,
      stdout: `${tool} in ${at}: ${args.join('|')}\n`,
      stderr: '水\n',
    }),
    snapshot: (vhost, at) => ({
      at,
      vhost,
      nodes: [],
      connections: [],
      exchanges: [],
      queues: [],
      bindings: [],
      consumers: [],
    }),
    setAlarm: (resource, on) => void alarms.push(`${resource} ${on}`),
  };

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-run-'));
    runtime = RuntimeFolder.open({ WARREN_RUNTIME_DIR: path.join(folder, 'run') });
    fs.mkdirSync(runtime.nodeFolder('a@b'));
    alarms = [];
  });

  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
    fs.rmSync(folder, { recursive: true });
  });

  async function serve(cookie = runtime.cookie()): Promise<void> {
    servers.push(await ControlServer.listen(runtime.socketOf('a@b'), cookie, node));
  }

  async function run(...args: string[]): Promise<Output> {
    const output = { stdout: '', stderr: '' };
    const call = { tool: 'rabbitmqctl', args, folder: '/x', input: '' } as const;
    const exitCode = await new ControlClient(runtime, 'a@b', 200).run(call, ({ stdout = '', stderr = '' }) => {
      output.stdout += stdout;
      output.stderr += stderr;
    });
    return { exitCode, ...output };
  }

  it('runs a tool in the node and brings back what it said', async () => {
    await serve();
    assert.deepEqual(await run('a', 'b c', 'line\nbreak'), {
      exitCode: 3,
      stdout: 'rabbitmqctl in /x: a|b c|line\nbreak\n',
      stderr: '水\n',
    });
  });

  it('shows the node and sets its alarms', async () => {
    await serve();
    const client = new ControlClient(runtime, 'a@b');
    assert.deepEqual(await client.snapshot('/', 5), node.snapshot('/', 5));
    await client.setAlarm('disk', true);
    assert.deepEqual(alarms, ['disk true']);
  });

  it('refuses a caller with another cookie', async () => {
    await serve('another');
    await assert.rejects(run('status'), { name: 'NodeUnreachable', message: /the cookie is not the one of this node/ });
  });

  it('cannot be reached when nobody listens, when the listener has died, and when it does not answer', async () => {
    await assert.rejects(run(), NodeUnreachable);
    await serve();
    // What a killed process leaves is a socket without a listener.
    const left = path.join(folder, 'left');
    fs.linkSync(runtime.socketOf('a@b'), left);
    servers.pop()?.close();
    fs.renameSync(left, runtime.socketOf('a@b'));
    await assert.rejects(run(), NodeUnreachable);
    fs.rmSync(runtime.socketOf('a@b'));
    const mute = net.createServer((socket) => servers.push({ close: () => socket.destroy() }));
    servers.push(mute.listen(runtime.socketOf('a@b')));
    await assert.rejects(run(), /it does not answer/);
  });

  it('takes the place of a socket that was left behind', async () => {
    fs.writeFileSync(runtime.socketOf('a@b'), '');
    await serve();
    assert.equal((await run()).exitCode, 0);
  });
});

describe('RuntimeFolder', () => {
  let folder: string;

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-run-'));
  });

  afterEach(() => fs.rmSync(folder, { recursive: true }));

  it('lets only this user in, and keeps one secret', () => {
    const runtime = RuntimeFolder.open({ XDG_RUNTIME_DIR: folder });
    assert.equal(fs.statSync(runtime.path).mode & 0o777, 0o700);
    const cookie = runtime.cookie();
    assert.match(cookie, /^[\w-]{20}$/);
    assert.equal(RuntimeFolder.open({ XDG_RUNTIME_DIR: folder }).cookie(), cookie);
    assert.equal(fs.statSync(path.join(runtime.path, '.erlang.cookie')).mode & 0o777, 0o600);
  });

  it('is refused where others could get in', () => {
    fs.chmodSync(folder, 0o755);
    assert.throws(() => RuntimeFolder.open({ WARREN_RUNTIME_DIR: folder }), /must be a folder that only this user can enter/);
  });

  it('says so when a path is too long for a socket', () => {
    const runtime = RuntimeFolder.open({ WARREN_RUNTIME_DIR: path.join(folder, 'x'.repeat(80)) });
    assert.throws(() => runtime.socketOf('rabbit@host'), /too long for a socket; set WARREN_RUNTIME_DIR/);
  });
});
