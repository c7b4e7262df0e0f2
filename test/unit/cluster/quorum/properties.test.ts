/** What holds of a quorum queue whatever is done to it. */
import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { decodeCommand } from '../../../../lib/cluster/quorum/machine/command-codec';
import type { Command, CommandOf } from '../../../../lib/cluster/quorum/machine/commands';
import type { QuorumConfig } from '../../../../lib/cluster/quorum/machine/config';
import type { Effect } from '../../../../lib/cluster/quorum/machine/effects';
import { MessageBatch } from '../../../../lib/cluster/quorum/machine/message-batch';
import { QuorumMachine } from '../../../../lib/cluster/quorum/machine/quorum-machine';
import { ReleaseCursor } from '../../../../lib/cluster/quorum/machine/release-cursor';
import { all, replayOne } from './bench';
import { configs, nameOf, scripts, Walk, type Wish } from './scripts';

const RUNS = { numRuns: Number(process.env.WARREN_RUNS ?? 400) };

/** Runs scripts; `seen` is called after each command. */
function always(seen: (walk: Walk, command: Command, effects: readonly Effect[]) => void): void {
  fc.assert(
    fc.property(configs, scripts, (config, script) => {
      new Walk(config, seen).follow(script);
    }),
    RUNS,
  );
}

function replay(machine: QuorumMachine, log: readonly Buffer[], from: number): Effect[][] {
  return log.slice(from).map((bytes, i) => replayOne(machine, bytes, from + i + 1));
}

function heldBy({ bench: { machine } }: Walk, consumer: number): number {
  return machine.held(consumer, 0).length;
}

interface Named {
  readonly name: number;
  readonly ttl: number | null;
}

/** The messages of the bench's last command. */
function named({ index, log }: Walk['bench'], { count }: MessageBatch): Named[] {
  // Where they are is known only once the command stands in the log.
  const { command } = decodeCommand(log[index - 1] as Buffer);
  const batch = command.type === 'enqueue' ? command.messages : command.type === 'requeue' ? command.message : null;
  const cursor = (batch as MessageBatch).cursor();
  return Array.from({ length: count }, () => {
    cursor.next();
    return { name: nameOf({ index, at: cursor.at }), ttl: cursor.ttl };
  });
}

/** Those that had not come before; none if one in front is missing. */
function taken(bench: Walk['bench'], expected: Walk['expected'], { session, sequence, messages }: CommandOf<'enqueue'>): Named[] {
  const next = expected.get(session) ?? 1;
  return sequence > next ? [] : named(bench, messages).slice(next - sequence);
}

/** Where every message is, by what was done and told; what the machine has ready is looked at only to compare. */
class Ledger {
  private readonly places = new Map<number, string>();
  /** As of the last command. */
  private ready: number[] = [];

  seen({ bench, expected, hands, letters }: Walk, command: Command, effects: readonly Effect[]): void {
    const { machine } = bench;
    if (command.type === 'enqueue') for (const { name } of taken(bench, expected, command)) this.begin(name);
    if (command.type === 'settle') this.endHeld(hands, command.consumer, command.deliveries, 'settled');
    if (command.type === 'requeue') {
      this.endHeld(hands, command.consumer, [command.delivery], 'written anew');
      this.begin((named(bench, command.message)[0] as Named).name);
    }
    if (command.type === 'get' && command.noAck) for (const got of all('got', effects)) this.end(nameOf(got), 'settled');
    if (command.type === 'settleDead') {
      for (const delivery of command.deliveries) this.end(letters.get(delivery) as number, 'a dead letter that is confirmed');
    }
    for (const { messages } of all('purged', effects)) {
      assert.equal(messages, this.ready.length);
      for (const one of this.ready) this.end(one, 'purged');
    }
    for (const type of ['dead', 'dropped'] as const) for (const corpse of all(type, effects)) this.end(nameOf(corpse), type);
    this.ready = machine.readyPlaces().map(nameOf);
    const inside = [...this.places.values()].filter((place) => place === 'in').length;
    assert.equal(machine.messages, inside);
    for (const one of this.ready) assert.equal(this.places.get(one), 'in', `${one} is ready`);
  }

  private begin(name: number): void {
    assert.ok(!this.places.has(name), `${name} came twice`);
    this.places.set(name, 'in');
  }

  private end(name: number, how: string): void {
    assert.equal(this.places.get(name), 'in', `${name} is ${how}, and was something else before`);
    this.places.set(name, how);
  }

  private endHeld(hands: Walk['hands'], consumer: number, deliveries: readonly number[], how: string): void {
    for (const delivery of deliveries) this.end(hands.get(consumer)?.held.get(delivery) as number, how);
  }
}

function deliveredIn(effects: readonly Effect[]): number[] {
  return [...all('deliver', effects), ...all('got', effects)].map(({ index }) => index);
}

describe('a quorum queue, whatever is done to it', () => {
  it('has every message in exactly one place', () => {
    fc.assert(
      fc.property(configs, scripts, (config, script) => {
        const ledger = new Ledger();
        new Walk(config, (walk, command, effects) => ledger.seen(walk, command, effects)).follow(script);
      }),
      RUNS,
    );
  });

  it('hands out fresh messages in the order of the log', () => {
    fc.assert(
      fc.property(configs, scripts, (config, script) => {
        let last = 0;
        new Walk(config, (_walk, _command, effects) => {
          for (const effect of effects) {
            if ((effect.type !== 'deliver' && effect.type !== 'got') || effect.returns > 0) continue;
            assert.ok(nameOf(effect) > last, `${nameOf(effect)} after ${last}`);
            last = nameOf(effect);
          }
        }).follow(script);
      }),
      RUNS,
    );
  });

  it('hands nobody more than its credit, and numbers what it hands out without a gap', () => {
    fc.assert(
      fc.property(configs, scripts, (config, script) => {
        const next = new Map<number, number>();
        new Walk(config, (walk, _command, effects) => {
          for (const { consumer, delivery } of all('deliver', effects)) {
            assert.equal(delivery, next.get(consumer) ?? 0);
            next.set(consumer, delivery + 1);
            const window = walk.hands.get(consumer)?.window;
            if (window !== undefined) assert.ok(heldBy(walk, consumer) <= window);
          }
        }).follow(script);
      }),
      RUNS,
    );
  });

  it('keeps no message back from a consumer that has room', () => {
    always((walk) => {
      const { machine } = walk.bench;
      if (machine.ready === 0) return;
      for (const { consumer, active, tag } of machine.consumers()) {
        const window = walk.hands.get(consumer)?.window;
        if (active && window !== undefined) assert.ok(heldBy(walk, consumer) >= window, `${tag} has room`);
      }
    });
  });

  it('has at most one active consumer, if so declared', () => {
    always(({ bench: { machine } }) => {
      if (machine.config.singleActive) assert.ok(machine.consumers().filter(({ active }) => active).length <= 1);
    });
  });

  it('delivers no message more often than its delivery limit allows, and none that is due', () => {
    fc.assert(
      fc.property(configs, scripts, (config, script) => {
        const expiry = new Map<number, number>();
        new Walk(config, (walk, command, effects) => {
          const { bench, expected } = walk;
          const { time } = bench;
          if (command.type === 'enqueue') {
            for (const { name, ttl } of taken(bench, expected, command)) {
              if (ttl !== null) expiry.set(name, time + Math.max(1, ttl));
            }
          }
          for (const effect of effects) {
            if (effect.type !== 'deliver' && effect.type !== 'got') continue;
            assert.ok(config.deliveryLimit === null || effect.returns <= config.deliveryLimit);
            assert.ok((expiry.get(nameOf(effect)) ?? Number.POSITIVE_INFINITY) > time);
          }
          // A requeue is only asked for without a limit, and gives a message another name.
        }).follow(script.filter(({ act }) => act !== 'requeue'));
      }),
      RUNS,
    );
  });

  it('takes back from consumers that leave what it would if their session closed', () => {
    let left = 0;
    fc.assert(
      fc.property(configs, scripts, fc.nat(), (config, script, at) => {
        const walk = new Walk(config).follow(script);
        const session = walk.session(at);
        if (session === undefined) return;
        const { machine, index, time } = walk.bench;
        const consumers = [...walk.hands].filter(([, hand]) => hand.session === session).map(([consumer]) => consumer);
        if (consumers.length > 0) left++;
        const [one, other] = [QuorumMachine.restore(machine.snapshot()), QuorumMachine.restore(machine.snapshot())];
        const [leaving, closing, closed]: Effect[][] = [[], [], []];
        one.apply({ type: 'leave', consumers }, { index: index + 1, time }, leaving as Effect[]);
        one.apply({ type: 'close', session }, { index: index + 2, time }, closing as Effect[]);
        other.apply({ type: 'close', session }, { index: index + 1, time }, closed as Effect[]);
        assert.ok(one.snapshot().equals(other.snapshot()));
        const handed = (effects: readonly Effect[] = []) => effects.filter(({ type }) => type !== 'refuse');
        assert.deepEqual(handed([...(leaving as Effect[]), ...(closing as Effect[])]), handed(closed));
      }),
      RUNS,
    );
    assert.ok(left > RUNS.numRuns / 4, `${left} had any`);
  });

  it('holds its limits, or refuses', () => {
    always(({ bench: { machine } }) => {
      const { maxLength, maxBytes, overflow } = machine.config;
      if (overflow !== 'drop-head') return;
      assert.ok(maxLength === null || machine.ready <= maxLength);
      assert.ok(maxBytes === null || machine.readyBytes <= maxBytes);
    });
  });

  it('is not changed by a message that was sent before', () => {
    always(({ bench, expected, sessions }, command) => {
      // A session that has just ended is still on the list.
      if (command.type === 'close') return;
      for (const session of sessions) {
        const next = expected.get(session) ?? 1;
        if (next === 1) continue;
        const before = bench.machine.snapshot();
        const out: Effect[] = [];
        const messages = MessageBatch.of({ ttl: null, bodySize: 5, octets: Buffer.alloc(0) });
        const again = { type: 'enqueue', session, sequence: next - 1, messages } as const;
        bench.machine.apply(again, { index: bench.index + 1, time: bench.time + 1000 }, out);
        assert.deepEqual(out, [{ type: 'accepted', session, sequence: next - 1 }]);
        assert.ok(bench.machine.snapshot().equals(before));
      }
    });
  });
});

describe('the log of a quorum queue', () => {
  function walked(
    config: QuorumConfig,
    script: readonly Wish[],
  ): { log: Buffer[]; effects: Effect[][]; end: Buffer; plain: QuorumMachine } {
    const effects: Effect[][] = [];
    const plain = new Walk(config).bench.machine;
    const { bench } = new Walk(config, (_walk, _command, out) => effects.push([...out])).follow(script);
    return { log: bench.log, effects, end: bench.machine.snapshot(), plain };
  }

  it('makes the same state and the same effects everywhere', () => {
    fc.assert(
      fc.property(configs, scripts, (config, script) => {
        const { log, effects, end, plain } = walked(config, script);
        assert.deepEqual(replay(plain, log, 0), effects);
        assert.ok(plain.snapshot().equals(end));
      }),
      RUNS,
    );
  });

  it('can be cut anywhere where a snapshot stands', () => {
    fc.assert(
      fc.property(configs, scripts, fc.nat(), (config, script, at) => {
        const { log, effects, end, plain } = walked(config, script);
        const cut = at % (log.length + 1);
        replay(plain, log.slice(0, cut), 0);
        const restored = QuorumMachine.restore(plain.snapshot());
        assert.ok(restored.snapshot().equals(plain.snapshot()));
        assert.equal(restored.lowestNeeded(), plain.lowestNeeded());
        assert.deepEqual(
          [restored.unacked, restored.unackedBytes, restored.readyBytes],
          [plain.unacked, plain.unackedBytes, plain.readyBytes],
        );
        assert.deepEqual(replay(restored, log, cut), effects.slice(cut));
        assert.ok(restored.snapshot().equals(end));
      }),
      RUNS,
    );
  });

  it('is cut only where nobody asks for a message from before', () => {
    let releases = 0;
    fc.assert(
      fc.property(configs, scripts, (config, script) => {
        const { log, effects, end, plain } = walked(config, script);
        const cursor = new ReleaseCursor(3);
        for (const [i, bytes] of log.entries()) {
          replayOne(plain, bytes, i + 1);
          const release = cursor.applied(plain, i + 1);
          if (release === null) continue;
          releases++;
          const restored = QuorumMachine.restore(release.snapshot);
          const again = replay(restored, log, release.index);
          assert.ok(restored.snapshot().equals(end));
          const asked = again.slice(i + 1 - release.index).flat();
          assert.deepEqual(asked, effects.slice(i + 1).flat());
          for (const index of deliveredIn(asked)) assert.ok(index > release.index, `${index} after a cut at ${release.index}`);
        }
      }),
      RUNS,
    );
    assert.ok(releases > RUNS.numRuns, `${releases} releases`);
  });
});
