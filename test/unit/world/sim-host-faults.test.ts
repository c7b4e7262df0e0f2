import assert from 'node:assert/strict';
import { SimWorld } from '../../../lib/world/sim';
import { dial, listen, pair } from './sim-recorder';

describe('SimWorld: faults of hosts', () => {
  describe('pause', () => {
    it('holds timers and arrivals, and gives them back in order', () => {
      const { world, client, server } = pair();
      const { clock } = world.host('b');
      const log: string[] = [];
      server.onChunk = (chunk) => log.push(chunk.toString());
      for (const ms of [10, 20, 5000]) clock.after(ms, () => log.push(`timer ${ms} at ${Math.round(world.now - start)}`));
      const cancelled = clock.after(15, () => log.push('cancelled'));
      const start = world.now;
      const fault = world.pause('b');
      world.runFor(12);
      client.send('!');
      world.runFor(988);
      cancelled.cancel();
      assert.deepEqual(log, []);
      assert.equal(fault.eventsHeld, 4);
      world.resume('b');
      world.runFor(10_000);
      assert.deepEqual(log, ['timer 10 at 1000', '!', 'timer 20 at 1000', 'timer 5000 at 5000']);
    });

    it('leaves the machine taking connections, which the program sees later', () => {
      const world = new SimWorld(1);
      const accepted = listen(world.host('b'), 1);
      world.runUntilIdle();
      world.pause('b');
      const client = dial(world.host('a'), { host: 'b', port: 1 });
      client.send('hello');
      const visitor = dial(world.host('a'), { host: 'b', port: 1 });
      world.runFor(1000);
      assert.deepEqual([client.opened, accepted.length], [1, 0]);
      visitor.link!.abort();
      world.runFor(1000);
      world.resume('b');
      world.resume('b');
      world.runUntilIdle();
      assert.deepEqual(accepted.map(({ text, ending }) => `${text} ${ending}`).sort(), [' ECONNRESET', 'hello undefined']);
    });

    it('twice is once', () => {
      const { world } = pair();
      assert.equal(world.pause('b'), world.pause('b'));
      assert.equal(world.faults.length, 1);
    });
  });

  describe('crash', () => {
    it('resets the links of the host, forgets its timers, frees its ports and refuses dials', () => {
      const { world, client, server } = pair();
      const other = dial(world.host('c'), { host: 'b', port: 5672 });
      world.runUntilIdle();
      let fired = false;
      const dead = world.host('b');
      dead.clock.after(10, () => {
        fired = true;
      });
      dead.turn.atEnd(() => {
        fired = true;
      });
      server.send('reserved, and lost');
      const fault = world.crash('b');
      world.runUntilIdle();
      assert.equal(fired, false);
      assert.deepEqual([client.ending, other.ending], ['ECONNRESET', 'ECONNRESET']);
      assert.equal(client.text, '');
      assert.equal(server.closed, false);
      assert.equal(fault.connectionsReset, 2);
      assert.equal(fault.eventsHeld, 1);
      assert.equal(fault.bytesDropped, 18);
      const refused = dial(world.host('a'), { host: 'b', port: 5672 });
      world.runUntilIdle();
      assert.equal(refused.ending, 'ECONNREFUSED');
      assert.throws(() => world.crash('b'), /"b" has crashed; sim.host\("b"\) starts it again/);
    });

    it('is followed by a new life, to which the old one has no access', () => {
      const { world } = pair();
      const old = world.host('b');
      world.crash('b');
      const young = world.host('b');
      assert.notEqual(young, old);
      assert.equal(young.address, old.address);
      assert.equal(world.host('b'), young);
      let fired = false;
      old.clock.after(0, () => {
        fired = true;
      });
      const stray = dial(old, { host: 'a', port: 1 });
      const ghost = listen(old, 5672);
      world.runUntilIdle();
      assert.deepEqual([fired, stray.closed], [false, false]);
      const accepted = listen(young, 5672);
      const client = dial(world.host('a'), { host: 'b', port: 5672 });
      world.runUntilIdle();
      assert.deepEqual([client.opened, accepted.length, ghost.length], [1, 1, 0]);
    });

    it('of a paused host loses what was held', () => {
      const { world, client } = pair();
      let fired = false;
      world.host('b').clock.after(1, () => {
        fired = true;
      });
      world.pause('b');
      client.send('x');
      world.runFor(10);
      world.crash('b');
      world.host('b');
      world.runUntilIdle();
      assert.equal(fired, false);
      assert.equal(client.ending, 'ECONNRESET');
    });

    it('while a dial is under way leaves nothing behind', () => {
      for (const wait of [0, 0.3, 0.7, 1.2]) {
        const world = new SimWorld(4);
        const accepted = listen(world.host('b'), 1);
        const client = dial(world.host('a'), { host: 'b', port: 1 });
        world.runFor(wait);
        world.crash('a');
        world.runUntilIdle();
        assert.equal(client.opened + client.closings.length, 0);
        for (const server of accepted) assert.equal(server.ending, 'ECONNRESET');
      }
    });
  });

  describe('a clock that jumps', () => {
    it('is wrong until it is set right, also for the next process; timers do not notice', () => {
      const world = new SimWorld(1);
      const start = world.host('a').clock.epochMs();
      const fault = world.jumpClock('a', -3_600_000);
      assert.equal(fault.mattered, false);
      let firedAt = 0;
      world.host('a').clock.after(10, () => {
        firedAt = world.now;
      });
      world.runFor(10);
      assert.equal(firedAt, 10);
      assert.deepEqual([world.host('a').clock.epochMs(), world.host('b').clock.epochMs()], [start - 3_599_990, start + 10]);
      assert.equal(fault.mattered, true);
      world.crash('a');
      assert.equal(world.host('a').clock.epochMs(), start - 3_599_990);
      world.setClockRight('a');
      assert.equal(world.host('a').clock.epochMs(), start + 10);
      assert.equal(fault.clockReads, 2);
    });
  });
});
