import assert from 'node:assert/strict';
import net from 'node:net';
import { SimWorld } from '../../../lib/world/sim';
import { runProgram } from '../../../lib/world/sim-node-api';
import { listen, type Recorder } from './sim-recorder';

interface Stage {
  readonly world: SimWorld;
  /** The engine's ends of the connections to rabbit1:5672. */
  readonly accepted: Recorder[];
}

function stage(seed = 1, onAccept?: (server: Recorder) => void): Stage {
  const world = new SimWorld(seed);
  return { world, accepted: listen(world.host('rabbit1'), 5672, '0.0.0.0', onAccept) };
}

/** What a peer does, on either kind of socket. */
interface Peer {
  send(text: string): void;
  end(): void;
  abort(): void;
}

interface Life {
  readonly title: string;
  readonly accepted?: (peer: Peer) => void;
  readonly heard?: (peer: Peer) => void;
  readonly client: (socket: net.Socket, log: string[]) => void;
  readonly options?: object;
}

/** The names of the events of a client from its dial to its 'close'. */
function events(port: number, host: string, { client, options }: Life): Promise<string[]> {
  return new Promise((resolve) => {
    const log: string[] = [];
    const socket = net.connect({ host, port, ...options });
    for (const name of ['connect', 'ready', 'end', 'finish']) socket.on(name, () => log.push(name));
    socket.on('data', (data: Buffer) => log.push(`data ${data}`));
    socket.on('error', (error: NodeJS.ErrnoException) => log.push(`error ${error.code} ${error.syscall}`));
    socket.on('close', (hadError: boolean) => {
      log.push(`close ${hadError}`);
      resolve(log);
    });
    client(socket, log);
  });
}

async function inReality(life: Life): Promise<string[]> {
  const server = net.createServer({ allowHalfOpen: false }, (socket) => {
    const peer: Peer = {
      send: (text) => socket.write(text),
      end: () => socket.end(),
      abort: () => socket.resetAndDestroy(),
    };
    socket.on('error', () => undefined);
    socket.on('data', () => life.heard?.(peer));
    life.accepted?.(peer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  const log = await events(port, '127.0.0.1', life);
  await new Promise((resolve) => server.close(resolve));
  return log;
}

function inSimulation(life: Life): Promise<string[]> {
  const { world } = stage(1, (server) => {
    const peer: Peer = {
      send: (text) => server.send(text),
      end: () => server.link!.end(),
      abort: () => server.link!.abort(),
    };
    server.onChunk = () => life.heard?.(peer);
    life.accepted?.(peer);
  });
  return runProgram(world, () => events(5672, 'rabbit1', life));
}

const LIVES: readonly Life[] = [
  {
    title: 'the peer speaks and ends',
    accepted: (peer) => {
      peer.send('x');
      peer.end();
    },
    client: () => undefined,
  },
  { title: 'it ends itself', client: (socket) => socket.on('connect', () => socket.end('bye')) },
  { title: 'it ends before it is connected', client: (socket) => socket.end('bye') },
  {
    title: 'it writes early',
    client: (socket, log) => socket.write('x', () => socket.end(() => log.push('ended')) && log.push('written')),
  },
  { title: 'the peer answers after its end', heard: (peer) => peer.send('y'), client: (socket) => socket.end('x') },
  { title: 'the peer resets', heard: (peer) => peer.abort(), client: (socket) => socket.write('x') },
  { title: 'it is destroyed', client: (socket) => socket.on('connect', () => socket.destroy()) },
  { title: 'it is destroyed at once', client: (socket) => socket.destroy() },
  { title: 'it is destroyed with an error', client: (socket) => socket.on('connect', () => socket.destroy(new Error('enough'))) },
  { title: 'it resets', client: (socket) => socket.on('connect', () => socket.resetAndDestroy()) },
  {
    title: 'it is ended and destroyed when all is written',
    client: (socket) => {
      socket.write('last words');
      socket.destroySoon();
    },
  },
  {
    title: 'it writes after its end',
    client: (socket) =>
      socket.on('connect', () => {
        socket.end('x');
        socket.write('y');
      }),
  },
  { title: 'nobody listens', options: { port: 1 }, client: () => undefined },
];

describe('net.Socket inside the simulation', () => {
  for (const life of LIVES) {
    it(`shows the events of a real one when ${life.title}`, async () => {
      const real = await inReality(life);
      assert.deepEqual(await inSimulation(life), real);
      assert.match(real.at(-1)!, /^close/);
    });
  }

  it('with allowHalfOpen stays writable after the peer has ended', async () => {
    const theatre = stage(1, (server) => {
      server.link!.end();
    });
    const { world } = theatre;
    const stillWritable = await runProgram(world, async () => {
      const socket = net.connect({ host: 'rabbit1', port: 5672, allowHalfOpen: true });
      socket.resume();
      await new Promise((resolve) => socket.once('end', resolve));
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const { writable, destroyed } = socket;
      socket.end();
      await new Promise((resolve) => socket.once('close', resolve));
      return writable && !destroyed;
    });
    assert.equal(stillWritable, true);
    world.runUntilIdle();
    assert.equal(theatre.accepted[0]!.ending, 'end');
  });

  it('fails with the errors of node', async () => {
    const cases: [string, number, string, string][] = [
      ['rabbit1', 1, 'ECONNREFUSED', 'connect ECONNREFUSED 10.0.0.1:1'],
      ['nowhere', 5672, 'ENOTFOUND', 'getaddrinfo ENOTFOUND nowhere'],
      ['localhost', 5672, 'ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:5672'],
    ];
    for (const [host, port, code, message] of cases) {
      const error = await runProgram(stage().world, async () => {
        const socket = net.connect(port, host);
        return new Promise<NodeJS.ErrnoException>((resolve) => socket.once('error', resolve));
      });
      assert.equal(error.code, code);
      assert.equal(error.message, message);
      assert.equal(typeof error.errno, 'number');
    }
  });

  it('is an end for the peer when it is destroyed, a reset when it resets', async () => {
    for (const [how, ending] of [
      ['destroy', 'end'],
      ['resetAndDestroy', 'ECONNRESET'],
    ] as const) {
      const { world, accepted } = stage();
      await runProgram(world, async () => {
        const socket = net.connect(5672, 'rabbit1');
        socket.write('x');
        await new Promise((resolve) => socket.once('connect', resolve));
        await new Promise((resolve) => setTimeout(resolve, 10));
        socket[how]();
      });
      world.runUntilIdle();
      assert.equal(accepted[0]!.text, 'x');
      assert.equal(accepted[0]!.ending, ending);
    }
  });

  it('leaves no connection behind when it is destroyed before it is connected', async () => {
    const { world, accepted } = stage();
    await runProgram(world, async () => {
      net.connect(5672, 'rabbit1').destroy();
    });
    world.runUntilIdle();
    assert.deepEqual(accepted, []);
  });

  it('takes writes before it is connected, large ones too', async () => {
    const { world, accepted } = stage(7);
    const large = Buffer.alloc(3_000_000, 'abcdefg');
    await runProgram(world, async () => {
      const socket = net.connect(5672, 'rabbit1');
      assert.equal(socket.connecting, true);
      assert.equal(socket.write('head '), true);
      socket.end(large);
      await new Promise((resolve) => socket.resume().once('close', resolve));
    });
    assert.ok(accepted[0]!.received.equals(Buffer.concat([Buffer.from('head '), large])));
  });

  it('pushes back: write says false, and drain comes when the peer has read', async () => {
    const theatre = stage(1, (server) => server.link!.pause());
    const { world } = theatre;
    const drained = await runProgram(world, async () => {
      const socket = net.connect(5672, 'rabbit1');
      await new Promise((resolve) => socket.once('connect', resolve));
      const chunk = Buffer.alloc(5_000, 1);
      let written = 0;
      do {
        written += chunk.length;
        await new Promise((resolve) => setTimeout(resolve, 1));
      } while (socket.write(chunk));
      assert.ok(written > 1_000_000 && written < 1_400_000, `${written} bytes`);
      assert.ok(socket.writableLength > 0);
      const drain = new Promise<boolean>((resolve) => socket.on('drain', () => resolve(true)));
      theatre.accepted[0]!.link!.resume();
      await drain;
      socket.destroy();
      return socket.writableLength;
    });
    assert.equal(drained, 0);
  });

  it('reads no more than it is asked to', async () => {
    const theatre = stage(1, (server) => server.send(Buffer.alloc(2_000_000, 7)));
    const { world } = theatre;
    await runProgram(world, async () => {
      const socket = net.connect(5672, 'rabbit1');
      await new Promise((resolve) => setTimeout(resolve, 1000));
      // One high-water mark of the stream and one chunk, not the two megabytes.
      assert.ok(socket.readableLength < 200_000, `${socket.readableLength} bytes were read ahead`);
      assert.ok(theatre.accepted[0]!.link!.pendingBytes > 1_800_000);
      let read = 0;
      socket.on('data', (data: Buffer) => {
        read += data.length;
        assert.ok(data.every((byte) => byte === 7));
      });
      while (read < 2_000_000) await new Promise((resolve) => setTimeout(resolve, 1));
      assert.equal(socket.bytesRead, 2_000_000);
      socket.destroy();
    });
  });

  it('lets a program keep what it read', async () => {
    const { world } = stage(1, (server) => server.send('precious'));
    const kept = await runProgram(world, async () => {
      const socket = net.connect(5672, 'rabbit1');
      const chunks: Buffer[] = [];
      socket.on('data', (data: Buffer) => chunks.push(data));
      await new Promise((resolve) => setTimeout(resolve, 100));
      return Buffer.concat(chunks).toString();
    });
    assert.equal(kept, 'precious');
  });

  it('times out after virtual time without traffic', async () => {
    const theatre = stage(1, (server) => {
      server.onChunk = () => server.send('y');
    });
    const { world } = theatre;
    const idleAt = await runProgram(world, async () => {
      const socket = net.connect({ host: 'rabbit1', port: 5672, timeout: 3_000 });
      socket.resume();
      let early = 0;
      socket.once('timeout', () => {
        early = world.now;
      });
      setTimeout(() => socket.setTimeout(10_000), 4_000);
      setTimeout(() => socket.write('x'), 9_000);
      await new Promise((resolve) => setTimeout(resolve, 8_000));
      await new Promise((resolve) => socket.once('timeout', resolve));
      const late = world.now;
      socket.setTimeout(0);
      await new Promise((resolve) => setTimeout(resolve, 100_000));
      socket.destroy();
      return [early, late].map((ms) => Math.round(ms / 1000));
    });
    assert.deepEqual(idleAt, [3, 19]);
  });

  it('knows its addresses and states', async () => {
    const { world, accepted } = stage();
    await runProgram(world, async () => {
      const socket = net.createConnection(5672, 'rabbit1');
      assert.deepEqual([socket.readyState, socket.pending, socket.remoteAddress], ['opening', true, undefined]);
      assert.deepEqual(socket.address(), {});
      await new Promise((resolve) => socket.once('connect', resolve));
      assert.deepEqual([socket.readyState, socket.pending, socket.connecting], ['open', false, false]);
      assert.deepEqual([socket.remoteAddress, socket.remotePort, socket.remoteFamily], ['10.0.0.1', 5672, 'IPv4']);
      assert.deepEqual([socket.localAddress, socket.localPort], ['10.0.0.2', 40_000]);
      assert.deepEqual(socket.address(), { address: '10.0.0.2', family: 'IPv4', port: 40_000 });
      assert.equal(socket.setNoDelay(true).setKeepAlive(true, 1000).ref().unref(), socket);
      socket.write('four');
      assert.equal(socket.bytesWritten, 4);
      socket.destroy();
      assert.equal(socket.remoteAddress, undefined);
    });
    assert.deepEqual(accepted[0]!.link!.peer, { host: '10.0.0.2', port: 40_000 });
  });

  it('is also what new net.Socket() makes, and refuses what it cannot do', async () => {
    const { world, accepted } = stage();
    await runProgram(world, async () => {
      const socket = new net.Socket();
      socket.connect(5672, 'rabbit1');
      socket.end('x');
      await new Promise((resolve) => socket.once('close', resolve));
      assert.throws(() => net.connect('/tmp/socket'), /no local \(path\) sockets/);
      assert.throws(() => net.connect(70_000, 'rabbit1'), { code: 'ERR_SOCKET_BAD_PORT' });
    });
    assert.equal(accepted[0]!.text, 'x');
  });
});
