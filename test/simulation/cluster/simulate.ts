/** Drives a run: by itself, or inside a program when amqplib takes part. What does not hold is among the verdict's violations. */
import { runProgram } from '../../../lib/world/sim-node-api';
import { drawDeeds, type Plan } from './plan';
import { fieldOf, type Outcome, Run, type RunOptions, Violation, type Wait } from './cluster-run';
import { scenarioOf } from './scenarios';

/** Lab milliseconds between two looks. */
const LOOK = 100;

export function planOf(scenario: string, seed: number): Plan {
  return { scenario, seed, deeds: drawDeeds(seed, fieldOf(scenarioOf(scenario))) };
}

export async function simulate(plan: Plan, options: RunOptions = {}): Promise<Outcome> {
  const run = new Run(plan, options);
  try {
    if (scenarioOf(plan.scenario).clients === 'amqplib') await runProgram(run.sim, () => stroll(run));
    else dash(run);
  } catch (error) {
    const { message, stack } = error as Error;
    run.history.breaks(error instanceof Violation ? message : `threw: ${stack}`);
  }
  return run.outcome();
}

function dash(run: Run): void {
  const { sim } = run;
  for (const wait of run.play()) {
    const limit = sim.now + wait.within;
    while (!wait.until()) {
      check(wait, sim.now, limit);
      sim.runFor(LOOK);
    }
  }
}

async function stroll(run: Run): Promise<void> {
  const { sim } = run;
  for (const wait of run.play()) {
    const limit = sim.now + wait.within;
    while (!wait.until()) {
      check(wait, sim.now, limit);
      await new Promise((resolve) => setTimeout(resolve, LOOK));
    }
  }
}

function check(wait: Wait, now: number, limit: number): void {
  if (now > limit) throw new Violation(wait.otherwise());
}
