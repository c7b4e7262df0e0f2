/**
 * `npm run fuzz [-- --inputs N] [--seed S]`: fuzzed clients against one broker in memory. Prints the seed, so that a failure
 * can be played again, and what the broker answered, so that a blind fuzzer is seen.
 */
import { parseArgs } from 'node:util';
import { fuzz, type Tally } from './session';

const { values } = parseArgs({ options: { inputs: { type: 'string', default: '1000000' }, seed: { type: 'string' } } });
const inputs = Number(values.inputs);
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(values.seed);
const tally: Tally = { inputs: 0, sessions: 0, answers: new Map() };
console.log(`fuzz: seed ${seed}, ${inputs} inputs`);
try {
  fuzz(seed, inputs, tally);
  const sorted = [...tally.answers].sort((a, b) => b[1] - a[1]);
  const answers = sorted.map(([name, n]) => `${name} ${n}`).join(', ');
  console.log(`fuzz: ${tally.inputs} inputs in ${tally.sessions} sessions; answers: ${answers}`);
  console.log('1 passed, 0 failed');
} catch (error) {
  console.log(`fuzz: failed after ${tally.inputs} inputs; again with: npm run fuzz -- --inputs ${inputs} --seed ${seed}`);
  console.log(String((error as Error).stack));
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
}
