/** A backlog that pages to a shelf, compared with a plain list. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Shelf } from '../../../../lib/broker/queue/backlog';
import { Fifo } from '../../../../lib/broker/queue/fifo';
import type { Message } from '../../../../lib/broker/message';
import type { Held } from '../../../../lib/broker/queue/queue';
import { messageOf } from '../messages';

/** What a storage holds: every message from its arrival until it is settled, whether memory has it or not. */
class ListShelf implements Shelf {
  readonly held = new Map<number, { message: Message; expiresAt: number; redelivered: boolean }>();

  constructor(
    private readonly lanes: number,
    /** Messages that one reading gives at most. */
    private readonly atOnce: number,
  ) {}

  keep(position: number, message: Message, expiresAt: number): void {
    if (!this.held.has(position)) this.held.set(position, { message, expiresAt, redelivered: false });
  }

  read(
    from: number,
    count: number,
    found: (position: number, message: Message, expiresAt: number, redelivered: boolean) => boolean,
  ): void {
    const lane = from % this.lanes;
    const there = [...this.held].filter(([position]) => position >= from && position % this.lanes === lane);
    there.sort(([a], [b]) => a - b);
    for (const [position, { message, expiresAt, redelivered }] of there.slice(0, Math.min(count, this.atOnce))) {
      if (!found(position, message, expiresAt, redelivered)) return;
    }
  }
}

interface Entry {
  readonly position: number;
  readonly message: Message;
  readonly expiresAt: number;
  redelivered: boolean;
}

type Step =
  | { readonly do: 'push'; readonly expires: boolean; readonly stored: boolean }
  | { readonly do: 'take' | 'settle' | 'pass' | 'clear' | 'restart' }
  | { readonly do: 'shelve'; readonly count: number }
  | { readonly do: 'back'; readonly count: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record<Step & { do: 'push' }>({ do: fc.constant('push'), expires: fc.boolean(), stored: fc.boolean() }),
  },
  { weight: 5, arbitrary: fc.constant<Step>({ do: 'take' }) },
  { weight: 3, arbitrary: fc.constant<Step>({ do: 'settle' }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'pass' }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'restart' }) },
  { weight: 2, arbitrary: fc.record<Step & { do: 'shelve' }>({ do: fc.constant('shelve'), count: fc.nat(4) }) },
  { weight: 2, arbitrary: fc.record<Step & { do: 'back' }>({ do: fc.constant('back'), count: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'clear' }) },
);

class Comparison {
  private fifo: Fifo;
  private ready: Entry[] = [];
  private taken: Entry[] = [];
  private bodies = 0;
  private now = 0;
  private readonly shelf: ListShelf;

  constructor(
    private readonly lane: number,
    private readonly lanes: number,
    atOnce: number,
  ) {
    this.shelf = new ListShelf(lanes, atOnce);
    this.fifo = new Fifo(this.shelf, lane, lanes);
  }

  do(one: Step): void {
    const { fifo, shelf } = this;
    if (one.do === 'push') {
      const message = messageOf({}, this.bodies++ % 50);
      const expiresAt = one.expires ? ++this.now : Number.POSITIVE_INFINITY;
      const position = fifo.push(message, expiresAt);
      if (one.stored || fifo.shelves) shelf.keep(position, message, expiresAt);
      this.ready.push({ position, message, expiresAt, redelivered: false });
    } else if (one.do === 'take') {
      const expected = this.ready.shift();
      assert.equal(fifo.take(), expected !== undefined);
      if (expected === undefined) return;
      const { position, redelivered, expiresAt } = fifo;
      assert.deepEqual([position, (fifo.message as Message).id, redelivered, expiresAt], this.story(expected));
      this.taken.push(expected);
    } else if (one.do === 'settle') {
      const gone = this.taken.pop();
      if (gone !== undefined) shelf.held.delete(gone.position);
    } else if (one.do === 'pass') {
      if (fifo.length === 0) assert.equal(fifo.pass() % this.lanes, this.lane);
    } else if (one.do === 'shelve') fifo.shelve(one.count);
    else if (one.do === 'back') this.back(one.count);
    else if (one.do === 'clear') {
      for (const { position } of this.ready) shelf.held.delete(position);
      this.ready = [];
      fifo.clear();
    } else this.restart();
    this.compare();
  }

  private story({ position, message, redelivered, expiresAt }: Entry): unknown[] {
    return [position, message.id, redelivered, expiresAt];
  }

  private back(count: number): void {
    const back = this.taken.splice(-count, count);
    for (const entry of back) entry.redelivered = true;
    this.fifo.putBack(back.map(({ position, message, expiresAt }) => ({ position, message, expiresAt }) as Held));
    this.ready = [...this.ready, ...back].sort((a, b) => a.position - b.position);
  }

  /** A new backlog finds on the shelf what the old one left there; what was delivered before comes first. */
  private restart(): void {
    const { shelf, lanes } = this;
    const all = [...this.ready, ...this.taken].filter(({ position }) => shelf.held.has(position));
    for (const entry of this.taken) entry.redelivered = true;
    this.taken = [];
    this.ready = all.sort((a, b) => a.position - b.position);
    for (const { position, redelivered } of all) {
      (shelf.held.get(position) as { redelivered: boolean }).redelivered = redelivered;
    }
    const positions = all.map(({ position }) => position);
    this.fifo = new Fifo(shelf, this.lane, lanes, {
      count: all.length,
      bytes: all.reduce((sum, { message }) => sum + message.bodySize, 0),
      first: positions[0] ?? this.lane,
      end: positions.length === 0 ? this.lane : (positions[positions.length - 1] as number) + lanes,
    });
  }

  private compare(): void {
    const { fifo, ready } = this;
    assert.equal(fifo.length, ready.length);
    assert.equal(
      fifo.bytes,
      ready.reduce((sum, { message }) => sum + message.bodySize, 0),
    );
    assert.equal(fifo.headExpiresAt(), ready[0]?.expiresAt ?? Number.POSITIVE_INFINITY);
    if (ready.length === 0) assert.equal(fifo.memory, 0);
  }

  end(): void {
    while (this.ready.length > 0) this.do({ do: 'take' });
  }
}

describe('a backlog with a shelf', () => {
  it('gives what a list gives, wherever its messages are', function () {
    this.timeout(60_000);
    const lanes = fc.constantFrom([0, 1], [2, 4]);
    fc.assert(
      fc.property(lanes, fc.constantFrom(1, 3, 1000), fc.array(step, { maxLength: 150 }), ([lane, count], atOnce, steps) => {
        const comparison = new Comparison(lane as number, count as number, atOnce);
        for (const one of steps) comparison.do(one);
        comparison.end();
      }),
      { numRuns: 500 },
    );
  });

  it('reads over gaps, however wide, in the order of positions', () => {
    const shelf = new ListShelf(1, 1000);
    const positions = [3, 4, 9, 5000, 5001, 1e6, 1e9];
    for (const position of positions) shelf.keep(position, messageOf(), Number.POSITIVE_INFINITY);
    const fifo = new Fifo(shelf, 0, 1, { count: positions.length, bytes: 0, first: 3, end: 1e9 + 1 });
    const taken: number[] = [];
    while (fifo.take()) taken.push(fifo.position);
    assert.deepEqual(taken, positions);
    assert.equal(fifo.push(messageOf(), Number.POSITIVE_INFINITY), 1e9 + 1);
  });

  it('finds nothing when its shelf has failed, and does not wait for ever', () => {
    const fifo = new Fifo(new ListShelf(1, 1000), 0, 1, { count: 2, bytes: 2, first: 0, end: 2 });
    assert.equal(fifo.take(), false);
    assert.equal(fifo.headExpiresAt(), Number.POSITIVE_INFINITY);
  });
});
