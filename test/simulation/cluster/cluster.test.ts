/** A part of the simulated clusters (npm run simulate), all plans that ever failed, and a check of the checker. */
import assert from 'node:assert/strict';
import { KEPT } from './kept';
import type { Plan } from './plan';
import { scenarioOf } from './scenarios';
import { shrink, sortOf } from './shrink';
import { planOf, simulate } from './simulate';
import { Tally } from './tally';

const SEEDS: Readonly<Record<string, number>> = {
  crashes: 32,
  'mirrored crashes': 10,
  'quorum crashes': 10,
  'amqplib crashes': 3,
};
/** Seeds that are tried for one which shows a broken promise. */
const SABOTAGED = 60;

async function play(plan: Plan): Promise<Awaited<ReturnType<typeof simulate>>> {
  const outcome = await simulate(plan);
  const again = `npm run simulate -- --seeds 1 --seed ${plan.seed} --scenario '${plan.scenario}'`;
  assert.deepEqual(outcome.verdict.violations, [], `seed ${plan.seed} fails; again with: ${again}`);
  return outcome;
}

describe('simulated clusters', function () {
  this.timeout(300_000);

  it('keep all promises under the plans that failed once', async () => {
    for (const plan of KEPT) await play(plan);
  });

  for (const [scenario, seeds] of Object.entries(SEEDS)) {
    it(`keep all promises: ${scenario}, ${seeds} seeds`, async () => {
      const tally = new Tally();
      for (let seed = 1; seed <= seeds; seed++) tally.add(await play(planOf(scenario, seed)));
      assert.ok(tally.of('acknowledged') > 50 * seeds, 'hardly anything was confirmed');
      if (scenario === 'crashes') assert.deepEqual(tally.blind(scenarioOf(scenario).faults), [], 'these faults never mattered');
    });
  }

  it('take the same way under the same seed', async () => {
    for (const scenario of Object.keys(SEEDS)) {
      const [one, other] = [await simulate(planOf(scenario, 3)), await simulate(planOf(scenario, 3))];
      assert.equal(one.hash, other.hash, scenario);
    }
  });

  it('are seen to lose messages when a disk does not outlive a power cut, and that is shrunk to the one power cut', async () => {
    for (let seed = 1; seed <= SABOTAGED; seed++) {
      const plan = planOf('crashes', seed);
      const { verdict } = await simulate(plan, { forgetful: true });
      const lost = verdict.violations.find((violation) => violation.startsWith('lost: classic'));
      if (lost === undefined) continue;
      const { deeds } = await shrink(plan, sortOf(lost), { forgetful: true });
      assert.deepEqual(
        deeds.map(({ kind }) => kind),
        ['power cut'],
      );
      return;
    }
    assert.fail(`${SABOTAGED} seeds, and nothing was seen`);
  });
});
