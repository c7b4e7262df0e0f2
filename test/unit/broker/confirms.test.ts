import assert from 'node:assert/strict';
import fc from 'fast-check';
import { methodId } from '../../../lib/amqp/methods';
import { Confirms } from '../../../lib/broker/confirms';
import type { Turn } from '../../../lib/world/world';

/** A turn that ends when the test says so. */
class ManualTurn implements Turn {
  private ends: Array<() => void> = [];

  atEnd(fn: () => void): void {
    this.ends.push(fn);
  }

  end(): void {
    for (let i = 0; i < this.ends.length; i++) (this.ends[i] as () => void)();
    this.ends = [];
  }
}

interface Written {
  readonly answer: 'ack' | 'nack';
  readonly tag: number;
  readonly multiple: boolean;
}

function fresh(): { confirms: Confirms; turn: ManualTurn; take: () => Written[] } {
  const turn = new ManualTurn();
  let written: Written[] = [];
  const writer = {
    writeConfirm(method: number, tag: number, multiple: boolean): void {
      written.push({ answer: method === methodId('basic.ack') ? 'ack' : 'nack', tag, multiple });
    },
  };
  const take = (): Written[] => {
    const taken = written;
    written = [];
    return taken;
  };
  return { confirms: new Confirms(turn, writer), turn, take };
}

/**
 * RabbitMQ's rule for one kind of answer, said once more in other words: of the numbers with this answer, those below every
 * number that is open or has the other answer leave in one multiple frame, the others one by one; a sole ack is never multiple.
 */
function coalesced(
  answer: 'ack' | 'nack',
  seqs: readonly number[],
  other: readonly number[],
  open: readonly number[],
): Written[] {
  const sorted = [...seqs].sort((a, b) => a - b);
  if (answer === 'ack' && sorted.length === 1) return [{ answer, tag: sorted[0] as number, multiple: false }];
  const covered = sorted.filter((seq) => [...other, ...open].every((limit) => seq < limit));
  const singles = sorted.slice(covered.length).map((tag) => ({ answer, tag, multiple: false }));
  const top = covered[covered.length - 1];
  return top === undefined ? singles : [{ answer, tag: top, multiple: true }, ...singles];
}

/** What becomes of a publish: its answer is known in its turn, or some turns later. */
interface Fate {
  readonly answer: 'ack' | 'nack';
  readonly turnsLater: number;
}

const fate: fc.Arbitrary<Fate> = fc.record({
  answer: fc.oneof({ weight: 4, arbitrary: fc.constant('ack' as const) }, { weight: 1, arbitrary: fc.constant('nack' as const) }),
  turnsLater: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.integer({ min: 1, max: 4 }) }),
});

describe('Confirms', () => {
  it('writes what RabbitMQ would in every turn, and answers each number once', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fate, { maxLength: 12, size: 'max' }), { maxLength: 12, size: 'max' }), (bursts) => {
        const { confirms, turn, take } = fresh();
        const open = new Map<number, { answer: 'ack' | 'nack'; due: number }>();
        const answered = new Map<number, string>();
        const fates: Fate[] = bursts.flat();
        for (let now = 0; now < bursts.length + 5; now++) {
          const outcomes: Record<'ack' | 'nack', number[]> = { ack: [], nack: [] };
          for (const [seq, { answer, due }] of [...open]) {
            if (due !== now) continue;
            confirms[answer](seq);
            outcomes[answer].push(seq);
            open.delete(seq);
          }
          for (const { answer, turnsLater } of bursts[now] ?? []) {
            const seq = confirms.next();
            if (turnsLater === 0) {
              confirms[answer](seq);
              outcomes[answer].push(seq);
            } else {
              confirms.wait(seq);
              open.set(seq, { answer, due: now + turnsLater });
            }
          }
          turn.end();
          const written = take();
          assert.deepEqual(written, [
            ...coalesced('ack', outcomes.ack, outcomes.nack, [...open.keys()]),
            ...coalesced('nack', outcomes.nack, outcomes.ack, [...open.keys()]),
          ]);
          for (const { answer, tag, multiple } of written) {
            for (let seq = multiple ? 1 : tag; seq <= tag; seq++) if (!answered.has(seq)) answered.set(seq, answer);
          }
          assert.equal(confirms.unconfirmed, open.size);
        }
        assert.deepEqual(
          fates.map((_, i) => answered.get(i + 1)),
          fates.map(({ answer }) => answer),
        );
      }),
    );
  });

  it('says nothing before the end of the turn', () => {
    const { confirms, turn, take } = fresh();
    confirms.ack(confirms.next());
    assert.deepEqual(take(), []);
    turn.end();
    assert.deepEqual(take(), [{ answer: 'ack', tag: 1, multiple: false }]);
    turn.end();
    assert.deepEqual(take(), []);
  });

  it('numbers publishes from 1', () => {
    const { confirms } = fresh();
    assert.deepEqual([confirms.upcoming, confirms.next(), confirms.upcoming, confirms.next()], [1, 1, 2, 2]);
  });
});
