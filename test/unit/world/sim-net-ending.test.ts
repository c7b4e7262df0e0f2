import assert from 'node:assert/strict';
import { SimWorld } from '../../../lib/world/sim';
import { dial, listen, pair, pattern } from './sim-recorder';

describe('SimWorld: the end of a connection', () => {
  it('is orderly after end(): all is delivered, both sides close without error', () => {
    const { world, client, server } = pair(2);
    client.send(pattern(3000));
    client.link!.end();
    client.link!.end();
    assert.equal(client.closed, false);
    server.send('last words');
    world.runUntilIdle();
    assert.deepEqual(server.received, pattern(3000));
    assert.equal(client.text, 'last words');
    assert.deepEqual([client.closings, server.closings], [[null], [null]]);
  });

  it('may be asked for by both sides at once, or before the connection stands', () => {
    const both = pair();
    both.client.link!.end();
    both.server.link!.end();
    both.world.runUntilIdle();
    assert.deepEqual([both.client.closings, both.server.closings], [[null], [null]]);

    const world = new SimWorld(1);
    const accepted = listen(world.host('b'), 1);
    const client = dial(world.host('a'), { host: 'b', port: 1 });
    client.send('short visit');
    client.link!.end();
    world.runUntilIdle();
    assert.equal(accepted[0]!.text, 'short visit');
    assert.deepEqual([client.closings, accepted[0]!.closings], [[null], [null]]);
  });

  it('waits for a peer that does not read', () => {
    const { world, client, server } = pair();
    server.link!.pause();
    client.send('unread');
    client.link!.end();
    world.runUntilIdle();
    assert.equal(server.closed, false);
    server.link!.resume();
    world.runUntilIdle();
    assert.equal(server.text, 'unread');
    assert.deepEqual([client.ending, server.ending], ['end', 'end']);
  });

  it('is a reset for the peer after abort(); what was only reserved is lost', () => {
    const { world, client, server } = pair();
    client.send('flushed');
    world.runFor(10);
    client.send('lost');
    client.link!.abort();
    client.link!.abort();
    assert.equal(client.closed, false, 'never from inside abort');
    world.runUntilIdle();
    assert.equal(server.text, 'flushed');
    assert.equal(server.ending, 'ECONNRESET');
    assert.deepEqual([client.closings.length, server.closings.length], [1, 1]);
  });

  it('lets output after it go nowhere', () => {
    const { world, client, server } = pair();
    client.link!.abort();
    client.send('after abort');
    world.runUntilIdle();
    client.send('after onClose');
    server.send('after onClose');
    client.link!.end();
    client.link!.pause();
    client.link!.resume();
    world.runUntilIdle();
    assert.equal(server.text, '');
    assert.deepEqual([client.closings.length, server.closings.length], [1, 1]);
  });

  it('lets output after end() go nowhere', () => {
    const { world, client, server } = pair();
    server.link!.pause();
    client.send('last words');
    client.link!.end();
    world.runFor(0.1);
    client.send('afterthought');
    assert.equal(client.link!.pendingBytes, 10);
    world.runFor(10);
    server.link!.resume();
    world.runUntilIdle();
    assert.equal(server.text, 'last words');
    assert.deepEqual([client.ending, server.ending], ['end', 'end']);
  });

  it('may come while the dial is under way', () => {
    const world = new SimWorld(1);
    const accepted = listen(world.host('b'), 1);
    for (const wait of [0, 0.1, 0.5, 0.9, 1.3]) {
      const client = dial(world.host('a'), { host: 'b', port: 1 });
      world.runFor(wait);
      client.link!.abort();
      world.runUntilIdle();
      assert.equal(client.closings.length, 1);
    }
    for (const server of accepted) assert.equal(server.closings.length, 1);
  });
});
