import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Pair, pair, pattern, type Recorder } from './sim-recorder';

describe('SimWorld: the network in any storm', () => {
  const action = fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('send' as const), side: fc.nat(1), size: fc.nat(3000) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('send' as const), side: fc.nat(1), size: fc.constant(400_000) }) },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constantFrom('pause', 'resume', 'cut', 'cutOneWay', 'heal', 'latency', 'freeze', 'thaw' as const),
        side: fc.nat(1),
        size: fc.nat(50),
      }),
    },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('wait' as const), side: fc.constant(0), size: fc.nat(400) }) },
  );
  type Action = { kind: string; side: number; size: number };

  /** Does the actions; the bytes that were sent by each side. */
  function perform({ world, client, server }: Pair, actions: readonly Action[]): [Buffer, Buffer] {
    const ends = [client, server] as const;
    const names = ['a', 'b'] as const;
    const sent: [Buffer[], Buffer[]] = [[], []];
    for (const { kind, side, size } of actions) {
      const end = ends[side] as Recorder;
      const name = names[side] as string;
      if (kind === 'send' && !end.closed) {
        const bytes = pattern(size, sent[side]!.length * 37);
        sent[side]!.push(bytes);
        end.send(bytes);
      } else if (kind === 'pause') end.link!.pause();
      else if (kind === 'resume') end.link!.resume();
      else if (kind === 'cut') world.cut('a', 'b');
      else if (kind === 'cutOneWay') world.cutOneWay(name, name === 'a' ? 'b' : 'a');
      else if (kind === 'heal') world.heal();
      else if (kind === 'latency') world.latency('a', 'b', size);
      else if (kind === 'freeze') world.pause(name);
      else if (kind === 'thaw') world.resume(name);
      else if (kind === 'wait') world.runFor(size / 4);
    }
    return [Buffer.concat(sent[0]), Buffer.concat(sent[1])];
  }

  function calm({ world, client, server }: Pair): void {
    world.heal();
    world.resume('a');
    world.resume('b');
    client.link!.resume();
    server.link!.resume();
    world.runUntilIdle(2_000_000);
  }

  it('whatever is sent arrives in order, exactly once, through any storm that ends', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(action, { maxLength: 40 }), fc.boolean(), (seed, actions, ends) => {
        const both = pair(seed);
        const [up, down] = perform(both, actions);
        if (ends) both.client.link!.end();
        calm(both);
        assert.ok(both.server.received.equals(up), 'client to server');
        assert.ok(both.client.received.equals(down), 'server to client');
        assert.deepEqual(both.client.closings, ends ? [null] : []);
        assert.deepEqual(both.server.closings, ends ? [null] : []);
        assert.equal(both.client.link!.pendingBytes + both.server.link!.pendingBytes, 0);
        assert.ok(both.client.link!.writable && both.server.link!.writable);
      }),
      { numRuns: 300 },
    );
  });

  it('after a reset, an abort or a crash each side has a prefix of what was sent, and both know', () => {
    const few = fc.array(action, { maxLength: 15 });
    const blow = fc.constantFrom('reset', 'abort', 'crash', 'reset after bytes');
    fc.assert(
      fc.property(fc.nat(), few, blow, few, (seed, before, how, after) => {
        const both = pair(seed);
        const { world, client, server } = both;
        const early = perform(both, before);
        world.heal();
        if (how === 'reset') world.reset('a', 'b');
        else if (how === 'abort') client.link!.abort();
        else if (how === 'reset after bytes') world.reset('a', 'b', { afterBytes: 100 });
        else {
          world.resume('a');
          world.crash('a');
        }
        const late = perform(both, how === 'crash' ? after.filter(({ kind }) => kind !== 'freeze' && kind !== 'thaw') : after);
        if (how === 'crash') world.host('a');
        calm(both);
        // A side that never heard of the end learns of it when it speaks.
        if (!server.closed) server.send('are you there?');
        if (!client.closed && how !== 'crash') client.send(pattern(200));
        world.runUntilIdle(2_000_000);
        const up = Buffer.concat([early[0], late[0]]);
        const down = Buffer.concat([early[1], late[1]]);
        assert.ok(up.subarray(0, server.received.length).equals(server.received.subarray(0, up.length)));
        assert.ok(down.subarray(0, client.received.length).equals(client.received.subarray(0, down.length)));
        assert.equal(server.closings.length, 1);
        assert.equal(client.closings.length, how === 'crash' ? 0 : 1);
      }),
      { numRuns: 300 },
    );
  });

  it('the same seed gives the same events, another seed others', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.array(action, { minLength: 3, maxLength: 20 }), (seed, actions) => {
        const run = (of: number): string => {
          const both = pair(of);
          perform(both, actions);
          calm(both);
          return both.world.hash();
        };
        assert.equal(run(seed), run(seed));
        assert.notEqual(run(seed), run(seed + 1));
      }),
      { numRuns: 50 },
    );
  });
});
