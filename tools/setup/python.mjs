/** The project's own Python environment with the pinned JupyterLab: `.venv/`, made once, nothing outside the project. */
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { ROOT, VENV } from './paths.mjs';
import { ask, needSpace, run, which } from './run.mjs';
import { step, Trouble } from './say.mjs';

const SIZE_MB = 350;
const OLDEST_MINOR = 9;
const REQUIREMENTS = path.join(ROOT, 'jupyter', 'requirements.txt');
const STAMP = path.join(VENV, '.requirements');
const windows = process.platform === 'win32';

export const VENV_PYTHON = windows ? path.join(VENV, 'Scripts', 'python.exe') : path.join(VENV, 'bin', 'python');

/** From the most usual name to the most particular; the last is Debian's, which a version manager may hide. */
const NAMES = [
  'python3',
  'python',
  'python3.14',
  'python3.13',
  'python3.12',
  'python3.11',
  'python3.10',
  'python3.9',
  '/usr/bin/python3',
];
const PROBE = `
import sys, json
try:
    import venv, ensurepip
    can = True
except ImportError:
    can = False
print(json.dumps({"version": list(sys.version_info[:3]), "executable": sys.executable, "venv": can}))`;

/** @typedef {{ version: [number, number, number], executable: string, venv: boolean }} Python */

/** @param {string} command @returns {Promise<Python | null>} */
async function probe(command) {
  const out = await ask(command, ['-c', PROBE]);
  try {
    return out && JSON.parse(out);
  } catch {
    return null;
  }
}

/** @param {Python} python */
const isNewEnough = ({ version: [major, minor] }) => major > 3 || (major === 3 && minor >= OLDEST_MINOR);
/** @param {Python} python */
export const describePython = ({ version, executable }) => `Python ${version.join('.')} (${executable})`;

/**
 * The first Python that is new enough and can make an environment.
 * @throws {Trouble} that says what was found instead
 */
export async function findPython() {
  /** @type {Python[]} */
  const found = [];
  for (const name of NAMES) {
    if (!path.isAbsolute(name) && !which(name)) continue;
    const python = await probe(name);
    if (!python) continue;
    if (isNewEnough(python) && python.venv) return python;
    found.push(python);
  }
  throw pythonTrouble(found, process.platform);
}

/**
 * @param {Python[]} found none of them usable
 * @param {string} platform
 */
export function pythonTrouble(found, platform) {
  const get = {
    win32: 'Install it from https://python.org',
    darwin: 'Install it with "brew install python" or from https://python.org',
  }[platform];
  const alternative = 'or use a Jupyter you already have with "npm start -- --system-jupyter".';
  const without = found.find(isNewEnough);
  if (without) {
    return new Trouble(
      `${describePython(without)} cannot make virtual environments, its venv or ensurepip module is missing`,
      `On Debian and Ubuntu: "sudo apt-get install python3-venv" and run the command again, ${alternative}`,
    );
  }
  const what = found.length
    ? `needs Python 3.${OLDEST_MINOR} or newer and found only ${found.map(describePython).join(', ')}`
    : `needs Python 3.${OLDEST_MINOR} or newer and found none`;
  return new Trouble(
    `JupyterLab ${what}`,
    `${get ?? 'Install it, on Debian and Ubuntu with "sudo apt-get install python3 python3-venv"'}, ${alternative}`,
  );
}

const requirementsHash = () => crypto.createHash('sha256').update(fs.readFileSync(REQUIREMENTS)).digest('hex');

/** @returns {Promise<string | null>} why the environment must be made */
export async function environmentNeeded() {
  if (!fs.existsSync(VENV_PYTHON)) return 'not made yet';
  if (!fs.existsSync(STAMP)) return 'was left half made';
  if (fs.readFileSync(STAMP, 'utf8') !== requirementsHash()) return 'the pinned versions have changed';
  // An environment dies with the Python it was made from.
  return (await ask(VENV_PYTHON, ['-c', 'import sys'])) === null ? 'its Python is gone' : null;
}

/** The JupyterLab that is pinned. */
export const jupyterVersion = () => `JupyterLab ${/^jupyterlab==(\S+)/m.exec(fs.readFileSync(REQUIREMENTS, 'utf8'))?.[1]}`;

/** Makes `.venv` if needed. @throws {Trouble} */
export async function ensureEnvironment() {
  const reason = await environmentNeeded();
  if (!reason) return;
  const python = await findPython();
  needSpace(SIZE_MB, 'making the Python environment');
  fs.rmSync(VENV, { recursive: true, force: true });
  const all = fs
    .readFileSync(REQUIREMENTS, 'utf8')
    .split('\n')
    .filter((line) => line.includes('==')).length;
  await step(`Making the Python environment with JupyterLab (${reason})`, async (progress) => {
    const what = 'Making the Python environment';
    await run('venv', python.executable, ['-m', 'venv', VENV], { what });
    let seen = 0;
    const onLine = (/** @type {string} */ line) => {
      if (line.startsWith('Collecting ')) {
        seen += 1;
        progress(`package ${seen} of at most ${all}`);
      } else if (line.startsWith('Installing ')) progress('unpacking');
    };
    // The file names every package there is to install, so nothing is left to resolve.
    const args = [
      '-m',
      'pip',
      'install',
      '--no-deps',
      '--disable-pip-version-check',
      '--no-input',
      '--retries',
      '2',
      '-r',
      REQUIREMENTS,
    ];
    await run('pip', VENV_PYTHON, args, { what: 'Installing JupyterLab', onLine });
  });
  fs.writeFileSync(STAMP, requirementsHash());
}
