import assert from 'node:assert/strict';
import { SimWorld } from '../../../lib/world/sim';
import { dial, listen } from './sim-recorder';

describe('SimWorld: time and turns', () => {
  it('does events in order of time, then in the order in which they were asked for', () => {
    const world = new SimWorld(1);
    const { clock } = world.host('a');
    const log: string[] = [];
    const at = (name: string, ms: number) => clock.after(ms, () => log.push(`${name}@${clock.now()}`));
    at('late', 30);
    at('first', 10);
    at('second', 10);
    clock.after(10, () => at('child', 0));
    at('third', 10).cancel();
    world.runUntilIdle();
    assert.deepEqual(log, ['first@10', 'second@10', 'child@10', 'late@30']);
  });

  it('counts wall time from a fixed moment', () => {
    const world = new SimWorld(1);
    const { clock } = world.host('a');
    world.runFor(1500);
    assert.equal(clock.now(), 1500);
    assert.equal(new Date(clock.epochMs()).toISOString(), '2024-01-01T00:00:01.500Z');
    assert.equal(new SimWorld(1, { epochMs: 77 }).host('a').clock.epochMs(), 77);
  });

  it('refuses delays that are none', () => {
    const { clock } = new SimWorld(1).host('a');
    assert.throws(() => clock.after(-1, () => undefined), RangeError);
    assert.throws(() => clock.after(NaN, () => undefined), RangeError);
  });

  it('runs ends of turn once, in order, within the turn, at the same instant and before any other event', () => {
    const world = new SimWorld(1);
    const { clock, turn } = world.host('a');
    const log: string[] = [];
    clock.after(5, () => {
      turn.atEnd(() => {
        log.push(`end 1@${clock.now()}`);
        turn.atEnd(() => log.push('end added at the end'));
        clock.after(0, () => log.push('event asked for at the end'));
      });
      turn.atEnd(() => log.push('end 2'));
      log.push('event');
    });
    clock.after(5, () => log.push('other event'));
    world.runUntilIdle();
    assert.deepEqual(log, ['event', 'end 1@5', 'end 2', 'end added at the end', 'other event', 'event asked for at the end']);
  });

  it('ends a turn that began outside all events before any event', () => {
    const world = new SimWorld(1);
    const { clock, turn } = world.host('a');
    const log: string[] = [];
    clock.after(0, () => log.push('event'));
    turn.atEnd(() => log.push('end'));
    world.runUntilIdle();
    assert.deepEqual(log, ['end', 'event']);
  });

  it('hands output to the network after the ends of turn, one piece for each link', () => {
    const world = new SimWorld(1, { chunking: false });
    const server = listen(world.host('b'), 1);
    const client = dial(world.host('a'), { host: 'b', port: 1 });
    const { clock, turn } = world.host('a');
    world.runUntilIdle();
    clock.after(1, () => {
      client.send('one ');
      turn.atEnd(() => client.send('three'));
      client.send('two ');
      assert.equal(client.link!.pendingBytes, 8);
    });
    world.runUntilIdle();
    assert.deepEqual(server[0]!.chunks.map(String), ['one two three']);
  });

  it('takes back the bytes it lent when the turn is over', () => {
    const world = new SimWorld(1, { chunking: false });
    const { turn } = world.host('b');
    let kept: Buffer = Buffer.alloc(0);
    let inTurn = '';
    listen(world.host('b'), 1, '0.0.0.0', (server) => {
      server.onChunk = (chunk) => {
        kept = chunk;
        turn.atEnd(() => {
          inTurn = kept.toString();
        });
      };
    });
    const client = dial(world.host('a'), { host: 'b', port: 1 });
    client.send('abc');
    world.runUntilIdle();
    assert.equal(inTurn, 'abc');
    assert.deepEqual([...kept], [0xdd, 0xdd, 0xdd]);
  });

  it('says so when time cannot pass', () => {
    const world = new SimWorld(1);
    const { clock } = world.host('a');
    const again = (): void => {
      clock.after(0, again);
    };
    again();
    assert.throws(() => world.runFor(1), /Virtual time cannot pass 0 ms/);
  });

  it('runs until a condition holds, and says what is open when it never does', () => {
    const world = new SimWorld(1);
    const { clock } = world.host('a');
    let count = 0;
    const tick = (): void => {
      count++;
      clock.after(10, tick);
    };
    tick();
    world.runUntil(() => count === 5);
    assert.equal(world.now, 40);
    assert.throws(() => world.runUntil(() => false, 100), /100 ms of virtual time were not enough/);
    const idle = new SimWorld(1);
    listen(idle.host('b'), 1);
    dial(idle.host('a'), { host: 'b', port: 1 });
    assert.throws(() => idle.runUntil(() => false), /Nothing is left to happen.*a:40000 to b:1 open/);
  });

  it('passes log lines on and counts them as events', () => {
    const lines: string[] = [];
    const make = (text: string): SimWorld => {
      const world = new SimWorld(1, { onLog: (line) => lines.push(`${line.host} ${line.level} ${line.text}`) });
      world.host('a').log.write('warning', text);
      return world;
    };
    assert.equal(make('x').hash(), make('x').hash());
    assert.notEqual(make('x').hash(), make('y').hash());
    assert.equal(lines[0], 'a warning x');
  });

  it('gives each host chance of its own from the seed', () => {
    const draw = (seed: number, name: string): number[] => {
      const { random } = new SimWorld(seed).host(name);
      return [random.float(), random.float(), ...random.bytes(3)];
    };
    assert.deepEqual(draw(1, 'a'), draw(1, 'a'));
    assert.notDeepEqual(draw(1, 'a'), draw(1, 'b'));
    assert.notDeepEqual(draw(1, 'a'), draw(2, 'a'));
  });
});
