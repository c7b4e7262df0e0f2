/**
 * `npm run simulate -- [--seeds N] [--seed S] [--scenario NAME]... [--svg FILE]`: runs N seeds from S on in two processes. A
 * sample is run twice and has to take the same way. A seed that fails is run again with fewer faults until only the essential
 * ones are left, and drawn. A fault that was done and never mattered is a failure of the set.
 */
import { type ChildProcess, fork } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { wholeNumber } from '../../whole-number';
import { drawing, picture } from './draw';
import type { DeedKind, Plan } from './plan';
import { SCENARIOS, scenarioOf } from './scenarios';
import { shrink, sortOf } from './shrink';
import { planOf, simulate } from './simulate';
import { Tally } from './tally';
import type { Batch, BatchResult } from './worker';

const WORKERS = 2;
const BATCH = 25;
/** A run makes much that nobody holds for long: room for it, so that it is looked through seldom. */
const ENGINE = ['--max-semi-space-size=64'];
/** So many failures tell enough; so many are shrunk. */
const ENOUGH = 12;
const SHRUNK = 4;
/** A smaller set may well miss something. */
const SET = 300;
/** Of each scenario, so many seeds are run twice. */
const TWICE = 2;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    scenario: { type: 'string', multiple: true },
    svg: { type: 'string' },
  },
});

async function main(): Promise<void> {
  const count = wholeNumber('seeds', values.seeds);
  const first = wholeNumber('seed', values.seed, 0);
  const scenarios = (values.scenario ?? SCENARIOS.map(({ name }) => name)).map((name) => scenarioOf(name).name);
  const started = performance.now();
  const tally = new Tally();
  const failures: Array<BatchResult['failures'][number]> = [];
  const seeds = Array.from({ length: count }, (_, i) => first + i);
  const work = async (): Promise<void> => {
    const worker = fork(path.join(__dirname, 'worker.ts'), { execArgv: [...process.execArgv, ...ENGINE] });
    try {
      while (seeds.length > 0 && failures.length < ENOUGH) {
        const result = await ask(worker, { seeds: seeds.splice(0, BATCH), scenarios });
        tally.merge(result.counts);
        failures.push(...result.failures);
      }
    } finally {
      worker.disconnect();
    }
  };
  await Promise.all(Array.from({ length: count <= BATCH ? 1 : WORKERS }, work));
  const seconds = (performance.now() - started) / 1000;
  failures.sort((a, b) => a.seed - b.seed);
  for (const [i, { scenario, seed, violations }] of failures.entries())
    await tell(planOf(scenario, seed), violations, i < SHRUNK);
  const differ = await twice(scenarios, first);
  for (const text of differ) console.log(text);
  const kinds = [...new Set(scenarios.flatMap((name) => scenarioOf(name).faults))];
  const blind: DeedKind[] = tally.runs >= SET && failures.length === 0 ? tally.blind(kinds) : [];
  if (blind.length > 0) console.log(`The set is blind: these faults never mattered: ${blind.join(', ')}.`);
  const speed = `${(tally.runs / seconds).toFixed(1)} runs and ${(tally.labMs / 1000 / seconds).toFixed(0)} lab seconds a second`;
  console.log(`simulate: ${tally.runs} runs from seed ${first} on in ${seconds.toFixed(0)} s, ${speed}\n${tally}`);
  const failed = failures.length + differ.length + blind.length;
  console.log(`${tally.runs - failures.length} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

function ask(worker: ChildProcess, batch: Batch): Promise<BatchResult> {
  return new Promise((resolve, reject) => {
    const died = (code: number | null): void =>
      reject(new Error(`a worker ended with ${code} at seeds from ${batch.seeds[0]} on`));
    worker.once('exit', died);
    worker.once('message', (result) => {
      worker.off('exit', died);
      resolve(result as BatchResult);
    });
    worker.send(batch);
  });
}

/** Prints a failing run, with its essential faults only. */
async function tell(plan: Plan, violations: readonly string[], shrinks: boolean): Promise<void> {
  const [violation = ''] = violations;
  console.log(`seed ${plan.seed} fails: ${violation}`);
  console.log(`  again with: npm run simulate -- --seeds 1 --seed ${plan.seed} --scenario '${plan.scenario}'`);
  if (!shrinks) return;
  const least = await shrink(plan, sortOf(violation));
  const outcome = await simulate(least);
  console.log(`  with ${least.deeds.length} of its ${plan.deeds.length} faults: ${outcome.verdict.violations[0]}`);
  console.log(drawing(least, outcome));
  console.log(`  to be kept: ${JSON.stringify(least)}`);
  if (values.svg !== undefined) fs.writeFileSync(values.svg, picture(least, outcome));
}

/** Seeds that took another way the second time. */
async function twice(scenarios: readonly string[], first: number): Promise<string[]> {
  const differ: string[] = [];
  for (const scenario of scenarios) {
    for (let seed = first; seed < first + TWICE; seed++) {
      const plan = planOf(scenario, seed);
      const [one, other] = [await simulate(plan), await simulate(plan)];
      if (one.hash !== other.hash)
        differ.push(`seed ${seed} of '${scenario}' took another way the second time: chance from outside`);
    }
  }
  return differ;
}

main().catch((error: Error) => {
  console.log(`${error.stack}\n0 passed, 1 failed`);
  process.exitCode = 1;
});
