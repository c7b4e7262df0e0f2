import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TimerEntry, TimerHeap } from '../../../lib/world/timer-heap';

const nothing = (): void => undefined;

function drain(heap: TimerHeap<TimerEntry>): TimerEntry[] {
  const out: TimerEntry[] = [];
  for (let entry = heap.pop(); entry !== undefined; entry = heap.pop()) out.push(entry);
  return out;
}

describe('TimerHeap', () => {
  it('gives entries back by time, then by order of arrival, without the cancelled ones', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ at: fc.nat(20), cancel: fc.boolean() }), { maxLength: 300 }), (wanted) => {
        const heap = new TimerHeap<TimerEntry>();
        const entries = wanted.map(({ at }) => new TimerEntry(at, nothing));
        for (const entry of entries) heap.push(entry);
        wanted.forEach(({ cancel }, i) => {
          if (cancel) entries[i]!.cancel();
        });
        const kept = entries.filter((_, i) => !wanted[i]!.cancel);
        assert.equal(heap.size, kept.length);
        // Array.prototype.sort is stable, so equal times stay in order of arrival.
        assert.deepEqual(
          drain(heap),
          [...kept].sort((a, b) => a.at - b.at),
        );
      }),
    );
  });

  it('keeps the order when pushes, takes and cancels mix', () => {
    const operation = fc.oneof(
      fc.record({ kind: fc.constant('push' as const), at: fc.nat(50) }),
      fc.record({ kind: fc.constant('pop' as const), at: fc.nat() }),
      fc.record({ kind: fc.constant('cancel' as const), at: fc.nat() }),
    );
    fc.assert(
      fc.property(fc.array(operation, { minLength: 50, maxLength: 600 }), (operations) => {
        const heap = new TimerHeap<TimerEntry>();
        const model: TimerEntry[] = [];
        for (const { kind, at } of operations) {
          if (kind === 'push') {
            const entry = new TimerEntry(at, nothing);
            heap.push(entry);
            model.push(entry);
          } else if (kind === 'cancel') {
            if (model.length > 0) model.splice(at % model.length, 1)[0]!.cancel();
          } else {
            const first = [...model].sort((a, b) => a.at - b.at || a.order - b.order)[0];
            assert.equal(heap.pop(), first);
            if (first !== undefined) model.splice(model.indexOf(first), 1);
          }
        }
        assert.equal(heap.size, model.length);
      }),
    );
  });

  it('forgets cancelled entries before their time comes', () => {
    const heap = new TimerHeap<TimerEntry>();
    const kept = new TimerEntry(1e9, nothing);
    heap.push(kept);
    for (let i = 0; i < 200_000; i++) {
      const entry = new TimerEntry(1e6 + i, nothing);
      heap.push(entry);
      entry.cancel();
    }
    assert.equal(heap.size, 1);
    const stored = (heap as unknown as { entries: unknown[] }).entries.length;
    assert.ok(stored < 200, `${stored} entries are stored for one that counts`);
    assert.deepEqual(drain(heap), [kept]);
  });

  it('counts an entry cancelled twice, or after it was taken, once', () => {
    const heap = new TimerHeap<TimerEntry>();
    const [a, b, c] = [1, 2, 3].map((at) => new TimerEntry(at, nothing)) as [TimerEntry, TimerEntry, TimerEntry];
    for (const entry of [a, b, c]) heap.push(entry);
    assert.equal(heap.pop(), a);
    a.cancel();
    b.cancel();
    b.cancel();
    assert.equal(heap.size, 1);
    assert.deepEqual(drain(heap), [c]);
  });
});
