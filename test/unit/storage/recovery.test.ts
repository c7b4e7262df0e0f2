/** What a start makes of a log that a crash, or worse, has left. */
import assert from 'node:assert/strict';
import { repair, type Repaired } from '../../../lib/storage/repair';
import { SegmentWalk } from '../../../lib/storage/segment-walk';
import { StorageDamaged } from '../../../lib/storage/storage-error';
import { Bench, contents, FOREVER, message } from './bench';

function filled(segmentBytes: number, count: number): Bench {
  const bench = new Bench(3, segmentBytes);
  const store = bench.queue();
  for (let i = 0; i < count; i++) {
    store.append(i, message(`body of ${i}`), FOREVER);
    bench.sync();
  }
  return bench;
}

function repaired(bench: Bench): readonly Repaired[] {
  let result: readonly Repaired[] | null = null;
  repair(bench.disk.mount(bench.world.host('node')), (error, what) => {
    assert.equal(error, null);
    result = what;
  });
  bench.world.runUntil(() => result !== null);
  bench.world.crash('node');
  return result as unknown as readonly Repaired[];
}

/** Where a text stands in a file. */
function placeOf(bench: Bench, text: string): readonly [name: string, at: number] {
  for (const name of bench.files('.log')) {
    const file = bench.disk.file(name);
    const at = file.read(0, file.size).indexOf(text);
    if (at >= 0) return [name, at];
  }
  throw new Error(`'${text}' is nowhere`);
}

describe('a start', () => {
  it('cuts off what was being written when the node went down, at whatever octet it ends', () => {
    const whole = filled(1 << 20, 5);
    whole.crash('process');
    const [name] = whole.files('.log') as [string];
    const full = whole.disk.file(name).size;
    const ends = new Set<number>();
    const walk = new SegmentWalk(whole.disk.mount(whole.world.host('node')), 0, full);
    while (walk.next() !== null) ends.add(walk.lsn);
    for (let size = full - 1; size > full - 140; size--) {
      const bench = filled(1 << 20, 5);
      bench.crash('process');
      bench.disk.file(name).truncate(size);
      bench.open();
      const found = contents(bench.queue());
      assert.deepEqual(
        found,
        Array.from({ length: found.length }, (_, i) => [i, `body of ${i}`]),
      );
      assert.ok(found.length === 4 || found.length === 3);
      assert.equal(bench.warnings.length, ends.has(size) ? 0 : 1, `cut at ${size}`);
      bench.queue().append(found.length, message('goes on'), FOREVER);
      bench.reopen();
      assert.equal(contents(bench.queue()).length, found.length + 1);
    }
  });

  it('refuses what no crash can have done, and names the file and the place', () => {
    const bench = filled(1 << 20, 5);
    bench.close();
    const [name, at] = placeOf(bench, 'body of 2');
    bench.disk.flipBit(name, at, 1);
    const before = bench.disk.file(name).read(0, 1e6);
    assert.throws(
      () => bench.open(),
      (error: StorageDamaged) => error instanceof StorageDamaged && error.file === name && error.at < at && at - error.at < 200,
    );
    assert.deepEqual(bench.disk.file(name).read(0, 1e6), before, 'it was changed');
  });

  it('refuses once more after a refusal, though what proved the damage had not been synced', () => {
    for (let seed = 0; seed < 20; seed++) {
      const bench = new Bench(seed);
      const store = bench.queue();
      store.append(0, message('body of 0'), FOREVER);
      bench.sync();
      store.append(1, message('body of 1'), FOREVER);
      bench.sync();
      store.remove(1);
      bench.settle();
      bench.crash('process');
      const [name, at] = placeOf(bench, 'body of 1');
      bench.disk.flipBit(name, at, 1);
      assert.throws(() => bench.open(), StorageDamaged);
      bench.crash('machine');
      assert.throws(() => bench.open(), StorageDamaged);
    }
  });

  it('refuses damage in the very last block, and an end that is cut, after an orderly stop and not after a crash', () => {
    for (const orderly of [true, false]) {
      for (const cut of [true, false]) {
        const bench = filled(1 << 20, 5);
        if (orderly) bench.close();
        else bench.crash('process');
        const [name] = bench.files('.log') as [string];
        const file = bench.disk.file(name);
        if (cut) file.truncate(file.size - 1);
        else bench.disk.flipBit(name, file.size - 1, 0);
        if (orderly) {
          assert.throws(
            () => bench.open(),
            (error: StorageDamaged) => error.file === name,
          );
        } else {
          bench.open();
          assert.equal(bench.warnings.length, 1);
        }
      }
    }
  });

  for (const which of ['first', 'second', 'last but one', 'last'] as const) {
    it(`refuses a log whose ${which} segment is missing, and names it; a repair replaces it, after cleaning, too`, () => {
      const bench = filled(4096, 300);
      for (let i = 0; i < 200; i++) bench.queue().remove(i);
      bench.settle();
      bench.close();
      const logs = bench.files('.log');
      assert.ok(Number.parseInt(logs[0] as string, 10) > 0, 'the test wants a log that was cleaned');
      const at = { first: 0, second: 1, 'last but one': logs.length - 2, last: logs.length - 1 }[which];
      const name = logs[at] as string;
      bench.disk.lose(name);
      assert.throws(
        () => bench.open(),
        (error: StorageDamaged) => error instanceof StorageDamaged && error.file === name,
      );
      const lost = repaired(bench);
      assert.deepEqual(
        lost.map(({ file, at: place, known }) => [file, place, known]),
        // The last one has no index.
        [[name, 0, which !== 'last']],
      );
      bench.open();
      const there = contents(bench.queue());
      if (which !== 'last') assert.equal(there.length + (lost[0]?.messages[0]?.count ?? 0), 100);
      for (const [position, body] of there) assert.equal(body, `body of ${position}`);
    });
  }

  it('misses the newest segment after a crash, too', () => {
    const bench = filled(4096, 100);
    bench.settle();
    bench.crash('machine');
    const name = bench.files('.log').at(-1) as string;
    bench.disk.lose(name);
    assert.throws(
      () => bench.open(),
      (error: StorageDamaged) => error instanceof StorageDamaged && error.file === name,
    );
  });

  it('refuses a folder from which all segments are gone', () => {
    const bench = filled(4096, 100);
    bench.close();
    for (const name of bench.files('.log')) bench.disk.lose(name);
    assert.throws(() => bench.open(), StorageDamaged);
  });

  it('lets the node fall when a message turns out to be damaged later, and serves nothing wrong', () => {
    const bench = filled(4096, 200);
    bench.settle();
    bench.close();
    const [name, at] = placeOf(bench, 'body of 9');
    assert.ok(bench.files('.idx').includes(name.replace('.log', '.idx')), 'the test wants an indexed segment');
    bench.disk.flipBit(name, at, 1);
    bench.open();
    const found = contents(bench.queue());
    assert.ok(bench.failure instanceof StorageDamaged && bench.failure.file === name);
    assert.deepEqual(
      found,
      Array.from({ length: found.length }, (_, i) => [i, `body of ${i}`]),
    );
  });
});

describe('a repair', () => {
  it('finds nothing to do in a sound log, nor at the end that a crash has torn', () => {
    const bench = filled(4096, 100);
    bench.settle();
    bench.crash('process');
    assert.deepEqual(repaired(bench), []);
    const last = bench.files('.log').at(-1) as string;
    bench.disk.file(last).truncate(bench.disk.file(last).size - 3);
    assert.deepEqual(repaired(bench), []);
  });

  it('leaves out the messages of a damaged block, and tells whose they were', () => {
    const bench = filled(4096, 200);
    bench.queue().remove(12);
    bench.settle();
    bench.close();
    const [name, at] = placeOf(bench, 'body of 11');
    const [, behind] = placeOf(bench, 'body of 13');
    for (let octet = at; octet < behind; octet += 5) bench.disk.flipBit(name, octet, 2);
    const lost = repaired(bench);
    assert.equal(lost.length, 1);
    assert.equal(lost[0]?.file, name);
    assert.equal(lost[0]?.known, true);
    // The twelfth had been removed already.
    assert.deepEqual(lost[0]?.messages, [{ vhost: '/', queue: 'q', count: 2 }]);
    bench.open();
    const left = contents(bench.queue()).map(([position]) => position);
    assert.deepEqual(
      left,
      Array.from({ length: 200 }, (_, i) => i).filter((i) => i < 11 || i > 13),
    );
    assert.equal(bench.failure, null);
  });

  it('keeps everything but messages where there is an index', () => {
    const bench = new Bench(5, 4096);
    const store = bench.queue();
    bench.storage.put('first', '1');
    bench.storage.put('second', 'will go');
    bench.sync();
    for (let i = 0; i < 200; i++) {
      store.append(i, message(`body of ${i}`), FOREVER);
      if (i % 3 === 0) store.remove(i);
      if (i === 15) bench.storage.put('third', '3');
      if (i === 16) bench.storage.delete('second');
      bench.sync();
    }
    bench.settle();
    bench.close();
    const entries = [...bench.open().entries()].map(([key, value]) => `${key} ${value}`);
    bench.close();
    const [name] = placeOf(bench, 'body of 15');
    const file = bench.disk.file(name);
    for (let at = 10; at < file.size; at += 37) bench.disk.flipBit(name, at, 0);
    const lost = repaired(bench);
    assert.equal(
      lost.reduce((sum, { octets }) => sum + octets, 0),
      file.size,
    );
    bench.open();
    assert.deepEqual(
      [...bench.storage.entries()].map(([key, value]) => `${key} ${value}`),
      entries,
    );
    const there = contents(bench.queue()).map(([position]) => position);
    assert.ok(
      there.every((position) => position % 3 > 0),
      'a message that was removed came back',
    );
    const told = lost.flatMap(({ messages }) => messages).reduce((sum, { count }) => sum + count, 0);
    assert.equal(there.length + told, 133);
  });

  it('mends what lies before an end that a crash has torn', () => {
    const bench = filled(1 << 20, 3);
    const store = bench.queue();
    for (let i = 0; i < 3; i++) {
      store.remove(i);
      bench.sync();
    }
    bench.crash('process');
    const [name, at] = placeOf(bench, 'body of 2');
    bench.disk.flipBit(name, at, 1);
    bench.disk.file(name).truncate(bench.disk.file(name).size - 3);
    const lost = repaired(bench);
    assert.deepEqual(
      lost.map(({ file, known }) => [file, known]),
      [[name, false]],
    );
    bench.open();
    // The last removal was torn, those before it are whole.
    assert.deepEqual(contents(bench.queue()), []);
    assert.equal(bench.warnings.length, 1);
  });

  it('puts back exactly what an index remembers, wherever the damage is', () => {
    let stretches = 0;
    for (let seed = 0; seed < 40; seed++) {
      const bench = new Bench(seed, 4096);
      const { random } = bench.world;
      const store = bench.queue();
      const held: number[] = [];
      for (let i = 0; i < 120; i++) {
        for (let n = random.int(4); n > 0; n--) {
          const dice = random.int(10);
          if (dice < 3) store.append(held[held.push(i * 4 + n) - 1] as number, message(`body of ${i * 4 + n}`), FOREVER);
          else if (dice < 8) store.remove(held.splice(random.int(held.length + 1), 1)[0] ?? -1);
          else if (dice < 9) bench.storage.put(`key ${random.int(9)}`, `${i}`);
          else bench.storage.delete(`key ${random.int(9)}`);
        }
        bench.sync();
      }
      bench.settle();
      const entries = [...bench.storage.entries()].map(([key, value]) => `${key} ${value}`);
      bench.close();
      const indexed = bench.files('.log').filter((name) => bench.files('.idx').includes(name.replace('.log', '.idx')));
      for (let n = 1 + random.int(4); n > 0; n--) {
        const name = indexed[random.int(indexed.length)];
        if (name !== undefined) bench.disk.flipBit(name, random.int(bench.disk.file(name).size), random.int(8));
      }
      const lost = repaired(bench);
      stretches += lost.length;
      bench.open();
      const kept = [...bench.storage.entries()].map(([key, value]) => `${key} ${value}`);
      assert.deepEqual(kept.sort(), entries.sort(), `seed ${seed}`);
      const there = contents(bench.queue()).map(([position]) => position);
      assert.ok(
        there.every((position) => held.includes(position)),
        `seed ${seed}: a message that was removed came back`,
      );
      const told = lost.flatMap(({ messages }) => messages).reduce((sum, { count }) => sum + count, 0);
      assert.equal(there.length + told, held.length, `seed ${seed}`);
    }
    assert.ok(stretches > 30);
  });

  it('makes a log of any damage one that starts', () => {
    for (let seed = 0; seed < 60; seed++) {
      const bench = filled(2048 << (seed % 3), 60);
      if (seed % 2 === 0) bench.settle();
      bench.close();
      const names = bench.disk.list();
      for (let n = 0; n < 1 + (seed % 4); n++) {
        const name = names[bench.world.random.int(names.length)] as string;
        const file = bench.disk.file(name);
        const last = name === names.filter((one) => one.endsWith('.log')).at(-1);
        if (bench.world.random.int(4) === 0 && !last) file.truncate(bench.world.random.int(file.size));
        else if (file.size > 0) bench.disk.flipBit(name, bench.world.random.int(file.size), bench.world.random.int(8));
      }
      repaired(bench);
      bench.open();
      const found = contents(bench.queue());
      assert.equal(bench.failure, null);
      for (const [position, body] of found) assert.equal(body, `body of ${position}`, `seed ${seed}`);
    }
  });
});
