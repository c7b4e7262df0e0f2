import assert from 'node:assert/strict';
import { SimWorld } from '../../../lib/world/sim';
import { dial, listen, pair, pattern, Recorder } from './sim-recorder';

describe('SimWorld: the network', () => {
  it('opens a connection in about two ways of time, with addresses that match', () => {
    const { world, client, server } = pair();
    assert.equal(client.opened, 1);
    assert.equal(server.opened, 1);
    assert.ok(world.now > 0.4 && world.now < 2.1, `${world.now} ms`);
    assert.deepEqual(client.link!.local, server.link!.peer);
    assert.deepEqual(client.link!.peer, server.link!.local);
    assert.deepEqual(client.link!.peer, { host: world.host('b').address, port: 5672 });
    assert.equal(client.link!.local.port, 40_000);
  });

  it('knows a host by name, by address, and itself by the loopback', () => {
    const world = new SimWorld(1);
    const accepted = listen(world.host('b'), 1);
    dial(world.host('a'), { host: 'B', port: 1 });
    dial(world.host('a'), { host: world.host('b').address, port: 1 });
    dial(world.host('b'), { host: 'localhost', port: 1 });
    dial(world.host('b'), { host: 'b', port: 1 });
    world.runUntilIdle();
    const peers = accepted.map((server) => server.link!.peer.host).sort();
    assert.deepEqual(peers, [world.host('a').address, world.host('a').address, '127.0.0.1', '127.0.0.1'].sort());
  });

  it('refuses, with the errors of node, what nobody listens for', () => {
    const world = new SimWorld(1);
    listen(world.host('b'), 1, '127.0.0.1');
    world.host('c');
    const cases: [string, number, string, RegExp][] = [
      ['nowhere', 1, 'ENOTFOUND', /^getaddrinfo ENOTFOUND nowhere$/],
      ['c', 1, 'ECONNREFUSED', /^connect ECONNREFUSED 10\.0\.0\.2:1$/],
      ['b', 2, 'ECONNREFUSED', /^connect ECONNREFUSED/],
      // Bound to the loopback, so not to be seen from another machine.
      ['b', 1, 'ECONNREFUSED', /^connect ECONNREFUSED/],
    ];
    for (const [host, port, code, message] of cases) {
      const client = dial(world.host('a'), { host, port });
      assert.equal(client.closed, false, 'never from inside dial');
      world.runUntilIdle();
      assert.equal(client.ending, code);
      assert.match(client.closings[0]!.message, message);
      assert.equal(client.opened, 0);
    }
    const own = dial(world.host('b'), { host: '127.0.0.1', port: 1 });
    world.runUntilIdle();
    assert.equal(own.opened, 1);
  });

  it('binds free ports, refuses taken ones and foreign addresses, and frees a closed one', () => {
    const world = new SimWorld(1);
    const { net } = world.host('a');
    const outcomes: string[] = [];
    const accept = (): Recorder => new Recorder();
    const ready = (error: Error | null, bound: { host: string; port: number } | null): void => {
      outcomes.push(error === null ? `${bound!.host}:${bound!.port}` : (error as NodeJS.ErrnoException).code!);
    };
    const listener = net.listen({ host: '0.0.0.0', port: 80 }, accept, ready);
    assert.equal(outcomes.length, 0, 'never from inside listen');
    net.listen({ host: '0.0.0.0', port: 80 }, accept, ready);
    net.listen({ host: '10.9.9.9', port: 81 }, accept, ready);
    net.listen({ host: '127.0.0.1', port: 0 }, accept, ready);
    world.runUntilIdle();
    assert.deepEqual(outcomes, ['0.0.0.0:80', 'EADDRINUSE', 'EADDRNOTAVAIL', '127.0.0.1:40000']);
    listener.close(() => outcomes.push('closed'));
    net.listen({ host: '0.0.0.0', port: 80 }, accept, ready);
    world.runUntilIdle();
    assert.deepEqual(outcomes.slice(4), ['closed', '0.0.0.0:80']);
  });

  it('leaves open links alone when the listener closes', () => {
    const world = new SimWorld(1);
    const server = new Recorder();
    const listener = world.host('b').net.listen(
      { host: '0.0.0.0', port: 1 },
      (link) => {
        server.link = link;
        return server;
      },
      () => undefined,
    );
    const client = dial(world.host('a'), { host: 'b', port: 1 });
    world.runUntilIdle();
    listener.close(() => undefined);
    client.send('still here');
    const second = dial(world.host('a'), { host: 'b', port: 1 });
    world.runUntilIdle();
    assert.equal(server.text, 'still here');
    assert.equal(second.ending, 'ECONNREFUSED');
  });

  it('keeps what is written before the connection stands, and what the server says first', () => {
    for (let seed = 0; seed < 30; seed++) {
      const world = new SimWorld(seed);
      const accepted = listen(world.host('b'), 1, '0.0.0.0', (server) => server.send('welcome'));
      const client = dial(world.host('a'), { host: 'b', port: 1 });
      client.send(pattern(50_000));
      assert.equal(client.link!.pendingBytes, 50_000);
      world.runUntilIdle();
      assert.deepEqual(accepted[0]!.received, pattern(50_000));
      assert.equal(client.text, 'welcome');
    }
  });

  it('cuts the stream anywhere and keeps every byte in its place', () => {
    const sizes = new Set<number>();
    for (let seed = 0; seed < 30; seed++) {
      const { world, client, server } = pair(seed);
      const sent = pattern(5000);
      for (let at = 0; at < 5000; at += 250) {
        client.send(sent.subarray(at, at + 250));
        world.runFor(0.3);
      }
      world.runUntilIdle();
      assert.deepEqual(server.received, sent);
      for (const chunk of server.chunks) sizes.add(chunk.length);
    }
    assert.ok(sizes.has(1), 'some pieces are one byte');
    assert.ok(
      [...sizes].some((size) => size > 250),
      'some pieces join two writes',
    );
    assert.ok(sizes.size > 60, `${sizes.size} different sizes`);
  });

  it('gives pieces as they were written where chunking is off, but no more than 64 KiB at once', () => {
    const { world, client, server } = pair(1, { chunking: false });
    client.send(pattern(100));
    world.runFor(5);
    client.send(pattern(200_000));
    world.runUntilIdle();
    assert.equal(server.chunks[0]!.length, 100);
    assert.ok(server.chunks.every((chunk) => chunk.length <= 65_536));
    assert.deepEqual(server.received, Buffer.concat([pattern(100), pattern(200_000)]));
  });

  it('replaces out as world.ts allows, and takes reservations of any size', () => {
    const { world, client, server } = pair();
    const link = client.link!;
    const first = link.reserve(3);
    link.out.write('abc', first);
    const filled = link.out;
    world.runUntilIdle();
    const second = link.reserve(3);
    assert.notEqual(link.out, filled, 'an out kept over a turn is another buffer');
    link.out.write('def', second);
    assert.equal(link.reserve(0), second + 3);
    const large = link.reserve(2_000_000);
    link.out.fill(0x7a, large, large + 2_000_000);
    world.runUntilIdle();
    assert.equal(server.text.slice(0, 6), 'abcdef');
    assert.equal(server.received.length, 2_000_006);
    assert.ok(server.received.subarray(6).every((byte) => byte === 0x7a));
  });

  it('lets bytes through no faster than the bandwidth', () => {
    const { world, client, server } = pair(1, { bytesPerMs: 100, latencyMs: 1, jitterMs: 0 });
    const start = world.now;
    client.send(pattern(10_000));
    world.runFor(0);
    client.send(pattern(10_000));
    world.runUntilIdle();
    assert.equal(server.received.length, 20_000);
    assert.ok(Math.abs(world.now - start - 201) < 1e-6, `${world.now - start} ms`);
  });

  describe('back-pressure', () => {
    it('becomes unwritable over 1 MiB of output, and writable again by onDrain once the peer has taken it', () => {
      const { world, client, server } = pair();
      server.link!.pause();
      for (let i = 0; i < 12; i++) {
        assert.equal(client.link!.writable, i <= 10, `after ${i} pieces of 100 kB`);
        client.send(pattern(100_000));
        world.runFor(5);
      }
      assert.equal(client.link!.pendingBytes, 1_200_000);
      assert.equal(server.received.length, 0);
      assert.equal(client.drains, 0);
      server.link!.resume();
      world.runUntilIdle();
      assert.equal(client.drains, 1);
      assert.equal(client.link!.writable, true);
      assert.equal(client.link!.pendingBytes, 0);
      assert.equal(server.received.length, 1_200_000);
    });

    it('serves a caller that does not stop', () => {
      const { world, client, server } = pair();
      const all = pattern(3_000_000);
      for (let at = 0; at < all.length; at += 1000) client.send(all.subarray(at, at + 1000));
      world.runUntilIdle();
      assert.ok(server.received.equals(all));
      assert.equal(client.drains, 1);
    });

    it('says nothing of room that was filled again before word of it came', () => {
      const { world, client, server } = pair();
      server.link!.pause();
      client.send(pattern(1_500_000));
      world.runUntilIdle();
      world.latency('a', 'b', 100);
      server.link!.resume();
      world.runUntil(() => server.received.length === 1_500_000);
      server.link!.pause();
      client.send(pattern(1_600_000));
      world.runUntilIdle();
      assert.deepEqual([client.drains, client.link!.writable], [0, false]);
      server.link!.resume();
      world.runUntilIdle();
      assert.deepEqual([client.drains, client.link!.writable], [1, true]);
    });

    it('stops arrivals in the middle of a burst', () => {
      const { world, client, server } = pair(5);
      server.onChunk = () => server.link!.pause();
      client.send(pattern(1000));
      world.runUntilIdle();
      assert.equal(server.chunks.length, 1);
      server.onChunk = null;
      server.link!.resume();
      server.link!.resume();
      world.runUntilIdle();
      assert.deepEqual(server.received, pattern(1000));
    });
  });
});
