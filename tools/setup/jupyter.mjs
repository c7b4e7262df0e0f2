/** Starts a Jupyter server on the course's notebooks, with our kernel and without a trace in the user's home. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { LOGS, ROOT, STATE, WELCOME } from './paths.mjs';
import { VENV_PYTHON } from './python.mjs';
import { ask, which } from './run.mjs';
import { Trouble } from './say.mjs';

const JUPYTER_STATE = path.join(STATE, 'jupyter');
const FIRST_PORT = 8888;
const PORTS_TRIED = 50;
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 10_000;

/** What Jupyter and its kernels are told about their surroundings. @returns {NodeJS.ProcessEnv} */
export function jupyterEnvironment(env = process.env) {
  const join = (...parts) => parts.filter(Boolean).join(path.delimiter);
  return {
    ...env,
    // The kernel spec says `node`: the one that runs us, not another one further down PATH.
    PATH: join(path.dirname(process.execPath), env.PATH),
    JUPYTER_PATH: join(path.join(ROOT, 'jupyter'), env.JUPYTER_PATH),
    JUPYTER_CONFIG_PATH: join(path.join(ROOT, 'jupyter', 'config'), env.JUPYTER_CONFIG_PATH),
    JUPYTER_CONFIG_DIR: path.join(JUPYTER_STATE, 'config'),
    JUPYTER_DATA_DIR: path.join(JUPYTER_STATE, 'data'),
    JUPYTER_RUNTIME_DIR: path.join(JUPYTER_STATE, 'runtime'),
    IPYTHONDIR: path.join(JUPYTER_STATE, 'ipython'),
  };
}

/**
 * @typedef {{ name: string, command: string, args: string[], page: string, infoPrefix: string, app: string,
 *   pageApp: string }} Server
 * which program to start; `page` goes before the notebook's path in the address, `app` and `pageApp` are the names under
 * which it is told its port and its first page
 */

/** @returns {Server} */
export const ownJupyter = () => ({
  name: 'JupyterLab',
  command: VENV_PYTHON,
  args: ['-m', 'jupyterlab'],
  page: 'lab/tree/',
  infoPrefix: 'jpserver',
  app: 'ServerApp',
  pageApp: 'LabApp',
});

/**
 * The Jupyter on PATH: its lab if it has one, else its notebook.
 * @returns {Promise<Server>}
 * @throws {Trouble}
 */
export async function systemJupyter() {
  const ownBin = path.dirname(VENV_PYTHON);
  const searchPath = (process.env.PATH ?? '')
    .split(path.delimiter)
    .filter((folder) => path.resolve(folder) !== ownBin)
    .join(path.delimiter);
  const command = which('jupyter', searchPath);
  if (!command) {
    throw new Trouble(
      'There is no "jupyter" on PATH',
      'Install one (Debian and Ubuntu: "sudo apt-get install jupyter-notebook"), or leave out --system-jupyter.',
    );
  }
  const version = async (/** @type {string} */ part) => /^(\d+)\.\d+/m.exec((await ask(command, [part, '--version'])) ?? '');
  const lab = await version('lab');
  if (lab && Number(lab[1]) >= 3) {
    return { ...ownJupyter(), name: `JupyterLab ${lab[0]}`, command, args: ['lab'] };
  }
  const notebook = await version('notebook');
  if (!notebook)
    throw new Trouble(
      `${command} has neither JupyterLab nor the notebook`,
      'Install one of them, or leave out --system-jupyter.',
    );
  const old = Number(notebook[1]) < 7;
  return {
    name: `Jupyter Notebook ${notebook[0]}`,
    command,
    args: ['notebook'],
    page: 'notebooks/',
    infoPrefix: old ? 'nbserver' : 'jpserver',
    app: old ? 'NotebookApp' : 'ServerApp',
    pageApp: old ? 'NotebookApp' : 'JupyterNotebookApp',
  };
}

/** @param {number} port @returns {Promise<boolean>} */
export async function isFree(port, host = '127.0.0.1') {
  const server = net.createServer();
  try {
    server.listen({ port, host, exclusive: true });
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

/**
 * What of the user's arguments concerns us; all of them are passed on.
 * @param {string[]} args
 */
export function readArguments(args) {
  /** @type {number | null} */
  let port = null;
  let notebook = null;
  for (const [index, word] of args.entries()) {
    const inline = /^--(?:port|ServerApp\.port|NotebookApp\.port)=(.*)$/.exec(word);
    const value = inline ? inline[1] : word === '--port' ? (args[index + 1] ?? '') : null;
    if (value !== null) {
      port = Number(value);
      if (!Number.isInteger(port) || port < 1 || port > 65_535) {
        throw new Trouble(`"${value}" is no port`, 'Give a number from 1 to 65535, e.g. "npm start -- --port 8890".');
      }
    }
    if (word.endsWith('.ipynb') && !word.startsWith('-')) notebook = word;
  }
  return { port, notebook, rest: args.filter((word) => word !== notebook) };
}

/**
 * The port to use: the one asked for, or else the first free one from 8888 on.
 * @param {number | null} wanted
 */
export async function choosePort(wanted) {
  if (wanted !== null) {
    if (await isFree(wanted)) return wanted;
    const next = await freePortFrom(wanted + 1);
    throw new Trouble(`Port ${wanted} is taken by another program`, `Choose another one: "npm start -- --port ${next}".`);
  }
  const port = await freePortFrom(FIRST_PORT);
  if (port !== FIRST_PORT) console.log(`Port ${FIRST_PORT} is taken by another program, so this Jupyter uses ${port}.`);
  return port;
}

async function freePortFrom(first) {
  for (let port = first; port < Math.min(first + PORTS_TRIED, 65_536); port++) if (await isFree(port)) return port;
  throw new Trouble(
    `No port from ${first} to ${first + PORTS_TRIED - 1} is free`,
    'Name a free one: "npm start -- --port NUMBER".',
  );
}

/**
 * @param {Server} server @param {string[]} userArgs
 * @returns {Promise<{ url: string, ended: Promise<number>, stop: () => void }>} once the server accepts connections
 */
export async function startJupyter(server, userArgs) {
  const { port: wanted, notebook, rest } = readArguments(userArgs);
  const file = notebook ?? WELCOME;
  if (!fs.existsSync(path.join(ROOT, file)))
    throw new Trouble(
      `There is no ${file}`,
      'Name a notebook by its path from the project folder, e.g. notebooks/02-first-message.ipynb.',
    );
  const port = await choosePort(wanted);
  const page = `/${server.page}${file.split(path.sep).map(encodeURIComponent).join('/')}`;
  const args = [
    ...server.args,
    `--${server.pageApp}.default_url=${page}`,
    `--${server.app}.port_retries=0`,
    // Jupyter refuses to serve as root unless told; in a container everybody is root.
    ...(process.getuid?.() === 0 ? ['--allow-root'] : []),
    ...(wanted === null ? ['--port', String(port)] : []),
    ...rest,
  ];
  fs.mkdirSync(LOGS, { recursive: true });
  const logFile = path.join(LOGS, 'jupyter.log');
  const log = fs.openSync(logFile, 'w');
  // A group of its own: Ctrl-C in the terminal reaches us alone, and we end Jupyter in order, kernels first.
  const child = spawn(server.command, args, {
    cwd: ROOT,
    env: jupyterEnvironment(),
    stdio: ['ignore', log, log],
    detached: true,
  });
  fs.closeSync(log);
  const ended = new Promise((done) => {
    child.on('error', () => done(1));
    child.on('exit', (code, signal) => done(code ?? (signal ? 1 : 0)));
  });
  const stop = stopper(child, ended);
  const infoFile = path.join(JUPYTER_STATE, 'runtime', `${server.infoPrefix}-${child.pid}.json`);
  const info = await Promise.race([waitForFile(infoFile), ended.then(() => null)]);
  if (!info) {
    stop();
    const tail = fs.readFileSync(logFile, 'utf8').trim().split('\n').slice(-12).join('\n');
    throw new Trouble(`${server.name} did not start`, `The end of ${path.relative(ROOT, logFile)} says:\n${tail}`);
  }
  const token = info.token ? `?token=${info.token}` : '';
  return { url: `${info.url.replace(/\/$/, '')}${page}${token}`, ended, stop };
}

/** Jupyter writes this file when its socket is open. */
async function waitForFile(file) {
  const deadline = Date.now() + START_LIMIT_MS;
  while (Date.now() < deadline) {
    try {
      return JSON.parse(fs.readFileSync(file, 'utf8'));
    } catch {
      await new Promise((done) => setTimeout(done, 50));
    }
  }
  return null;
}

function stopper(child, ended) {
  let asked = false;
  return () => {
    // SIGTERM: Jupyter shuts its kernels down and goes. A second request, or ten seconds, and it is ended.
    child.kill(asked ? 'SIGKILL' : 'SIGTERM');
    if (asked) return;
    asked = true;
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    void ended.then(() => clearTimeout(timer));
  };
}
