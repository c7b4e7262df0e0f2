/**
 * `npm run test:nodes [lines]`: the unit tests and the welcome notebook through the real kernel on each supported line of
 * Node, or on the named ones (`npm run test:nodes 24 26`).
 * The binaries come from npm (`node-PLATFORM-ARCH`, what the package `node` installs) into `.warren/nodes/`.
 */
import fs from 'node:fs';
import path from 'node:path';
import { runCounted } from './setup/counted.mjs';
import { ensureLibrary } from './setup/library.mjs';
import { ensurePackages, npm } from './setup/packages.mjs';
import { STATE, WELCOME } from './setup/paths.mjs';
import { ask } from './setup/run.mjs';
import { main, seconds, step, Trouble, totals } from './setup/say.mjs';

const LINES = ['20', '22', '24', '26'];
/** A real RabbitMQ does the same whichever Node asks it: `npm test` has asked it, and its starts take most of the time. */
const NO_RABBITMQ = path.join(STATE, 'no-rabbitmq');
const TASKS = [
  ['unit tests', 'tools/test.mjs', 'test/unit'],
  ['a notebook', 'tools/notebooks.mjs', '--kernel', WELCOME],
];

/** @param {string} line of Node @returns {Promise<string>} its binary */
async function install(line) {
  const folder = path.join(STATE, 'nodes', line);
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const binary = path.join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!fs.existsSync(binary)) {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
    const args = ['install', '--prefix', folder, `${name}@${line}`];
    await step(`Installing Node ${line}`, () => npm(`node-${line}`, args, `Installing Node ${line}`));
  }
  return binary;
}

/** @param {string} binary @param {string[]} args */
function runWith(binary, args) {
  const env = { ...process.env, PATH: `${path.dirname(binary)}${path.delimiter}${process.env.PATH}`, RABBITMQ_HOME: NO_RABBITMQ };
  return runCounted(binary, args, env);
}

/** What failed must not be lost among hundreds of files that passed. @param {string} output */
const withoutPassed = (output) => output.replace(/^ok .*\n/gm, '');

await main(async (words) => {
  const unknown = words.find((word) => !LINES.includes(word));
  if (unknown) throw new Trouble(`"${unknown}" is no line of Node that is tested`, `Name some of ${LINES.join(', ')}.`);
  await ensurePackages();
  await ensureLibrary();
  let passed = 0;
  let failed = 0;
  for (const line of words.length ? words : LINES) {
    const binary = await install(line);
    const version = (await ask(binary, ['--version']))?.trim() ?? `${line}, which does not start`;
    for (const [name, ...args] of TASKS) {
      const start = performance.now();
      const outcome = await runWith(binary, args);
      passed += outcome.passed;
      failed += outcome.failed;
      const mark = outcome.failed ? 'FAIL' : 'ok  ';
      console.log(`${mark}  Node ${version}: ${name}: ${outcome.passed} passed, ${outcome.failed} failed  ${seconds(start)}`);
      if (outcome.failed) console.log(withoutPassed(outcome.output).replace(/^/gm, '    '));
    }
  }
  return totals(passed, failed);
});
