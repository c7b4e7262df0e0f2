/** A part of the simulated Raft groups (test/simulation/raft/run.ts), all seeds that ever failed, and a check of the checker. */
import assert from 'node:assert/strict';
import { Violation } from './checker';
import { type Choice, simulate } from './simulate';
import { MUST_HAPPEN, Tally } from './tally';

/**
 * 142, 189: the check asked too much of a leader that was still handing over, and showed that a hand-over to somebody whose
 * connection had broken was not given up. The storms have become others since.
 * 15303: the check asked too much of one who was elected by late votes, when others had gone on to the next term.
 * 42396: the check gave a long log too little time over a slow link.
 */
const FAILED_ONCE = [142, 189, 15303, 42396];
const SEEDS = 250;
/** Seeds that are tried for one which shows a broken promise. */
const SABOTAGED = 400;

function play(seed: number, tally: Tally): void {
  try {
    simulate(seed, tally);
  } catch (error) {
    const again = `node -r ./tools/typescript.cjs test/simulation/raft/run.ts --seeds 1 --seed ${seed}`;
    throw new Error(`seed ${seed} fails; again with: ${again}`, { cause: error });
  }
}

/** A broken promise of the disk has to violate this property, sooner or later. */
function seenToViolate(property: RegExp, choice: Choice): void {
  for (let seed = 1; seed <= SABOTAGED; seed++) {
    try {
      simulate(seed, new Tally(), choice);
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      if (property.test(error.message)) return;
    }
  }
  assert.fail(`${SABOTAGED} seeds, and nothing was seen`);
}

describe('simulated Raft groups', function () {
  this.timeout(60_000);

  it('keep all promises under the seeds that failed once', () => {
    for (const seed of FAILED_ONCE) play(seed, new Tally());
  });

  it(`keep all promises under ${SEEDS} seeds, and everything happens to them`, () => {
    const tally = new Tally();
    for (let seed = 5000; seed < 5000 + SEEDS; seed++) play(seed, tally);
    assert.deepEqual(tally.blind(), [], 'this never happened, so nothing is known about it');
    assert.ok(tally.of('runs with two elections') > SEEDS / 2);
    assert.equal(new Set(MUST_HAPPEN).size, MUST_HAPPEN.length);
  });

  it('take the same way under the same seed', () => {
    const [first, second] = [new Tally(), new Tally()];
    for (const tally of [first, second]) for (let seed = 1; seed <= 5; seed++) play(seed, tally);
    assert.equal(first.events, second.events);
    assert.equal(first.toString(), second.toString());
  });

  it('are seen to fail when a disk acknowledges too early', () => {
    seenToViolate(/^leader completeness/, { sabotage: 'ack before sync' });
  });

  it('are seen to fail when a disk forgets votes', () => {
    seenToViolate(/^election safety/, { sabotage: 'vote not kept', only: ['contested election'] });
  });
});
