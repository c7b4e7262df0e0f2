/** Blocks, segments and index files as they lie on disk. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isSound, sealBlock, walkBlock, type EntryVisitor } from '../../../lib/storage/format';
import { IndexBuilder, readIndex } from '../../../lib/storage/index-file';
import { SegmentWalk } from '../../../lib/storage/segment-walk';
import { Segments } from '../../../lib/storage/segments';
import { StorageDamaged } from '../../../lib/storage/storage-error';
import { Bench, contents, FOREVER, message } from './bench';

/** Writes down what it is told, with places if asked. */
function listener(told: string[]): EntryVisitor {
  return {
    message: (stream, seq, lsn, bodySize, flags) => told.push(`message ${stream} ${seq} at ${lsn}: ${bodySize}, ${flags}`),
    removed: (stream, seq, count) => told.push(`removed ${stream} ${seq} ${count}`),
    put: (key, value, lsn) => told.push(`put ${key}=${value} at ${lsn}`),
    deleted: (key) => told.push(`deleted ${key}`),
    redelivered: (stream, seq, count) => told.push(`redelivered ${stream} ${seq} ${count}`),
    started: () => told.push('started'),
    stopped: () => told.push('stopped'),
    record: (stream, seq, lsn, size, flags) => told.push(`record ${stream} ${seq} at ${lsn}: ${size}, ${flags}`),
    lost: () => told.push('lost'),
  };
}

/** A bench whose first segment holds some of everything and is full. */
function filled(seed: number, keys = 40): Bench {
  const bench = new Bench(seed, 16384);
  const store = bench.queue();
  const journal = bench.storage.journal('j');
  journal.keepState('');
  for (let i = 0; bench.files('.log').length < 2; i++) {
    store.append(i, message(`${i}`.padEnd(i % 300), { persistent: i % 3 > 0 }), i % 5 === 0 ? 1e6 : FOREVER);
    if (i % 4 === 0) store.remove(i);
    bench.storage.put(`key ${i % keys}`, 'v'.repeat(i % 50));
    if (i % 7 === 0) bench.storage.delete(`key ${(i + 3) % keys}`);
    if (i % 9 === 0) store.noteRedelivered(i);
    if (i % 6 === 0) journal.append(i / 6, i, Buffer.from(`record ${i}`));
    bench.sync();
  }
  return bench;
}

describe('a block', () => {
  it('is told from anything else by any one bit', () => {
    const { disk, world } = new Bench();
    const mounted = disk.mount(world.host('node'));
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 29, maxLength: 300 }), fc.nat(), (bytes, at) => {
        const block = Buffer.from(bytes);
        sealBlock(mounted, block, block.length, 5, 1000);
        assert.ok(isSound(mounted, block, 1000));
        assert.ok(!isSound(mounted, block, 1001), 'found at another place');
        const bit = at % (block.length * 8);
        block[bit >> 3] = (block[bit >> 3] as number) ^ (1 << (bit & 7));
        assert.ok(!isSound(mounted, block, 1000), `bit ${bit} makes no difference`);
      }),
    );
  });
});

describe('an index file', () => {
  it('says what its segment says, whatever the size of both', () => {
    const bench = filled(5);
    const disk = bench.disk.mount(bench.world.host('node'));
    bench.settle();
    const [log] = bench.files('.log') as [string];
    const size = disk.size(log);
    const told: string[] = [];
    const walk = new SegmentWalk(disk, 0, size);
    while (!walk.done) {
      const { lsn } = walk;
      walkBlock(walk.next() as Buffer, lsn, listener(told));
    }
    assert.ok(told.length > 100);
    const segment = { ...new Segments().add(0), end: size };
    const indexed: string[] = [];
    assert.ok(readIndex(disk, segment, listener(indexed)), 'it was not made');
    assert.deepEqual(indexed, told);
  });

  it('is made of as many keys as there are', () => {
    const bench = new Bench(6, 1 << 20);
    for (let i = 0; bench.files('.log').length < 2; i++) {
      bench.storage.put(`key ${i}`, 'v'.repeat(i % 5000));
      if (i % 3 === 0) bench.storage.delete(`key ${i}`);
      if (i % 50 === 0) bench.sync();
    }
    bench.sync();
    const keys = [...bench.storage.entries()].map(([key, value]) => `${key} ${value.length}`);
    bench.settle();
    assert.ok(bench.files('.idx').length > 0, 'no index was made');
    bench.reopen();
    assert.deepEqual(
      [...bench.storage.entries()].map(([key, value]) => `${key} ${value.length}`),
      keys,
    );
  });

  it('that is damaged is no loss: the segment is read, and indexed anew', () => {
    const bench = filled(7);
    bench.settle();
    bench.close();
    const [name] = bench.files('.idx') as [string];
    bench.disk.flipBit(name, 40, 3);
    bench.open();
    const expected = contents(bench.queue());
    assert.ok(!bench.files('.idx').includes(name));
    bench.settle();
    assert.ok(bench.files('.idx').includes(name), 'it was not made again');
    bench.reopen();
    assert.deepEqual(contents(bench.queue()), expected);
  });

  it('needs a builder that sees damage', () => {
    const bench = filled(8);
    bench.settle();
    const [log] = bench.files('.log') as [string];
    const disk = bench.disk.mount(bench.world.host('node'));
    bench.disk.flipBit(log, 500, 0);
    const builder = new IndexBuilder(disk, { ...new Segments().add(0), end: disk.size(log) });
    assert.throws(() => {
      while (builder.step());
    }, StorageDamaged);
  });
});

describe('a walk over a segment', () => {
  it('finds the next sound block behind any damage, and what proves that it had been synced', () => {
    const bench = new Bench(9);
    const store = bench.queue();
    for (let i = 0; i < 20; i++) {
      store.append(i, message('m'.repeat(i * 10)), FOREVER);
      bench.sync();
    }
    const [log] = bench.files('.log') as [string];
    const disk = bench.disk.mount(bench.world.host('node'));
    const size = disk.size(log);
    const starts: number[] = [];
    for (const walk = new SegmentWalk(disk, 0, size); !walk.done; walk.next()) starts.push(walk.lsn);
    fc.assert(
      fc.property(fc.nat(starts.length - 1), fc.nat(), fc.nat(7), (block, octet, bit) => {
        const from = starts[block] as number;
        const to = starts[block + 1] ?? size;
        const at = from + (octet % (to - from));
        bench.disk.flipBit(log, at, bit);
        try {
          const walk = new SegmentWalk(disk, 0, size);
          while (!walk.done && walk.next() !== null);
          assert.equal(walk.lsn, from);
          // Each batch was synced before the next was sealed, so the block behind the next one proves it.
          assert.equal(walk.provenSynced(), block < starts.length - 1);
          assert.equal(walk.skip(), to < size);
          assert.equal(walk.lsn, to);
        } finally {
          bench.disk.flipBit(log, at, bit);
        }
      }),
    );
  });
});

describe('the segments of a log', () => {
  it('find the one that a place lies in', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 30 }), fc.nat(2000), (sizes, at) => {
        const segments = new Segments();
        let end = 0;
        for (const size of sizes) {
          const segment = segments.add(end);
          end += size;
          segment.end = end;
        }
        const lsn = at % end;
        for (const one of [lsn, 0, end - 1, lsn]) {
          const { start, end: behind } = segments.at(one);
          assert.ok(start <= one && one < behind);
        }
      }),
    );
  });

  it('count a segment in which everything is needed as no waste, and one in which nothing is as nothing else', () => {
    const segments = new Segments();
    const segment = segments.add(0);
    for (let i = 0; i < 10; i++) segments.messageAdded(i, 5);
    segment.end = 100_000;
    segments.seal(segment);
    assert.equal(Math.round(segments.waste), 0);
    for (let i = 0; i < 10; i++) segments.messageGone(i, 5);
    assert.equal(Math.round(segments.waste), 100_000);
    segments.dropOldest();
    assert.equal(Math.round(segments.waste), 0);
  });
});
