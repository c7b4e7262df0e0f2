import assert from 'node:assert/strict';
import fc from 'fast-check';
import { StreamIndex } from '../../../lib/storage/stream-index';
import { Runs } from '../../../lib/storage/streams';

const seqs = fc.oneof(fc.nat(600), fc.integer({ min: 1e6, max: 1e6 + 600 }), fc.constant(2 ** 40));

describe('the index of a stream', () => {
  it('is a map of numbers to places', () => {
    const change = fc.tuple(fc.boolean(), seqs, fc.integer({ min: 1, max: 2 ** 50 }), fc.nat(1000));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 200 }), seqs, (changes, from) => {
        const index = new StreamIndex();
        const model = new Map<number, readonly [lsn: number, size: number]>();
        for (const [set, seq, lsn, size] of changes) {
          if (set) index.set(seq, lsn, size);
          else assert.equal(index.remove(seq), model.get(seq)?.[0] ?? 0);
          if (set) model.set(seq, [lsn, size]);
          else model.delete(seq);
        }
        const there = [...model.keys()].sort((a, b) => a - b);
        assert.equal(index.live, model.size);
        assert.equal(
          index.bytes,
          [...model.values()].reduce((sum, [, size]) => sum + size, 0),
        );
        assert.equal(index.next(from), there.find((seq) => seq >= from) ?? -1);
        assert.equal(index.highest(), there[there.length - 1] ?? -1);
        for (const seq of there) assert.deepEqual([index.lsn(seq), index.size(seq)], model.get(seq));
        assert.deepEqual(new Set([...index.places()].map(String)), new Set([...model.values()].map(String)));
      }),
    );
  });

  it('crosses a long hole without counting through it', () => {
    const index = new StreamIndex();
    index.set(3, 30, 1);
    index.set(2 ** 45, 31, 1);
    assert.equal(index.next(4), 2 ** 45);
    assert.equal(index.next(0), 3);
  });
});

describe('runs of numbers', () => {
  it('hold what was added, however the runs overlap', () => {
    const runs = fc.array(fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 30 })), { maxLength: 20 });
    fc.assert(
      fc.property(runs, (list) => {
        const all = new Runs();
        const model = new Set<number>();
        for (const [start, count] of list) {
          all.add(start, count);
          for (let seq = start; seq < start + count; seq++) model.add(seq);
        }
        for (let seq = 0; seq < 100; seq++) assert.equal(all.has(seq), model.has(seq), `${seq}`);
        const counted = [...all].reduce((sum, [, count]) => sum + count, 0);
        assert.equal(counted, model.size, 'runs overlap');
      }),
    );
  });
});
