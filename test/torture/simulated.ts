/** Simulated crashes on all cores: seeds are handed out in batches until there were enough crashes. */
import { fork, type ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';
import * as path from 'node:path';
import type { Batch, BatchResult } from './simulated-worker';

const SEEDS_A_BATCH = 20;
/** After so many failing seeds the rest would tell nothing new. */
const FAILURES_MAX = 5;

export interface Outcome {
  readonly passed: number;
  readonly failed: number;
}

export async function simulate(wanted: number, seed: number): Promise<Outcome> {
  console.log(`torture: seed ${seed}, ${wanted} simulated crashes`);
  const bites = new Map<string, number>();
  const sum = { crashes: 0, orderlyStops: 0, refusals: 0, failed: 0 };
  let next = seed;
  const enough = (): boolean => sum.crashes >= wanted || sum.failed >= FAILURES_MAX;
  const add = ({ crashes, orderlyStops, refusals, bites: counts, failures }: BatchResult): void => {
    sum.crashes += crashes;
    sum.orderlyStops += orderlyStops;
    sum.refusals += refusals;
    for (const [kind, count] of counts) bites.set(kind, (bites.get(kind) ?? 0) + count);
    for (const { seed: failing, text } of failures) {
      sum.failed++;
      console.log(`torture: seed ${failing} fails; again with: npm run torture -- --simulated 1 --seed ${failing}\n${text}`);
    }
  };
  const size = wanted < SEEDS_A_BATCH ? 1 : SEEDS_A_BATCH;
  const work = async (): Promise<void> => {
    const worker = fork(path.join(__dirname, 'simulated-worker.ts'), { execArgv: process.execArgv });
    try {
      while (!enough()) {
        const from = next;
        next += size;
        add(await ask(worker, { from, count: size }));
      }
    } finally {
      worker.disconnect();
    }
  };
  const workers = size === 1 ? 1 : availableParallelism();
  await Promise.all(Array.from({ length: workers }, work));
  const told = [...bites].sort(([, a], [, b]) => b - a).map(([kind, count]) => `${kind} ${count}`);
  console.log(
    `torture: ${sum.crashes} crashes, ${sum.orderlyStops} orderly stops, ${sum.refusals} refused starts; ${told.join(', ')}`,
  );
  return { passed: sum.crashes, failed: sum.failed };
}

function ask(worker: ChildProcess, batch: Batch): Promise<BatchResult> {
  return new Promise((resolve, reject) => {
    const died = (code: number | null): void => reject(new Error(`a worker ended with ${code} at seeds from ${batch.from} on`));
    worker.once('exit', died);
    worker.once('message', (result) => {
      worker.off('exit', died);
      resolve(result as BatchResult);
    });
    worker.send(batch);
  });
}
