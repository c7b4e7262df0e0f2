/**
 * `npm run graders [-- --only ID] [--repeat N] [--seeds N] [--load] [--engine warren|rabbitmq]`: tries every exercise on answers
 * whose verdict is known. `--seeds`: on so many of the visible seeds; a cluster of real RabbitMQs takes a quarter of a minute for
 * each. `--load` keeps all processors busy meanwhile. Ends with how many verdicts were as they must be.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensureLibrary } from './setup/library.mjs';
import { ensurePackages } from './setup/packages.mjs';
import { ROOT } from './setup/paths.mjs';
import { main, totals, Trouble } from './setup/say.mjs';

/** Processes that only use the processor, two for each. @returns {() => void} ends them */
function makeLoad() {
  const busy = os.cpus().flatMap(() => [0, 1].map(() => spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' })));
  const end = () => {
    for (const each of busy) each.kill('SIGKILL');
  };
  process.once('exit', end);
  return end;
}

/** @param {string} option @param {string} given @returns {number} */
function count(option, given) {
  if (/^[1-9]\d{0,5}$/.test(given)) return Number(given);
  throw new Trouble(`--${option} is '${given}'`, 'Give a whole number from 1 on.');
}

await main(async (words) => {
  const { values } = parseArgs({
    args: words,
    options: {
      only: { type: 'string' },
      repeat: { type: 'string', default: '1' },
      seeds: { type: 'string' },
      load: { type: 'boolean', default: false },
      engine: { type: 'string', default: 'warren' },
    },
  });
  const engine = /** @type {'warren' | 'rabbitmq'} */ (values.engine);
  await ensurePackages();
  await ensureLibrary();
  const require = createRequire(import.meta.url);
  const { exerciseIds, readExercise } = require('../lib/dist/grading/exercise.js');
  const { trials } = require('../lib/dist/grading/author/trial.js');
  const exercises = path.join(ROOT, 'exercises');
  const solutions = path.join(ROOT, 'solutions');
  const all = /** @type {string[]} */ (exerciseIds(exercises));
  const drafts = all.filter((id) => readExercise(exercises, id).info.draft === true);
  const ids = values.only === undefined ? all.filter((id) => !drafts.includes(id)) : all.filter((id) => id === values.only);
  if (values.only === undefined) console.log(`--    drafts, not tried: ${drafts.join(', ')}`);
  if (ids.length === 0) throw new Trouble(`There is no exercise '${values.only}'`, 'Name a folder of exercises/.');
  const endLoad = values.load ? makeLoad() : () => undefined;
  let passed = 0;
  let failed = 0;
  for (const id of ids) {
    const began = performance.now();
    const exercise = readExercise(exercises, id);
    const seeds = values.seeds === undefined ? {} : { seeds: count('seeds', values.seeds) };
    const options = { exercises, solutions, engine, readable: [], repeat: count('repeat', values.repeat), ...seeds };
    for await (const { name, fault } of trials(exercise, options)) {
      if (fault === null) passed += 1;
      else failed += 1;
      if (fault !== null) console.log(`FAIL  ${id} ${name}: ${fault}`);
    }
    const seconds = Math.round((performance.now() - began) / 1000);
    console.log(`--    ${id}: ${seconds} s; ${passed} passed, ${failed} failed so far`);
  }
  endLoad();
  return totals(passed, failed);
});
