/** The npm packages: present exactly as the lock file pins them, installed when they are not. */
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from './paths.mjs';
import { ask, needSpace, run } from './run.mjs';
import { step } from './say.mjs';

const SIZE_MB = 250;
const SPARE_MB = 10;

const readJson = (file) => {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
};

/**
 * The reason why the packages must be installed, or null. npm writes what it installed into
 * `node_modules/.package-lock.json` as its last act, so an interrupted or outdated install shows there.
 * @param {string} [root]
 * @returns {string | null}
 */
export function packagesNeeded(root = ROOT) {
  const wanted = readJson(path.join(root, 'package-lock.json'));
  const found = readJson(path.join(root, 'node_modules', '.package-lock.json'));
  if (!wanted) throw new Error('package-lock.json is missing or not JSON');
  if (!found) return 'not installed yet';
  for (const [place, { version, optional, link, resolved }] of Object.entries(wanted.packages)) {
    if (place === '' || !place.startsWith('node_modules/')) continue;
    const there = found.packages[place];
    if (link ? there?.resolved !== resolved : there?.version !== version) {
      // Packages for other platforms are optional and rightly absent.
      if (!there && optional) continue;
      return `${place.replace('node_modules/', '')} ${there ? `is ${there.version}, not ${version}` : 'is missing'}`;
    }
  }
  return null;
}

/** The npm that started us, else the one on PATH. */
function npmCommand() {
  const own = process.env.npm_execpath;
  if (own && /\.c?js$/.test(own) && fs.existsSync(own)) return { command: process.execPath, prefix: [own] };
  return { command: process.platform === 'win32' ? 'npm.cmd' : 'npm', prefix: [] };
}

/**
 * @param {string} name of the log
 * @param {string[]} args of npm, e.g. `['ci']`
 * @param {string} what names the step in a sentence about its failure
 */
export async function npm(name, args, what) {
  const { command, prefix } = npmCommand();
  // No lifecycle scripts: every package we use ships ready. Few and short retries: a missing network is told soon.
  const flags = [
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--fetch-retries=2',
    '--fetch-retry-mintimeout=1000',
    '--fetch-retry-maxtimeout=5000',
  ];
  await run(name, command, [...prefix, ...args, ...flags], { what });
}

export async function ensurePackages() {
  const reason = packagesNeeded();
  if (!reason) return;
  needSpace(SIZE_MB, 'installing the npm packages');
  await step(`Installing npm packages (${reason})`, () => npm('npm-ci', ['ci'], 'Installing the npm packages'));
  // On a disk that fills up npm has been seen to end well with files cut short.
  try {
    needSpace(SPARE_MB, 'installing the npm packages');
  } catch (trouble) {
    fs.rmSync(path.join(ROOT, 'node_modules', '.package-lock.json'));
    throw trouble;
  }
}

/** Whether the registry that npm uses can be reached. */
export async function npmAnswers() {
  const { command, prefix } = npmCommand();
  return (await ask(command, [...prefix, 'view', 'tslab', 'version', '--fetch-retries=0'])) !== null;
}
