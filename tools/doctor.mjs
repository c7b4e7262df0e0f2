/**
 * `npm run doctor`: looks at everything that `npm start` and `npm test` need and changes nothing. A line each: `ok`,
 * `--` (not needed for the course) or `FAIL` with what to do.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isFree } from './setup/jupyter.mjs';
import { libraryNeeded } from './setup/library.mjs';
import { npmAnswers, packagesNeeded } from './setup/packages.mjs';
import { ROOT, STATE } from './setup/paths.mjs';
import { describePython, environmentNeeded, findPython, jupyterVersion } from './setup/python.mjs';
import { findRabbitmq } from './setup/rabbitmq.mjs';
import { ask, needSpace, which } from './setup/run.mjs';
import { main, seconds, Trouble } from './setup/say.mjs';

const NEEDED_MB = 600;
const RUNNING_MB = 100;

/**
 * A check returns what it found, or throws a Trouble that says what to do.
 * `later` marks what the next `npm start` does by itself: it is told, and is no failure.
 */
class Later extends Error {}

/** @type {[string, () => Promise<string>][]} */
const CHECKS = [
  ['Node', async () => `${process.versions.node} (20.19 or newer)`],
  ['project folder', async () => writable()],
  ['npm packages', async () => later(packagesNeeded(), 'as package-lock.json pins them')],
  ['library', async () => later(packagesNeeded() ? 'not built yet' : libraryNeeded(), 'built from the present sources')],
  ['Python', async () => describePython(await findPython())],
  ['JupyterLab', async () => later(await environmentNeeded(), `${jupyterVersion()} in .venv`)],
  ['TypeScript kernel', kernel],
  ['port 8888', async () => ((await isFree(8888)) ? 'free' : 'taken; npm start uses the next free one')],
  ['disk', async () => `${Math.floor(needSpace((await allThere()) ? RUNNING_MB : NEEDED_MB, 'Warren') / 1000)} GB free`],
  ['network', network],
];

/** Things that add to the course and that it does without. @type {[string, () => Promise<string | null>, string][]} */
const EXTRAS = [
  ['RabbitMQ', findRabbitmq, 'to compare with a real one: "sudo apt-get install rabbitmq-server"'],
  ['browser', async () => browser(), 'Jupyter prints an address to open in any browser'],
];

/** @param {string | null} reason @param {string} found */
function later(reason, found) {
  if (reason) throw new Later(`${reason}; the next "npm start" sees to it`);
  return found;
}

async function writable() {
  try {
    fs.mkdirSync(STATE, { recursive: true });
    fs.accessSync(ROOT, fs.constants.W_OK);
    fs.accessSync(STATE, fs.constants.W_OK);
    return 'may be written';
  } catch {
    throw new Trouble(
      `${ROOT} may not be written by ${os.userInfo().username}`,
      'Clone the repository into a folder of your own',
    );
  }
}

const allThere = async () => !packagesNeeded() && !(await environmentNeeded());

async function kernel() {
  if (packagesNeeded()) return later('comes with the npm packages', '');
  const { KernelClient } = await import('./notebook/kernel-client.mjs');
  const start = performance.now();
  const client = await KernelClient.start(ROOT).catch((error) => {
    throw new Trouble(error.message, 'Remove node_modules and run "npm start"; if it stays, please report it with this text');
  });
  try {
    const { content } = await client.execute('1 + 1');
    if (content.status !== 'ok') throw new Trouble(`it answers "${content.evalue}" to 1 + 1`, 'Please report this');
    return `starts and computes in ${seconds(start)}`;
  } finally {
    await client.stop();
  }
}

async function network() {
  if (await allThere()) return 'not needed, everything is installed';
  if (await npmAnswers()) return 'the npm registry answers';
  throw new Trouble(
    'The npm registry does not answer',
    'The first start downloads about 150 MB: connect, or set HTTPS_PROXY behind a proxy',
  );
}

async function browser() {
  const names = process.platform === 'linux' ? ['xdg-open', 'firefox', 'chromium', 'google-chrome'] : ['open', 'start'];
  const found = names.map((name) => which(name)).find(Boolean);
  return found ? path.basename(found) : null;
}

await main(async () => {
  let failed = 0;
  for (const [name, check] of CHECKS) {
    try {
      console.log(`ok    ${name}: ${await check()}`);
    } catch (error) {
      if (error instanceof Later) console.log(`later ${name}: ${error.message}`);
      else if (error instanceof Trouble) {
        failed += 1;
        console.log(`FAIL  ${name}: ${error.message}`);
      } else throw error;
    }
  }
  for (const [name, find, without] of EXTRAS) {
    const found = await find();
    console.log(found ? `ok    ${name}: ${found}` : `--    ${name}: not found; ${without}`);
  }
  const git = await ask('git', ['status', '--porcelain']);
  if (git === null) console.log('--    git: not found or no repository; only contributors need it');
  console.log(failed ? `\n${failed} to mend.` : '\nReady: "npm start" opens the course.');
  return failed ? 1 : 0;
});
