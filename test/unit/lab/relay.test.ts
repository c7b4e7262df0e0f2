import { strict as assert } from 'node:assert';
import * as net from 'node:net';
import { Relay } from '../../../lib/lab/relay';
import type { LineEnd, RelayLine, RelayTap } from '../../../lib/lab/relay-line';
import { End, rounds, Server } from './sockets';

/** Time that passes when the test says so. */
class Timers {
  private readonly waiting: Array<{ delayMs: number; fn: () => void }> = [];
  readonly after = (delayMs: number, fn: () => void): void => {
    this.waiting.push({ delayMs, fn });
  };
  get delays(): number[] {
    return this.waiting.map(({ delayMs }) => delayMs);
  }
  fireNext(): void {
    this.waiting.shift()?.fn();
  }
}

describe('Relay', () => {
  let server: Server;
  let relay: Relay;
  let timers: Timers;
  let heard: string[];
  let lines: RelayLine[];
  let onEnd: (by: LineEnd) => void;

  beforeEach(async () => {
    server = await Server.listen();
    timers = new Timers();
    heard = [];
    lines = [];
    onEnd = () => undefined;
    const tap = (line: RelayLine): RelayTap => {
      lines.push(line);
      return { onBytes: (from, chunk) => heard.push(`${from}: ${chunk.toString('latin1')}`), onEnd: (by) => onEnd(by) };
    };
    relay = new Relay({ port: 0, upstream: () => ({ host: '127.0.0.1', port: server.port }), after: timers.after, tap });
    await relay.open();
  });

  afterEach(async () => {
    await relay.dispose();
    server.close();
  });

  async function connected(): Promise<{ client: End; node: End }> {
    const client = await End.connect(relay.port);
    const node = await server.end(server.ends.length);
    // The node may learn of a connection before the relay does.
    while (lines.length < server.ends.length) await rounds(1);
    return { client, node };
  }

  it('passes bytes both ways and lets the tap hear them', async () => {
    const { client, node } = await connected();
    client.socket.write('ping');
    await node.has('ping');
    node.socket.write('pong');
    await client.has('pong');
    assert.deepEqual(heard, ['client: ping', 'node: pong']);
  });

  it('passes a large amount unchanged to a reader that is slow to start', async () => {
    const { client, node } = await connected();
    const size = 8 << 20;
    const sent = Buffer.alloc(size, 'abcdefghijklmnopqrstuvwxyz0123456789');
    node.socket.pause();
    client.socket.write(sent);
    await rounds(50);
    assert.ok(node.got.length < size, 'it must not have arrived yet');
    node.socket.resume();
    await node.has(sent.toString('latin1'));
  });

  it('holds back a writer whose reader does not read', async () => {
    const { client, node } = await connected();
    node.socket.pause();
    const chunk = Buffer.alloc(1 << 20);
    // Kernel buffers and the relay take some megabytes; without back-pressure all of this would be taken.
    for (let i = 0; i < 64; i++) client.socket.write(chunk);
    let before = -1;
    while (client.socket.writableLength !== before) {
      before = client.socket.writableLength;
      await rounds(200);
    }
    assert.ok(client.socket.writableLength > 32 << 20, `only ${client.socket.writableLength} bytes are left to write`);
  });

  it('passes on the end of a stream with everything before it', async () => {
    const { client, node } = await connected();
    client.socket.end('last words');
    await node.has('last words');
    assert.equal(await node.closed(), 'end');
    assert.equal(await client.closed(), 'end');
    await rounds();
    assert.equal(relay.lines.size, 0);
  });

  it('lets a client that has ended its half read the answer', async () => {
    const answering = await Server.listen({ allowHalfOpen: true });
    const straight = new Relay({
      port: 0,
      upstream: () => ({ host: '127.0.0.1', port: answering.port }),
      after: timers.after,
      tap: () => ({ onBytes: () => undefined, onEnd: () => undefined }),
    });
    await straight.open();
    const client = await End.connect(straight.port, { allowHalfOpen: true });
    client.socket.end('question');
    const node = await answering.end();
    await node.has('question');
    node.socket.end('answer');
    await client.has('answer');
    assert.equal(await client.closed(), 'end');
    await straight.dispose();
    answering.close();
  });

  it('passes on a reset, in both directions', async () => {
    const first = await connected();
    first.client.socket.resetAndDestroy();
    assert.equal(await first.node.closed(), 'ECONNRESET');
    const second = await connected();
    second.node.socket.resetAndDestroy();
    assert.equal(await second.client.closed(), 'ECONNRESET');
  });

  it('resets the client when the node refuses', async () => {
    server.close();
    const client = await End.connect(relay.port);
    assert.equal(await client.closed(), 'ECONNRESET');
  });

  it('says who ended a line', async () => {
    const ends: LineEnd[] = [];
    for (const act of [
      ({ client }: { client: End }) => client.socket.destroy(),
      ({ node }: { node: End }) => node.socket.destroy(),
      () => relay.reset(() => true),
    ]) {
      const pair = await connected();
      const ended = new Promise<LineEnd>((resolve) => (onEnd = resolve));
      act(pair as { client: End; node: End });
      ends.push(await ended);
    }
    assert.deepEqual(ends, ['client', 'node', 'network']);
  });

  it('names a line as its ends do', async () => {
    const { client, node } = await connected();
    const [line] = lines as [RelayLine];
    assert.equal(line.clientSideName, `127.0.0.1:${client.socket.localPort} -> 127.0.0.1:${relay.port}`);
    assert.equal(line.nodeSideName, `127.0.0.1:${node.socket.remotePort} -> 127.0.0.1:${server.port}`);
    assert.equal(line.clientPort, client.socket.localPort);
  });

  it('refuses clients after close and takes them again at the same port after open', async () => {
    const { port } = relay;
    const { client, node } = await connected();
    relay.close();
    await assert.rejects(End.connect(port), { code: 'ECONNREFUSED' });
    client.socket.write('still open');
    await node.has('still open');
    await relay.open();
    assert.equal(relay.port, port);
    (await End.connect(port)).socket.write('new');
    await (await server.end(1)).has('new');
  });

  it('says what to do about a taken port', async () => {
    const other = new Relay({
      port: relay.port,
      upstream: () => ({ host: '', port: 0 }),
      after: timers.after,
      tap: () => assert.fail(),
    });
    await assert.rejects(other.open(), /Port \d+ is in use\. .* choose another port/);
  });

  describe('held', () => {
    it('lets nothing pass, and everything when it is released', async () => {
      const { client, node } = await connected();
      relay.hold('cut');
      client.socket.write('to node');
      node.socket.write('to client');
      await rounds();
      assert.equal(node.got + client.got, '');
      relay.release('cut');
      await node.has('to node');
      await client.has('to client');
    });

    it('stays held as long as one reason holds', async () => {
      const { client, node } = await connected();
      relay.hold('cut');
      relay.hold('paused');
      client.socket.write('x');
      relay.release('cut');
      await rounds();
      assert.equal(node.got, '');
      relay.release('paused');
      await node.has('x');
    });

    it('keeps new clients waiting and lets them in afterwards', async () => {
      relay.hold('cut');
      const client = await End.connect(relay.port);
      client.socket.write('hello');
      await rounds();
      assert.equal(server.ends.length, 0);
      relay.release('cut');
      await (await server.end()).has('hello');
    });

    for (const [how, seen] of [
      ['end', 'end'],
      ['resetAndDestroy', 'ECONNRESET'],
    ] as const) {
      it(`hides from the client that the node is gone (${how})`, async () => {
        const { client, node } = await connected();
        relay.hold('cut');
        node.socket[how]();
        await node.closed();
        await rounds();
        assert.equal(client.closedBy, null);
        relay.release('cut');
        assert.equal(await client.closed(), seen);
      });

      it(`hides from the node that the client is gone (${how})`, async () => {
        const { client, node } = await connected();
        relay.hold('cut');
        client.socket[how]();
        await rounds();
        assert.equal(node.closedBy, null);
        relay.release('cut');
        assert.equal(await node.closed(), seen);
      });
    }

    it('lets a node go that ends its streams, and delivers its last bytes later', async () => {
      const { client, node } = await connected();
      relay.hold('cut');
      node.socket.end('goodbye');
      await node.closed();
      relay.release('cut');
      await client.has('goodbye');
      assert.equal(await client.closed(), 'end');
    });

    it('can be reset all the same', async () => {
      const { client } = await connected();
      relay.hold('cut');
      assert.equal(
        relay.reset(() => true),
        1,
      );
      assert.equal(await client.closed(), 'ECONNRESET');
    });
  });

  describe('with latency', () => {
    it('delays each chunk, each way, and keeps the order', async () => {
      const { client, node } = await connected();
      relay.delay(200);
      client.socket.write('1');
      await rounds();
      client.socket.write('2');
      await rounds();
      assert.deepEqual(timers.delays, [200, 200]);
      assert.equal(relay.waiting, 2);
      assert.equal(node.got, '');
      timers.fireNext();
      await node.has('1');
      node.socket.write('back');
      await rounds();
      assert.deepEqual(timers.delays, [200, 200]);
      timers.fireNext();
      await node.has('12');
      timers.fireNext();
      await client.has('back');
      assert.equal(relay.waiting, 0);
    });

    it('delays the end of a stream too', async () => {
      const { client, node } = await connected();
      relay.delay(50);
      client.socket.end('x');
      await rounds();
      assert.equal(node.closedBy, null);
      while (timers.delays.length > 0) timers.fireNext();
      await node.has('x');
      assert.equal(await node.closed(), 'end');
    });

    it('lets everything go at once when it is taken away', async () => {
      const { client, node } = await connected();
      relay.delay(1000);
      client.socket.write('a');
      await rounds();
      relay.delay(0);
      await node.has('a');
      client.socket.write('b');
      await node.has('ab');
      timers.fireNext();
      assert.equal(relay.waiting, 0);
    });

    it('holds what is due while the line is held', async () => {
      const { client, node } = await connected();
      relay.delay(10);
      client.socket.write('a');
      await rounds();
      relay.hold('cut');
      timers.fireNext();
      await rounds();
      assert.equal(node.got, '');
      relay.release('cut');
      await node.has('a');
    });
  });

  it('resets the lines that are meant and no others', async () => {
    const first = await connected();
    const second = await connected();
    assert.equal(
      relay.reset((line) => line.clientPort === first.client.socket.localPort),
      1,
    );
    assert.equal(await first.client.closed(), 'ECONNRESET');
    assert.equal(await first.node.closed(), 'ECONNRESET');
    second.client.socket.write('alive');
    await second.node.has('alive');
  });

  it('counts what moves and nothing else', async () => {
    const { client, node } = await connected();
    const still = relay.moved;
    await rounds();
    assert.equal(relay.moved, still);
    client.socket.write('x');
    await node.has('x');
    assert.ok(relay.moved > still);
  });

  it('frees its port and cuts its lines when it is disposed', async () => {
    const { client } = await connected();
    const { port } = relay;
    await relay.dispose();
    await client.closed();
    const other = net.createServer().listen(port, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    other.close();
  });
});
