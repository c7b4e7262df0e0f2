/** A process that runs the seeds it is sent, and tells how they went. */
import { planOf, simulate } from './simulate';
import { type Counts, Tally } from './tally';

export interface Batch {
  readonly seeds: readonly number[];
  /** In turn, by the seed. */
  readonly scenarios: readonly string[];
}

export interface BatchResult {
  readonly counts: Counts;
  readonly failures: ReadonlyArray<{ readonly scenario: string; readonly seed: number; readonly violations: readonly string[] }>;
}

export async function runBatch({ seeds, scenarios }: Batch): Promise<BatchResult> {
  const tally = new Tally();
  const failures: Array<BatchResult['failures'][number]> = [];
  for (const seed of seeds) {
    const scenario = scenarios[seed % scenarios.length] as string;
    const outcome = await simulate(planOf(scenario, seed));
    tally.add(outcome);
    const { violations } = outcome.verdict;
    if (violations.length > 0) failures.push({ scenario, seed, violations });
  }
  return { counts: tally.counts, failures };
}

// Where errors come from is not looked at here: whoever runs a failing seed once more is told.
Error.stackTraceLimit = 0;

process.on('message', (batch: Batch) => {
  void runBatch(batch).then((result) => process.send?.(result));
});
