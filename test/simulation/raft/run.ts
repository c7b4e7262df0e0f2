/**
 * `node -r ./tools/typescript.cjs test/simulation/raft/run.ts [--seeds N] [--seed S] [--sabotage ...] [--only DEED]...`: runs
 * N seeds from S on. Prints each seed that fails and how to run it again, and what happened in all; a kind of event that
 * never happened is a failure of the set.
 */
import { parseArgs } from 'node:util';
import { type DeedName, DEED_NAMES } from './nemesis';
import { simulate } from './simulate';
import type { Sabotage } from './slow-disk';
import { Tally } from './tally';

/** So many failures tell enough. */
const ENOUGH = 10;
/** A set smaller than this may well miss something. */
const SET = 200;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    sabotage: { type: 'string' },
    only: { type: 'string', multiple: true },
  },
});
const seeds = Number(values.seeds);
const first = Number(values.seed);
const unknown = values.only?.find((name) => !(DEED_NAMES as string[]).includes(name));
if (unknown !== undefined) throw new Error(`There is no ${unknown}; there are: ${DEED_NAMES.join(', ')}.`);
const choice = { sabotage: values.sabotage as Sabotage | undefined, only: values.only as DeedName[] | undefined };
const tally = new Tally();
const started = performance.now();
let failed = 0;
let last = first - 1;
while (last < first + seeds - 1 && failed < ENOUGH) {
  last++;
  try {
    simulate(last, tally, choice);
  } catch (error) {
    failed++;
    console.log(`seed ${last} fails: ${seeds === 1 ? (error as Error).stack : (error as Error).message}`);
    console.log(`  again with: node -r ./tools/typescript.cjs test/simulation/raft/run.ts --seeds 1 --seed ${last}`);
  }
}
const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.log(`raft: seeds ${first} to ${last}, ${tally.events} events in ${seconds} s\n${tally}`);
const blind = seeds >= SET && failed === 0 && values.only === undefined ? tally.blind() : [];
if (blind.length > 0) console.log(`The set is blind: this never happened: ${blind.join('; ')}.`);
console.log(`${tally.runs} passed, ${failed + blind.length} failed`);
process.exitCode = failed + blind.length === 0 ? 0 : 1;
