/**
 * `npm run torture [-- --kills N] [--seed S]`: a real node under a mixed workload is killed with -9 at N random moments.
 * `npm run torture -- --simulated N [--seed S]`: N simulated crashes, with all that a disk may do to a node.
 * `npm run torture -- --amplification [--seed S]`: what the storage writes for what it is given, under the same workload.
 * `npm run torture -- --cluster [--rounds N] [--engine warren|rabbitmq] [--kind K]... [--handling H] [--seed S]`: N clusters of
 * three processes under load and faults, judged by the checker of the simulation.
 * All print their seed; a simulated failure also prints how to see it again.
 */
import { parseArgs } from 'node:util';
import { wholeNumber } from '../whole-number';
import { measureAmplification } from './amplification';
import { tortureClusters } from './cluster';
import { killNodes } from './kills';
import { simulate, type Outcome } from './simulated';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '1000' },
    simulated: { type: 'string' },
    amplification: { type: 'boolean', default: false },
    cluster: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '20' },
    engine: { type: 'string', default: 'warren' },
    kind: { type: 'string', multiple: true },
    handling: { type: 'string' },
    seed: { type: 'string' },
  },
});
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : wholeNumber('seed', values.seed, 0);

/** A promise that nobody keeps ends the process without a word. */
let judged = false;
process.on('exit', () => {
  if (!judged) console.log('torture: came to no end\n0 passed, 1 failed');
  if (!judged) process.exitCode = 1;
});

function chosen(): Promise<Outcome> {
  if (values.cluster) {
    const { rounds, engine, kind, handling } = values;
    return tortureClusters({ rounds: wholeNumber('rounds', rounds), seed, engine, kind, handling });
  }
  if (values.amplification) return measureAmplification(seed);
  return values.simulated === undefined
    ? killNodes(wholeNumber('kills', values.kills), seed)
    : simulate(wholeNumber('simulated', values.simulated), seed);
}

async function main(): Promise<void> {
  const { passed, failed } = await chosen();
  judged = true;
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

main().catch((error: Error) => {
  judged = true;
  console.log(error.stack);
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
});
