import assert from 'node:assert/strict';
import fc from 'fast-check';
import { methodId } from '../../../lib/amqp/methods';
import { Confirms } from '../../../lib/broker/confirms';
import { MemoryStorage } from '../../../lib/storage/storage';
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

/** A storage each of whose batches is safe when the test says so. */
class ManualStorage extends MemoryStorage {
  override batch = 0;
  private waiting: Array<() => void> = [];

  override afterSync(done: () => void): void {
    this.waiting.push(done);
  }

  /** A batch leaves, and is safe when the returned function is called. */
  leave(): () => void {
    const waiting = this.waiting;
    this.waiting = [];
    this.batch++;
    return () => {
      for (const done of waiting) done();
    };
  }
}

function fresh(): { confirms: Confirms; turn: ManualTurn; storage: ManualStorage; take: () => Written[] } {
  const storage = new ManualStorage();
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
  return { confirms: new Confirms(turn, writer, storage), turn, storage, take };
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

/** What becomes of a publish: its answer is known in its turn, or (an ack only) with a sync some turns later. */
interface Fate {
  readonly answer: 'ack' | 'nack';
  readonly turnsLater: number;
}

const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<Fate>({ answer: 'nack', turnsLater: 0 }) },
  { weight: 3, arbitrary: fc.constant<Fate>({ answer: 'ack', turnsLater: 0 }) },
  { weight: 3, arbitrary: fc.record({ answer: fc.constant('ack' as const), turnsLater: fc.integer({ min: 1, max: 4 }) }) },
);

describe('Confirms', () => {
  it('writes what RabbitMQ would in every turn, and answers each number once', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fate, { maxLength: 12, size: 'max' }), { maxLength: 12, size: 'max' }), (bursts) => {
        const { confirms, turn, storage, take } = fresh();
        const open = new Map<number, number>();
        const syncs = new Map<number, Array<() => void>>();
        const answered = new Map<number, string>();
        const fates: Fate[] = bursts.flat();
        for (let now = 0; now < bursts.length + 5; now++) {
          const outcomes: Record<'ack' | 'nack', number[]> = { ack: [], nack: [] };
          for (const sync of syncs.get(now) ?? []) sync();
          for (const [seq, due] of [...open]) {
            if (due !== now) continue;
            outcomes.ack.push(seq);
            open.delete(seq);
          }
          for (const [i, { answer, turnsLater }] of (bursts[now] ?? []).entries()) {
            const seq = confirms.next();
            if (turnsLater === 0) {
              confirms[answer](seq);
              outcomes[answer].push(seq);
            } else {
              const due = now + turnsLater;
              confirms.ackAfterSync(seq);
              open.set(seq, due);
              // Numbers in a row that become safe together share a batch.
              if (bursts[now]?.[i + 1]?.turnsLater !== turnsLater) syncs.set(due, [...(syncs.get(due) ?? []), storage.leave()]);
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
