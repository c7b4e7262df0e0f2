import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { QueueStore } from '../../../lib/storage/storage';
import { Bench, contents, FOREVER, message } from './bench';

type Step =
  | { readonly do: 'append'; readonly queue: number; readonly lane: number; readonly size: number; readonly persistent: boolean }
  | { readonly do: 'remove'; readonly queue: number; readonly pick: number }
  | { readonly do: 'put'; readonly key: number; readonly value: string }
  | { readonly do: 'delete'; readonly key: number }
  | { readonly do: 'destroy'; readonly queue: number }
  | { readonly do: 'pause'; readonly ms: number }
  | { readonly do: 'end'; readonly how: 'orderly' | 'process' | 'machine' };

const LANES = [1, 3, 1];
const steps = fc.array(
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record<Step & { do: 'append' }>({
        do: fc.constant('append'),
        queue: fc.nat(2),
        lane: fc.nat(2),
        size: fc.oneof(fc.nat(200), fc.nat(6000)),
        persistent: fc.boolean(),
      }),
    },
    {
      weight: 9,
      arbitrary: fc.record<Step & { do: 'remove' }>({ do: fc.constant('remove'), queue: fc.nat(2), pick: fc.nat(1000) }),
    },
    { weight: 3, arbitrary: fc.record<Step & { do: 'put' }>({ do: fc.constant('put'), key: fc.nat(9), value: fc.string() }) },
    { weight: 2, arbitrary: fc.record<Step & { do: 'delete' }>({ do: fc.constant('delete'), key: fc.nat(9) }) },
    { weight: 1, arbitrary: fc.record<Step & { do: 'destroy' }>({ do: fc.constant('destroy'), queue: fc.nat(2) }) },
    { weight: 3, arbitrary: fc.record<Step & { do: 'pause' }>({ do: fc.constant('pause'), ms: fc.nat(60) }) },
    {
      weight: 1,
      arbitrary: fc.record<Step & { do: 'end' }>({
        do: fc.constant('end'),
        how: fc.constantFrom('orderly', 'process', 'machine'),
      }),
    },
  ),
  { maxLength: 250 },
);

/** What should be there. Before a crash all of it is made safe, so a crash changes nothing but that transient messages go. */
class Model {
  private readonly keys = new Map<string, string>();
  private queues: Map<number, { readonly body: string; readonly persistent: boolean }>[] = LANES.map(() => new Map());
  private ends: number[][] = LANES.map((lanes) => Array.from({ length: lanes }, () => 0));
  private stores: QueueStore[] = [];
  private bodies = 0;

  constructor(private readonly bench: Bench) {
    this.open();
  }

  private open(): void {
    this.stores = LANES.map((lanes, queue) => this.bench.queue(`q${queue}`, lanes));
    for (const [queue, store] of this.stores.entries()) {
      const { length: lanes } = this.ends[queue] as number[];
      this.ends[queue] = store.recovered().map(({ end }) => Math.floor(end / lanes));
    }
  }

  do(step: Step): void {
    const { bench } = this;
    if (step.do === 'append') this.append(step);
    else if (step.do === 'remove') {
      const held = this.queues[step.queue] as Map<number, unknown>;
      const position = [...held.keys()][step.pick % Math.max(1, held.size)];
      if (position === undefined) return;
      held.delete(position);
      (this.stores[step.queue] as QueueStore).remove(position);
    } else if (step.do === 'put') {
      this.keys.set(`key ${step.key}`, step.value);
      bench.storage.put(`key ${step.key}`, step.value);
    } else if (step.do === 'delete') {
      this.keys.delete(`key ${step.key}`);
      bench.storage.delete(`key ${step.key}`);
    } else if (step.do === 'destroy') this.destroy(step.queue);
    else if (step.do === 'pause') bench.world.runFor(step.ms);
    else this.end(step.how);
  }

  private append({ queue, lane, size, persistent }: Step & { do: 'append' }): void {
    const lanes = LANES[queue] as number;
    const ends = this.ends[queue] as number[];
    const position = (ends[lane % lanes] as number) * lanes + (lane % lanes);
    ends[lane % lanes] = (ends[lane % lanes] as number) + 1;
    const body = `${this.bodies++}`.padEnd(size, '.');
    const lasting = (this.stores[queue] as QueueStore).append(position, message(body, { persistent }), FOREVER);
    assert.equal(lasting, persistent);
    this.queues[queue]?.set(position, { body, persistent });
  }

  private destroy(queue: number): void {
    (this.stores[queue] as QueueStore).destroy();
    this.queues[queue] = new Map();
    this.stores[queue] = this.bench.queue(`q${queue}`, LANES[queue]);
    this.ends[queue] = Array.from({ length: LANES[queue] as number }, () => 0);
  }

  private end(how: 'orderly' | 'process' | 'machine'): void {
    if (how !== 'orderly') {
      this.bench.sync();
      this.bench.crash(how);
    } else this.bench.close();
    this.bench.open();
    for (const held of this.queues) for (const [position, { persistent }] of held) if (!persistent) held.delete(position);
    this.open();
    this.check();
  }

  check(): void {
    assert.equal(this.bench.failure, null);
    const entries = [...this.bench.storage.entries()].map(([key, value]) => [key, value.toString()]);
    assert.deepEqual(new Map(entries as [string, string][]), this.keys);
    for (const [queue, store] of this.stores.entries()) {
      const lanes = LANES[queue] as number;
      for (let lane = 0; lane < lanes; lane++) {
        const held = [...(this.queues[queue] as Map<number, { body: string }>)].filter(([position]) => position % lanes === lane);
        const expected = held.sort(([a], [b]) => a - b).map(([position, { body }]) => [position, body]);
        assert.deepEqual(contents(store, lane), expected);
      }
    }
  }
}

describe('the log storage', () => {
  it('holds what a plain list of queues and keys holds, over starts, stops and crashes', function () {
    this.timeout(60_000);
    fc.assert(
      fc.property(fc.nat(1000), fc.constantFrom(2048, 16384, 1 << 20), steps, (seed, segmentBytes, list) => {
        const model = new Model(new Bench(seed, segmentBytes));
        for (const step of list) model.do(step);
        model.check();
        model.do({ do: 'end', how: 'orderly' });
      }),
      { numRuns: 400 },
    );
  });

  it('syncs once for everything that one turn asks for', () => {
    const bench = new Bench();
    bench.sync();
    const before = bench.storage.figures.syncs;
    const store = bench.queue();
    let safe = 0;
    for (let i = 0; i < 100; i++) {
      store.append(i, message('m'), FOREVER);
      bench.storage.afterSync(() => safe++);
    }
    assert.equal(safe, 0);
    bench.settle();
    assert.equal(safe, 100);
    assert.equal(bench.storage.figures.syncs, before + 1);
  });

  it('syncs nothing for removals that nobody waits for', () => {
    const bench = new Bench();
    const store = bench.queue();
    store.append(0, message('m'), FOREVER);
    bench.sync();
    const { syncs, written } = { ...bench.storage.figures };
    store.remove(0);
    bench.settle();
    assert.equal(bench.storage.figures.syncs, syncs);
    assert.ok(bench.storage.figures.written > written);
  });

  it('calls everything redelivered after a crash, and after an orderly stop what it was told', () => {
    const bench = new Bench();
    let store = bench.queue();
    for (let i = 0; i < 5; i++) store.append(i, message(`${i}`), FOREVER);
    store.noteRedelivered(1);
    bench.reopen();
    store = bench.queue();
    const flags = (): boolean[] => [0, 1, 2, 3, 4].map((position) => store.mayBeRedelivered(position));
    assert.deepEqual(flags(), [false, true, false, false, false]);
    bench.reopen();
    store = bench.queue();
    assert.deepEqual(flags(), [false, true, false, false, false], 'a second stop in order adds nothing and forgets nothing');
    bench.sync();
    bench.crash('process');
    bench.open();
    store = bench.queue();
    assert.deepEqual(flags(), [true, true, true, true, true]);
    store.append(5, message('5'), FOREVER);
    store.noteRedelivered(3);
    bench.reopen();
    store = bench.queue();
    assert.deepEqual(flags(), [true, true, true, true, true]);
    assert.equal(store.mayBeRedelivered(5), false);
  });

  it('does not let a run of removals grow over a message that came later', () => {
    const bench = new Bench();
    const store = bench.queue();
    for (let i = 0; i < 4; i++) {
      store.append(i, message(`${i}`), FOREVER);
      store.remove(i);
    }
    bench.reopen();
    assert.deepEqual(contents(bench.queue()), []);
  });

  it('gives no stream to a second queue, though the first one is empty', () => {
    const bench = new Bench();
    bench.queue('first', 3);
    bench.reopen();
    bench.queue('second').append(0, message('of the second'), FOREVER);
    assert.deepEqual(contents(bench.queue('first', 3)), []);
  });

  it('keeps expiry times over a start, on the wall clock', () => {
    const bench = new Bench();
    bench.queue().append(0, message('m'), bench.world.now + 500);
    bench.close();
    bench.world.runFor(400);
    bench.open();
    let left = 0;
    bench.queue().read(0, 1, (_position, _message, expiresAt) => {
      left = expiresAt - bench.world.now;
      return false;
    });
    assert.ok(left > 90 && left <= 100, `${left} ms are left`);
  });

  it('stops at the first error of the disk, and says so once', () => {
    for (const operation of ['write', 'sync'] as const) {
      const bench = new Bench();
      bench.sync();
      bench.disk.fail(operation, 1, operation === 'write' ? 'ENOSPC' : 'EIO');
      let safe = false;
      bench.queue().append(0, message('m'), FOREVER);
      bench.storage.afterSync(() => {
        safe = true;
      });
      bench.settle();
      assert.match((bench.failure as Error).message, operation === 'write' ? /ENOSPC/ : /EIO/);
      const { written } = bench.storage.figures;
      bench.disk.mend();
      bench.queue().append(1, message('m'), FOREVER);
      bench.settle();
      assert.equal(safe, false);
      assert.equal(bench.storage.figures.written, written, 'something was written after the error');
    }
  });

  it('runs nobody who waits once it was abandoned', () => {
    const bench = new Bench();
    bench.sync();
    bench.queue().append(0, message('m'), FOREVER);
    let safe = false;
    bench.storage.afterSync(() => {
      safe = true;
    });
    bench.world.step();
    bench.storage.abandon();
    bench.settle();
    assert.equal(safe, false);
  });
});

describe('a message that goes to several queues', () => {
  const QUEUES = 10;
  const fanOut = (bench: Bench, count: number): QueueStore[] => {
    const stores = Array.from({ length: QUEUES }, (_, i) => bench.queue(`q${i}`));
    for (let i = 0; i < count; i++) {
      const one = message(`${i} ${'x'.repeat(1000)}`);
      for (const [q, store] of stores.entries()) store.append(i, one, q % 2 === 0 ? FOREVER : 1e9 + q);
      bench.sync();
    }
    return stores;
  };

  it('is written once, and read from each', () => {
    const bench = new Bench(1);
    fanOut(bench, 50);
    const { given, written } = bench.storage.figures;
    assert.ok(given > 500_000 && written < 50 * 1500, `${written} octets were written for ${given}`);
    const expected = Array.from({ length: 50 }, (_, i) => [i, `${i} ${'x'.repeat(1000)}`]);
    for (const how of ['here', 'after a stop', 'after a crash']) {
      if (how === 'after a stop') bench.reopen();
      if (how === 'after a crash') {
        bench.crash('machine');
        bench.open();
      }
      for (let q = 0; q < QUEUES; q++) assert.deepEqual(contents(bench.queue(`q${q}`)), expected, how);
    }
    const expiries: boolean[] = [];
    for (let q = 0; q < 2; q++) bench.queue(`q${q}`).read(0, 1, (_, __, at) => expiries.push(at === FOREVER) > 0);
    assert.deepEqual(expiries, [true, false]);
  });

  it('stays with the others when one lets go of it, whatever is cleaned', () => {
    const bench = new Bench(2, 8192);
    const stores = fanOut(bench, 100);
    // The first of them holds the content.
    for (const store of stores.slice(0, 7)) for (let i = 0; i < 100; i++) if (i % 20 > 0) store.remove(i);
    bench.sync();
    bench.settle();
    assert.ok(Number.parseInt(bench.files('.log')[0] as string, 10) > 0, 'nothing was cleaned');
    for (const store of [stores[3], stores[9]] as QueueStore[]) {
      const wanted = Array.from({ length: 100 }, (_, i) => i).filter((i) => store === stores[9] || i % 20 === 0);
      assert.deepEqual(
        contents(store).map(([position]) => position),
        wanted,
      );
    }
    bench.reopen();
    assert.equal(contents(bench.queue('q9')).length, 100);
    assert.equal(contents(bench.queue('q0')).length, 5);
  });
});

describe('the messages of many queues that lie side by side', () => {
  const QUEUES = 100;
  const EACH = 200;

  it('are read back about once when the queues are drained together', () => {
    const bench = new Bench(4, 64 << 20);
    const stores = Array.from({ length: QUEUES }, (_, q) => bench.queue(`q${q}`));
    for (let i = 0; i < EACH; i++) {
      for (const store of stores) store.append(i, message(`${i} ${'x'.repeat(1000)}`), FOREVER);
      bench.sync();
    }
    const stored = bench.storage.figures.written;
    bench.reopen();
    const next = Array.from({ length: QUEUES }, (_, q) => ({ store: bench.queue(`q${q}`), position: 0 }));
    while (next.some(({ position }) => position < EACH)) {
      for (const one of next) {
        one.store.read(one.position, 1024, (position, { bytes, framesAt, framesSize }) => {
          assert.ok(bytes.toString('latin1', framesAt, framesAt + framesSize).includes(`${position} xxx`));
          one.position = position + 1;
          return true;
        });
      }
    }
    const { octetsRead } = bench.storage;
    assert.ok(octetsRead < 1.2 * stored, `${octetsRead} octets were read of ${stored}`);
  });
});
