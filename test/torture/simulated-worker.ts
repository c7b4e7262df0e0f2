/** A process that plays the seeds it is sent. */
import { runCrashes, type Tally } from '../simulation/storage/crash-run';

export interface Batch {
  readonly from: number;
  readonly count: number;
}

export interface BatchResult {
  readonly crashes: number;
  readonly orderlyStops: number;
  readonly refusals: number;
  readonly bites: ReadonlyArray<readonly [kind: string, count: number]>;
  readonly failures: ReadonlyArray<{ readonly seed: number; readonly text: string }>;
}

process.on('message', ({ from, count }: Batch) => {
  const tally: Tally = { crashes: 0, orderlyStops: 0, refusals: 0, buried: 0, bites: new Map() };
  const failures: { seed: number; text: string }[] = [];
  for (let seed = from; seed < from + count; seed++) {
    try {
      runCrashes(seed, tally);
    } catch (error) {
      failures.push({ seed, text: String((error as Error).stack) });
    }
  }
  const { crashes, orderlyStops, refusals, bites } = tally;
  process.send?.({ crashes, orderlyStops, refusals, bites: [...bites], failures } satisfies BatchResult);
});
