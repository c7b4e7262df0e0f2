/**
 * `npm test [paths] [-- --grep PATTERN]`: from a fresh clone installs and builds what is missing, then runs every
 * `test/**` file that ends in `.test.ts` (or those under the given paths), straight from TypeScript. The whole runs in several
 * processes, some of them side by side.
 *
 * The tests themselves choose the brokers they run against; where no RabbitMQ is installed they say so in a line.
 */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runCounted } from './setup/counted.mjs';
import { ensureLibrary } from './setup/library.mjs';
import { ensurePackages } from './setup/packages.mjs';
import { ROOT } from './setup/paths.mjs';
import { ensureEnvironment } from './setup/python.mjs';
import { main, totals, Trouble } from './setup/say.mjs';

const TIMEOUT_MS = 10_000;
/** How long after the last test open sockets, timers and processes may still take to go. */
const LEAK_GRACE_MS = 5_000;
/**
 * The whole in rounds; the parts of a round run side by side. Null: every folder that no other part names. The first round mostly
 * drives a real RabbitMQ, which takes more than one processor.
 * @type {(string[] | null)[][]}
 */
const ROUNDS = [[['claims', 'foreign', 'wire']], [['notebooks'], null]];
/** What these folders of `test` start runs the compiled library, as its users do; all other tests read its sources. */
const ON_COMPILED_LIBRARY = ['foreign', 'notebooks', 'graders'];

/** @param {string[]} places @returns {string[]} absolute paths, sorted */
function testFiles(places) {
  const files = places.flatMap((place) => {
    const full = path.resolve(ROOT, place);
    if (!fs.existsSync(full))
      throw new Trouble(`There is no ${place}`, 'Name a test file or a folder of them, e.g. test/unit/broker.');
    if (!fs.statSync(full).isDirectory()) return [full];
    return fs.readdirSync(full, { recursive: true, encoding: 'utf8' }).map((file) => path.join(full, file));
  });
  return files.filter((file) => file.endsWith('.test.ts')).sort();
}

/** Jupyter's own client is one of the tests' witnesses; without Python those tests say that they did not run. */
async function tryEnvironment() {
  try {
    await ensureEnvironment();
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    console.log(`--    Tests with Jupyter's own client are not run: ${error.message}`);
  }
}

await main(async (words) => {
  const { values, positionals } = parseArgs({ args: words, allowPositionals: true, options: { grep: { type: 'string' } } });
  const files = testFiles(positionals.length ? positionals : ['test']);
  await ensurePackages();
  const includes = (/** @type {string} */ folder) =>
    files.some((file) => file.startsWith(path.join(ROOT, 'test', folder) + path.sep));
  if (ON_COMPILED_LIBRARY.some(includes)) await ensureLibrary();
  if (includes('notebooks')) await tryEnvironment();
  if (!positionals.length && values.grep === undefined) return whole();

  const require = createRequire(import.meta.url);
  require('./typescript.cjs');
  require('./test/property-seed.cjs');
  const { default: Mocha } = await import('mocha');
  const { FileReporter } = await import('./test/reporter.mjs');
  const mocha = new Mocha({ timeout: TIMEOUT_MS, forbidOnly: true, reporter: FileReporter, grep: values.grep });
  for (const file of files) mocha.addFile(file);
  const stats = await new Promise((done) => {
    const runner = mocha.run(() => done(/** @type {Mocha.Stats} */ (runner.stats)));
  });
  const nothing = stats.passes + stats.failures === 0;
  if (nothing) console.log('No test ran.');
  return finish(stats.passes, stats.failures + (nothing ? 1 : 0));
});

/** Runs everything, and prints each part as it ends, so that they do not talk at the same time. */
async function whole() {
  const folders = fs.readdirSync(path.join(ROOT, 'test'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const named = ROUNDS.flat(2);
  const rest = folders.map(({ name }) => name).filter((name) => !named.includes(name));
  let passed = 0;
  let failed = 0;
  for (const round of ROUNDS) {
    const parts = round.map(async (part) => {
      const paths = (part ?? rest).map((name) => `test/${name}`);
      const outcome = await runCounted(process.execPath, [fileURLToPath(import.meta.url), ...paths]);
      process.stdout.write(outcome.output);
      passed += outcome.passed;
      failed += outcome.failed;
    });
    await Promise.all(parts);
  }
  return totals(passed, failed);
}

/** The totals, once nothing that a test started is left. A leak is a failure: it would hide a hang. */
async function finish(/** @type {number} */ passed, /** @type {number} */ failed) {
  const quiet = new Promise((done) => process.once('beforeExit', () => done(true)));
  const late = new Promise((done) => setTimeout(done, LEAK_GRACE_MS, false).unref());
  if (await Promise.race([quiet, late])) return totals(passed, failed);
  const left = process.getActiveResourcesInfo().filter((kind) => kind !== 'TTYWrap');
  console.log(
    `FAIL  Something that a test started is still there ${LEAK_GRACE_MS / 1000} s after the last test: ${left.join(', ')}`,
  );
  process.exit(totals(passed, failed + 1));
}
