import assert from 'node:assert/strict';
import { SimWorld } from '../../../lib/world/sim';
import { dial, listen, pair } from './sim-recorder';

const MINUTES = 60_000;

describe('SimWorld: faults of the network', () => {
  describe('cut', () => {
    it('stalls both ways without closing anything, and heals without loss', () => {
      const { world, client, server } = pair();
      const fault = world.cut('a', 'b');
      assert.equal(fault.mattered, false);
      client.send('to b');
      server.send('to a!');
      world.runFor(5 * MINUTES);
      assert.deepEqual([server.text, client.text], ['', '']);
      assert.deepEqual([client.closed, server.closed], [false, false]);
      assert.equal(fault.bytesDelayed, 9);
      assert.equal(fault.mattered, true);
      world.heal();
      world.runUntilIdle();
      assert.deepEqual([server.text, client.text], ['to b', 'to a!']);
    });

    it('catches what is under way', () => {
      const { world, client, server } = pair();
      client.send('x');
      world.step();
      world.cut('a', 'b');
      world.runFor(1000);
      assert.equal(server.text, '');
    });

    it('leaves other hosts alone', () => {
      const { world, server } = pair();
      const other = dial(world.host('c'), { host: 'b', port: 5672 });
      world.cut('a', 'b');
      other.send('from c');
      world.runFor(1000);
      assert.equal(other.opened, 1);
      assert.equal(server.text, '');
    });

    it('one way lets the other way through', () => {
      const { world, client, server } = pair();
      world.cutOneWay('a', 'b');
      client.send('lost to b');
      server.send('seen by a');
      world.runFor(1000);
      assert.deepEqual([server.text, client.text], ['', 'seen by a']);
    });

    it('holds a dial back until it is healed, or until the dial gives up after 127 s', () => {
      const ways: ([string, string] | null)[] = [['a', 'b'], ['b', 'a'], null];
      for (const oneWay of ways) {
        const { world } = pair();
        const fault = oneWay === null ? world.cut('a', 'b') : world.cutOneWay(...oneWay);
        const patient = dial(world.host('a'), { host: 'b', port: 5672 });
        world.runFor(100_000);
        const late = dial(world.host('a'), { host: 'b', port: 5672 });
        assert.equal(patient.closed, false);
        world.runFor(26_900);
        assert.equal(patient.closed, false);
        world.runFor(200);
        assert.equal(patient.ending, 'ETIMEDOUT');
        assert.equal(patient.closings[0]!.message, 'connect ETIMEDOUT 10.0.0.1:5672');
        world.heal();
        world.runUntilIdle(300_000);
        assert.equal(late.opened, 1);
        assert.equal(patient.opened, 0);
        assert.ok(fault.dialsStalled >= 2);
      }
    });

    it('breaks, after fifteen minutes, a connection on which something waits; the other end believes in it', () => {
      const { world, client, server } = pair();
      const fault = world.cut('a', 'b');
      client.send('into the void');
      world.runFor(15 * MINUTES);
      assert.equal(client.closed, false);
      world.runFor(MINUTES);
      assert.equal(client.ending, 'ETIMEDOUT');
      assert.equal(fault.connectionsReset, 1);
      assert.equal(fault.bytesDropped, 13);
      world.heal();
      world.runUntilIdle();
      assert.equal(server.closed, false);
      server.send('still there?');
      world.runUntilIdle();
      assert.equal(server.ending, 'ECONNRESET');
      assert.equal(server.text, '');
    });

    it('healed in time gives the sender its patience back', () => {
      const { world, client, server } = pair();
      for (let i = 0; i < 3; i++) {
        world.cut('a', 'b');
        client.send('x');
        world.runFor(14 * MINUTES);
        world.heal();
        world.runFor(MINUTES);
      }
      assert.equal(server.text, 'xxx');
      assert.equal(client.closed, false);
    });

    it('holds back word that the peer has room again', () => {
      const { world, client, server } = pair();
      client.send(Buffer.alloc(1_500_000));
      server.link!.pause();
      world.runUntilIdle();
      world.cutOneWay('b', 'a');
      server.link!.resume();
      world.runFor(1000);
      assert.equal(server.received.length, 1_500_000);
      assert.deepEqual([client.drains, client.link!.writable], [0, false]);
      world.heal();
      world.runUntilIdle();
      assert.deepEqual([client.drains, client.link!.writable], [1, true]);
    });

    it('names hosts that exist', () => {
      const { world } = pair();
      assert.throws(() => world.cut('a', 'nobody'), /no host "nobody" in this simulation; there is: b, a/);
    });
  });

  describe('half-open connections', () => {
    it('stay when the other host crashes behind a cut, until somebody speaks', () => {
      const { world, client, server } = pair();
      const cut = world.cut('a', 'b');
      const crash = world.crash('b');
      world.runFor(5 * MINUTES);
      assert.equal(client.closed, false);
      assert.equal(cut.resetsLost, 1);
      assert.equal(crash.connectionsReset, 1);
      world.heal();
      world.runFor(5 * MINUTES);
      assert.equal(client.closed, false);
      client.send('hello?');
      world.runUntilIdle();
      assert.equal(client.ending, 'ECONNRESET');
      assert.equal(server.closed, false, 'the dead are told nothing');
    });

    it('are found out by the one who sent something while the way was cut', () => {
      const { world, client, server } = pair();
      world.cut('a', 'b');
      server.send('nobody will read this');
      world.runFor(10);
      client.link!.abort();
      world.runFor(10);
      assert.deepEqual([client.closed, server.closed], [true, false]);
      world.heal();
      world.runUntilIdle();
      assert.equal(server.ending, 'ECONNRESET');
      assert.equal(client.text, '');
    });
  });

  it('half-open connections are found out also by the one whose words were not read', () => {
    const { world, client, server } = pair();
    server.link!.pause();
    client.send('unread');
    world.runFor(10);
    world.cutOneWay('b', 'a');
    server.link!.abort();
    world.runFor(10);
    world.heal();
    world.runUntilIdle();
    assert.equal(client.closed, false);
    client.send('are you there?');
    world.runUntilIdle();
    assert.equal(client.ending, 'ECONNRESET');
    assert.equal(server.text, '');
  });

  describe('latency', () => {
    it('is added each way to what is sent from then on, and counted', () => {
      const { world, client, server } = pair();
      client.send('before');
      world.step();
      const fault = world.latency('a', 'b', 100);
      world.runFor(5);
      assert.equal(server.text, 'before');
      const start = world.now;
      client.send('after');
      world.runUntil(() => server.text === 'beforeafter');
      assert.ok(world.now - start > 100 && world.now - start < 103, `${world.now - start} ms`);
      server.send('back');
      world.runUntil(() => client.text === 'back');
      assert.ok(world.now - start > 200 && world.now - start < 206, `${world.now - start} ms`);
      assert.equal(fault.bytesDelayed, 9);
      world.heal();
      const healed = world.now;
      client.send('.');
      world.runUntil(() => server.text.endsWith('.'));
      assert.ok(world.now - healed < 2);
    });

    it('does not let a later byte overtake an earlier one when it ends', () => {
      const { world, client, server } = pair();
      world.latency('a', 'b', 1000);
      client.send('slow');
      world.step();
      world.heal();
      client.send('quick');
      world.runUntilIdle();
      assert.equal(server.text, 'slowquick');
    });
  });

  describe('reset', () => {
    it('breaks the open connections of two hosts, and no others', () => {
      const { world, client, server } = pair();
      const third = dial(world.host('c'), { host: 'b', port: 5672 });
      const second = dial(world.host('a'), { host: 'b', port: 5672 });
      world.runUntilIdle();
      client.send('lost');
      world.step();
      const fault = world.reset('a', 'b');
      assert.equal(client.closed, false, 'not from inside reset');
      world.runUntilIdle();
      assert.deepEqual([client.ending, second.ending, server.ending], ['ECONNRESET', 'ECONNRESET', 'ECONNRESET']);
      assert.equal(third.closed, false);
      assert.equal(fault.connectionsReset, 2);
      assert.equal(fault.bytesDropped, 4);
      assert.equal(server.text, '');
      const again = dial(world.host('a'), { host: 'b', port: 5672 });
      world.runUntilIdle();
      assert.equal(again.opened, 1);
    });

    it('works from either host, and on connections within one host', () => {
      const { world, client } = pair();
      world.reset('b', 'a');
      world.runUntilIdle();
      assert.equal(client.ending, 'ECONNRESET');
      const own = dial(world.host('b'), { host: 'localhost', port: 5672 });
      world.runUntilIdle();
      assert.equal(world.reset('b', 'b').connectionsReset, 1);
      world.runUntilIdle();
      assert.equal(own.ending, 'ECONNRESET');
    });

    it('comes after exactly the bytes asked for, which still arrive', () => {
      for (let afterBytes = 0; afterBytes <= 12; afterBytes++) {
        const { world, client, server } = pair(afterBytes);
        const fault = world.reset('a', 'b', { afterBytes });
        for (const word of ['abcd', 'efgh', 'ijkl']) {
          client.send(word);
          world.runFor(0.2);
        }
        server.send('the way back does not count');
        world.runUntilIdle();
        assert.equal('abcdefghijkl'.slice(0, afterBytes).startsWith(server.text), true);
        assert.equal(client.ending, 'ECONNRESET', `after ${afterBytes}`);
        assert.equal(server.ending, 'ECONNRESET', `after ${afterBytes}`);
        assert.equal(fault.connectionsReset, 1);
      }
    });

    it('delivers all the bytes before the break when pieces are not cut', () => {
      const world = new SimWorld(1, { chunking: false });
      const accepted = listen(world.host('b'), 1);
      const client = dial(world.host('a'), { host: 'b', port: 1 });
      world.reset('a', 'b', { afterBytes: 6 });
      client.send('abcdefgh');
      world.runUntilIdle();
      assert.equal(accepted[0]!.text, 'abcdef');
      assert.equal(accepted[0]!.ending, 'ECONNRESET');
    });

    it('that never came about has not mattered', () => {
      const { world, client } = pair();
      const fault = world.reset('a', 'b', { afterBytes: 1000 });
      client.send('too little');
      world.runUntilIdle();
      assert.equal(fault.mattered, false);
      assert.equal(client.closed, false);
    });
  });

  it('are listed, and part of the fingerprint', () => {
    const run = (act: (world: SimWorld) => void): string => {
      const { world } = pair();
      act(world);
      return world.hash();
    };
    assert.notEqual(
      run(() => undefined),
      run((world) => world.cut('a', 'b')),
    );
    const { world } = pair();
    const faults = [world.cut('a', 'b'), world.latency('a', 'b', 1), world.reset('a', 'b'), world.pause('a'), world.crash('b')];
    assert.deepEqual(world.faults, faults);
    assert.deepEqual(
      faults.map(({ kind, where }) => `${kind} ${where}`),
      ['cut a | b', 'latency a | b', 'reset a | b', 'pause a', 'crash b'],
    );
  });
});
