import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Consumer } from '../../../../lib/broker/queue/consumer';
import { ConsumerGroup } from '../../../../lib/broker/queue/consumer-group';
import type { Queue } from '../../../../lib/broker/queue/queue';

const QUEUE = { name: 'q', vhost: { name: '/' } } as Queue;

class Stub implements Consumer {
  readonly noAck = true;
  readonly socketReady = true;
  readonly room = Number.POSITIVE_INFINITY;
  ready = true;
  parked = false;

  constructor(
    readonly tag: string,
    readonly priority = 0,
    readonly exclusive = false,
  ) {}

  deliver(): void {}
  cancelledByServer(): void {}
  follow(): void {}
}

function turns(group: ConsumerGroup, count: number): string {
  return Array.from({ length: count }, () => group.next()?.tag ?? '-').join(' ');
}

function groupOf(singleActive: boolean, ...consumers: readonly Stub[]): ConsumerGroup {
  const group = new ConsumerGroup(singleActive);
  for (const consumer of consumers) group.add(consumer, QUEUE);
  return group;
}

type Step =
  | { kind: 'add'; priority: number }
  | { kind: 'remove'; pick: number }
  | { kind: 'stop'; pick: number }
  | { kind: 'go'; pick: number }
  | { kind: 'next' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('add' as const), priority: fc.integer({ min: -1, max: 2 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), pick: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('stop' as const), pick: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('go' as const), pick: fc.nat() }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('next' as const) }) },
);

describe('ConsumerGroup', () => {
  it('gives a message to a ready consumer of the highest priority that has one, to nobody only if nobody is ready', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(step, { maxLength: 150, size: 'max' }), (singleActive, steps) => {
        const group = new ConsumerGroup(singleActive);
        const members: Stub[] = [];
        let active = null as Stub | null;
        for (const one of steps) {
          const picked = 'pick' in one ? members[one.pick % Math.max(1, members.length)] : undefined;
          if (one.kind === 'add') {
            const consumer = new Stub(`c${members.length}`, one.priority);
            group.add(consumer, QUEUE);
            members.push(consumer);
            active ??= consumer;
          } else if (one.kind === 'next') {
            const next = group.next();
            const ready = members.filter((member) => member.ready);
            if (singleActive) assert.equal(next, active?.ready ? active : null);
            else if (next === null) assert.equal(ready.length, 0);
            else assert.deepEqual([next.ready, next.priority], [true, Math.max(...ready.map(({ priority }) => priority))]);
          } else if (picked !== undefined && one.kind === 'remove') {
            group.remove(picked);
            members.splice(members.indexOf(picked), 1);
            if (active === picked) {
              const top = Math.max(...members.map(({ priority }) => priority));
              active = members.find(({ priority }) => priority === top) ?? null;
            }
          } else if (picked !== undefined) {
            picked.ready = one.kind === 'go';
            if (picked.ready) group.unpark(picked);
          }
          assert.equal(group.size, members.length);
        }
      }),
    );
  });

  it('goes round among equals, whoever joins or leaves', () => {
    const [a, b, c] = [new Stub('a'), new Stub('b'), new Stub('c')];
    const group = groupOf(false, a, b, c);
    assert.equal(turns(group, 5), 'a b c a b');
    group.remove(a);
    assert.equal(turns(group, 4), 'c b c b');
    group.add(new Stub('d'), QUEUE);
    assert.equal(turns(group, 3), 'c b d');
  });

  it('asks a consumer that was not ready only after it has been unparked, at the end of the row', () => {
    const [a, b, c] = [new Stub('a'), new Stub('b'), new Stub('c')];
    const group = groupOf(false, a, b, c);
    a.ready = false;
    assert.equal(turns(group, 3), 'b c b');
    a.ready = true;
    assert.equal(turns(group, 2), 'c b');
    assert.equal(group.unpark(a), true);
    assert.equal(group.unpark(a), false);
    assert.equal(turns(group, 3), 'c b a');
  });

  it('falls back to lower priorities while the higher ones are busy', () => {
    const [high, low] = [new Stub('high', 5), new Stub('low', -5)];
    const group = groupOf(false, low, high);
    assert.equal(turns(group, 2), 'high high');
    high.ready = false;
    assert.equal(turns(group, 2), 'low low');
    low.ready = false;
    assert.equal(turns(group, 1), '-');
    high.ready = true;
    group.unpark(high);
    assert.equal(turns(group, 1), 'high');
  });

  it('refuses whoever is exclusive beside others, and others beside whoever is exclusive', () => {
    const text = { message: "ACCESS_REFUSED - queue 'q' in vhost '/' in exclusive use" };
    const alone = new Stub('alone', 0, true);
    const group = groupOf(false, alone);
    assert.throws(() => group.add(new Stub('other'), QUEUE), text);
    group.remove(alone);
    group.add(new Stub('other'), QUEUE);
    assert.throws(() => group.add(alone, QUEUE), text);
    assert.throws(() => groupOf(true, alone), text);
  });
});
