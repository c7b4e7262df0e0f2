import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Message } from '../../../../lib/broker/message';
import type { Backlog } from '../../../../lib/broker/queue/backlog';
import { Fifo } from '../../../../lib/broker/queue/fifo';
import { PriorityBacklog } from '../../../../lib/broker/queue/priority-backlog';
import type { Held } from '../../../../lib/broker/queue/queue';
import { messageOf } from '../messages';

const NEVER = Number.POSITIVE_INFINITY;

interface Entry extends Held {
  readonly level: number;
  readonly order: number;
  redelivered: boolean;
}

/** What a backlog promises, as a list that is sorted whenever something is taken: slow, and plainly right. */
class Model {
  ready: Entry[] = [];
  private last = 0;

  entry(message: Message, position: number, expiresAt: number, level: number): Entry {
    return { message, position, expiresAt, level, order: ++this.last, redelivered: false };
  }

  head(): Entry | undefined {
    return [...this.ready].sort((a, b) => b.level - a.level || a.order - b.order)[0];
  }

  get bytes(): number {
    return this.ready.reduce((sum, { message }) => sum + message.bodySize, 0);
  }
}

type Step =
  | { kind: 'push'; bodySize: number; priority: number; expiresAt: number }
  | { kind: 'take' }
  | { kind: 'putBack'; picks: number[] }
  | { kind: 'pass'; priority: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('push' as const),
      bodySize: fc.nat(3),
      priority: fc.nat(4),
      expiresAt: fc.oneof(fc.constant(NEVER), fc.nat(1000)),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('take' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('putBack' as const), picks: fc.array(fc.nat(), { maxLength: 8 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pass' as const), priority: fc.nat(4) }) },
);

/** Runs the steps on both and compares everything that can be seen after each. */
function agrees(backlog: Backlog, steps: readonly Step[], maxPriority: number): void {
  const model = new Model();
  const held: Entry[] = [];
  const positions = new Set<number>();
  const place = (position: number): number => {
    assert.ok(!positions.has(position), `position ${position} was given twice`);
    positions.add(position);
    return position;
  };
  const levelOf = (priority: number): number => Math.min(priority, maxPriority);
  for (const one of steps) {
    if (one.kind === 'push') {
      const message = messageOf({ priority: one.priority }, one.bodySize);
      const position = place(backlog.push(message, one.expiresAt));
      model.ready.push(model.entry(message, position, one.expiresAt, levelOf(one.priority)));
    } else if (one.kind === 'take') {
      const expected = model.head();
      assert.equal(backlog.take(), expected !== undefined);
      if (expected !== undefined) {
        const { message, position, expiresAt, redelivered } = backlog;
        assert.deepEqual(
          { message, position, expiresAt, redelivered },
          {
            message: expected.message,
            position: expected.position,
            expiresAt: expected.expiresAt,
            redelivered: expected.redelivered,
          },
        );
        model.ready.splice(model.ready.indexOf(expected), 1);
        held.push(expected);
      }
    } else if (one.kind === 'putBack') {
      const back = new Set<Entry>();
      for (const pick of one.picks) if (held.length > 0) back.add(held[pick % held.length] as Entry);
      backlog.putBack([...back]);
      for (const entry of back) {
        held.splice(held.indexOf(entry), 1);
        entry.redelivered = true;
        model.ready.push(entry);
      }
    } else if (model.ready.length === 0) {
      const message = messageOf({ priority: one.priority });
      held.push(model.entry(message, place(backlog.pass(message)), NEVER, levelOf(one.priority)));
    }
    assert.equal(backlog.length, model.ready.length);
    assert.equal(backlog.bytes, model.bytes);
    assert.equal(backlog.headExpiresAt(), model.head()?.expiresAt ?? NEVER);
  }
}

describe('Fifo', () => {
  it('behaves as a list sorted by position, whatever is taken and put back', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => agrees(new Fifo(), steps, 0)));
  });

  it('keeps order, bytes and times while its ring grows and shrinks', () => {
    const fifo = new Fifo();
    const count = 5000;
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < count; i++) fifo.push(messageOf({}, 1), i % 3 === 0 ? i : NEVER);
      assert.deepEqual([fifo.length, fifo.bytes], [count, count]);
      for (let i = 0; i < count; i++) {
        assert.equal(fifo.headExpiresAt(), i % 3 === 0 ? i : NEVER);
        assert.ok(fifo.take());
        assert.equal(fifo.position, round * count + i);
        assert.equal(fifo.expiresAt, i % 3 === 0 ? i : NEVER);
      }
      assert.deepEqual([fifo.length, fifo.bytes, fifo.take()], [0, 0, false]);
    }
  });

  it('forgets the time of a message with its place in the ring', () => {
    const fifo = new Fifo();
    for (let i = 0; i < 100; i++) {
      const expiresAt = i % 2 === 0 && i < 50 ? i : NEVER;
      fifo.push(messageOf(), expiresAt);
      assert.equal(fifo.headExpiresAt(), expiresAt);
      fifo.take();
      assert.equal(fifo.expiresAt, expiresAt);
    }
  });

  it('takes back what was taken, one by one in either direction, in order', () => {
    for (const direction of [1, -1]) {
      const fifo = new Fifo();
      const held: Held[] = [];
      for (let i = 0; i < 3000; i++) fifo.push(messageOf(), NEVER);
      while (fifo.take()) held.push({ message: fifo.message as Message, position: fifo.position, expiresAt: NEVER });
      for (const one of direction === 1 ? held : [...held].reverse()) fifo.putBack([one]);
      const positions: number[] = [];
      while (fifo.take()) positions.push(fifo.position);
      assert.deepEqual(
        positions,
        held.map(({ position }) => position),
      );
    }
  });

  it('is empty after clear, and goes on with new positions', () => {
    const fifo = new Fifo();
    const first = fifo.push(messageOf({}, 2), 5);
    fifo.push(messageOf({}, 2), NEVER);
    fifo.take();
    fifo.putBack([{ message: fifo.message as Message, position: fifo.position, expiresAt: 5 }]);
    fifo.clear();
    assert.deepEqual([fifo.length, fifo.bytes, fifo.headExpiresAt(), fifo.take()], [0, 0, NEVER, false]);
    const next = fifo.push(messageOf({}, 3), NEVER);
    assert.ok(next > first + 1);
    assert.deepEqual([fifo.length, fifo.bytes, fifo.headExpiresAt()], [1, 3, NEVER]);
  });
});

describe('PriorityBacklog', () => {
  it('behaves as a list sorted by priority, then position, with positions that are unique in the queue', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 200, size: 'max' }), (maxPriority, steps) =>
        agrees(new PriorityBacklog(maxPriority), steps, maxPriority),
      ),
    );
  });

  it('counts priorities above the maximum as the maximum', () => {
    const backlog = new PriorityBacklog(2);
    const [high, higher] = [messageOf({ priority: 2 }), messageOf({ priority: 200 })];
    for (const message of [high, higher]) backlog.push(message, NEVER);
    backlog.take();
    assert.equal(backlog.message, high);
  });

  it('is empty after clear', () => {
    const backlog = new PriorityBacklog(3);
    for (const priority of [0, 3]) backlog.push(messageOf({ priority }, 2), 7);
    backlog.clear();
    assert.deepEqual([backlog.length, backlog.bytes, backlog.headExpiresAt(), backlog.take()], [0, 0, NEVER, false]);
  });
});
