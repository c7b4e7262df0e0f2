import assert from 'node:assert/strict';
import { Patience } from '../../../lib/grading/run/patience';
import type { Usage } from '../../../lib/grading/sandbox/watch';

const AT_REST: Usage = { cpuMs: 10, memoryMiB: 1, processes: 1, idle: true };

/** How many looks it takes until nothing more is expected. */
function looksUntilQuiet(patience: Patience, movedAt: (look: number) => boolean = () => false): number {
  for (let look = 1; look <= 1000; look++) if (patience.exhausted(movedAt(look)) === 'quiet') return look;
  return Number.POSITIVE_INFINITY;
}

describe('patience with an answer', () => {
  const limits = { idleMs: 200, limitMs: 60_000 };

  it('ends after so many looks at which nothing was done', () => {
    // The first look learns how much was used before.
    assert.equal(looksUntilQuiet(new Patience([{ usage: () => AT_REST }], limits)), 5);
  });

  it('needs no more of them where there is no program', () => {
    assert.ok(looksUntilQuiet(new Patience([], limits)) <= 5);
  });

  it('begins anew when something moved on the wire', () => {
    assert.equal(
      looksUntilQuiet(new Patience([{ usage: () => AT_REST }], limits), (look) => look === 4),
      8,
    );
  });

  it('begins anew when a program has used the processor', () => {
    let looks = 0;
    const usage = (): Usage => ({ ...AT_REST, cpuMs: ++looks < 7 ? looks : 7 });
    assert.equal(looksUntilQuiet(new Patience([{ usage }], limits)), 11);
  });

  it('does not end while a program is ready to run and gets no processor', () => {
    const usage = (): Usage => ({ ...AT_REST, idle: false });
    assert.equal(looksUntilQuiet(new Patience([{ usage }], limits)), Number.POSITIVE_INFINITY);
  });

  it('is longer with a broker in a process of its own', () => {
    assert.equal(looksUntilQuiet(new Patience([{ usage: () => AT_REST }], limits, false)), 13);
  });

  it('takes the seconds that a command of a real cluster needs for looks, and one question never for enough of them', () => {
    const elsewhere = new Patience([], { idleMs: 2000, limitMs: 60_000 }, false);
    assert.deepEqual(
      // The first look learns what is used.
      [1, 2, 3].map(() => elsewhere.exhausted(false, 60_000)),
      [null, null, 'quiet'],
    );
    const here = new Patience([], { idleMs: 2000, limitMs: 60_000 });
    assert.deepEqual(
      [1, 2, 3].map(() => here.exhausted(false, 60_000)),
      [null, null, null],
    );
  });

  it('says that it is late when the whole takes longer than it may', () => {
    const patience = new Patience([{ usage: () => AT_REST }], { idleMs: 200, limitMs: 0 });
    assert.equal(patience.exhausted(true), 'late');
  });
});
