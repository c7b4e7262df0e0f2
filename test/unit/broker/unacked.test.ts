import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Queue } from '../../../lib/broker/queue/queue';
import { Delivery, Unacked } from '../../../lib/broker/unacked';
import { messageOf } from './messages';

const QUEUE = { name: 'q' } as Queue;
const MESSAGE = messageOf();

function delivery(tag: number): Delivery {
  return new Delivery(tag, MESSAGE, QUEUE, null, tag, Number.POSITIVE_INFINITY);
}

/** `at` stands for a tag near those that were given: outstanding, settled, skipped or not given yet. */
type Step =
  | { kind: 'add'; gap: number }
  | { kind: 'take'; at: number }
  | { kind: 'takeUpTo'; at: number }
  | { kind: 'takeAll' }
  | { kind: 'restore'; picks: number[] };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('add' as const), gap: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('take' as const), at: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('takeUpTo' as const), at: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('takeAll' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restore' as const), picks: fc.array(fc.nat(), { maxLength: 6 }) }) },
);

const tags = (deliveries: readonly Delivery[] | null): number[] | undefined => deliveries?.map(({ tag }) => tag);

describe('Unacked', () => {
  it('behaves as a map of the outstanding tags, whatever gaps they have and in whatever order they go', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
        const unacked = new Unacked();
        const model = new Map<number, Delivery>();
        const gone: Delivery[] = [];
        let last = 0;
        const sorted = (): Delivery[] => [...model.values()].sort((a, b) => a.tag - b.tag);
        const drop = (deliveries: readonly Delivery[]): Delivery[] => {
          for (const one of deliveries) model.delete(one.tag);
          gone.push(...deliveries);
          return [...deliveries];
        };
        for (const one of steps) {
          const tag = 'at' in one ? one.at % (last + 2) : 0;
          if (one.kind === 'add') {
            last += one.gap;
            const made = delivery(last);
            unacked.add(made);
            model.set(last, made);
          } else if (one.kind === 'take') {
            const expected = model.get(tag) ?? null;
            assert.equal(unacked.take(tag), expected);
            if (expected !== null) drop([expected]);
          } else if (one.kind === 'takeUpTo') {
            const expected = model.has(tag) ? drop(sorted().filter((other) => other.tag <= tag)) : null;
            assert.deepEqual(tags(unacked.takeUpTo(tag)), tags(expected));
          } else if (one.kind === 'takeAll') assert.deepEqual(tags(unacked.takeAll()), tags(drop(sorted())));
          else {
            const back = new Set<Delivery>();
            for (const pick of one.picks) if (gone.length > 0) back.add(gone[pick % gone.length] as Delivery);
            unacked.restore([...back]);
            for (const returned of back) {
              gone.splice(gone.indexOf(returned), 1);
              model.set(returned.tag, returned);
            }
          }
          assert.equal(unacked.count, model.size);
          assert.deepEqual(tags(unacked.list()), tags(sorted()));
        }
      }),
    );
  });

  it('holds thousands, settled from the middle outwards', () => {
    const unacked = new Unacked();
    const count = 4000;
    for (let tag = 1; tag <= count; tag++) unacked.add(delivery(tag));
    for (let i = 0; i < count / 2; i++) {
      for (const tag of [count / 2 - i, count / 2 + 1 + i]) {
        assert.equal(unacked.take(tag)?.tag, tag);
        assert.equal(unacked.take(tag), null);
      }
    }
    assert.equal(unacked.count, 0);
  });

  it('gives up to a tag only while that tag itself is outstanding', () => {
    const unacked = new Unacked();
    for (const tag of [1, 2, 5]) unacked.add(delivery(tag));
    unacked.take(2);
    for (const tag of [0, 2, 3, 6]) assert.equal(unacked.takeUpTo(tag), null, `up to ${tag}`);
    assert.deepEqual(tags(unacked.takeUpTo(5)), [1, 5]);
  });
});
