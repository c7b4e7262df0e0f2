/**
 * Executes a notebook from a clean start, in a process group of its own with a time limit, and says what came out.
 * Three ways: `course` (the kernel's engine in a child process), `stock` (unmodified tslab, likewise) and `kernel` (the
 * real kernel process over ZeroMQ).
 */
import { fork } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { jupyterEnvironment } from '../setup/jupyter.mjs';
import { KernelClient } from './kernel-client.mjs';
import { readNotebook } from './read.mjs';

/** For the start of the process and its compiler, which takes longest on a busy machine: the limit is the cells' alone. */
const START_LIMIT_MS = 120_000;

const CHILD = fileURLToPath(new URL('run-child.cjs', import.meta.url));

/**
 * @typedef {{ ename: string, evalue: string, traceback: string[] }} Failure
 * @typedef {{ cell: number, ms: number, outputs: any[], failure: Failure | null }} CellResult `cell` counts all cells from 1
 * @typedef {{ results: CellResult[], trouble: string | null }} Execution `trouble`: it did not come to its end
 */

/**
 * @param {string} file absolute
 * @param {{ mode: 'course' | 'stock' | 'kernel', limitMs: number, twice?: boolean }} options
 * @returns {Promise<Execution>}
 */
export function executeNotebook(file, options) {
  return options.mode === 'kernel' ? executeInKernel(file, options) : executeInChild(file, options);
}

async function executeInChild(file, { mode, limitMs, twice = false }) {
  /** @type {CellResult[]} */
  const results = [];
  const args = [mode, file, ...(twice ? ['twice'] : [])];
  const child = fork(CHILD, args, { env: jupyterEnvironment(), stdio: ['ignore', 'ignore', 'pipe', 'ipc'], detached: true });
  let stderr = '';
  child.stderr?.on('data', (text) => {
    stderr = (stderr + text).slice(-4000);
  });
  let ended = false;
  let current = 0;
  /** @type {string | undefined} */
  let late;
  const endAfter = (/** @type {number} */ ms, /** @type {string} */ what) =>
    setTimeout(() => {
      late = `${what} after ${ms / 1000} s`;
      endGroup(child.pid);
    }, ms);
  let timer = endAfter(START_LIMIT_MS, 'has not begun its first cell');
  child.on('message', (/** @type {any} */ message) => {
    if (message === 'end') ended = true;
    else if (message.begins) {
      if (!current) {
        clearTimeout(timer);
        timer = endAfter(limitMs, 'is still running');
      }
      current = message.begins;
    } else results.push(message);
  });
  const code = await new Promise((done) => child.on('exit', done));
  clearTimeout(timer);
  const left = endGroup(child.pid);
  if (late) return { results, trouble: current ? `${late}, in cell ${current}` : late };
  if (!ended)
    return { results, trouble: `ended its process (code ${code}) in cell ${current}. ${stderr.trim().slice(-500)}`.trim() };
  return { results, trouble: left ? 'left a process running that it had started' : null };
}

/** @param {number | undefined} pid of the group's leader. Returns whether there was anything left of the group. */
function endGroup(pid) {
  try {
    process.kill(-(/** @type {number} */ (pid)), 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}

async function executeInKernel(file, { limitMs, twice = false }) {
  const { cells } = readNotebook(file);
  /** @type {CellResult[]} */
  const results = [];
  const kernel = await KernelClient.start(path.dirname(file), jupyterEnvironment());
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const tooLate = new Promise((done) => {
    timer = setTimeout(done, limitMs, 'late');
  });
  const rounds = cells.filter(({ type }) => type === 'code').flatMap((cell) => (twice ? [cell, cell] : [cell]));
  try {
    for (const { number, source } of rounds) {
      const start = performance.now();
      const answer = await Promise.race([kernel.execute(source), kernel.ended().then(() => 'ended'), tooLate]);
      if (answer === 'late') return { results, trouble: `is still running after ${limitMs / 1000} s, in cell ${number}` };
      if (answer === 'ended') return { results, trouble: `ended the kernel in cell ${number}` };
      results.push(fromKernel(number, performance.now() - start, /** @type {any} */ (answer)));
    }
    return { results, trouble: null };
  } finally {
    clearTimeout(timer);
    await kernel.stop();
  }
}

/** @param {number} cell @param {number} ms @param {import('./kernel-client.mjs').Answer} answer @returns {CellResult} */
function fromKernel(cell, ms, { content, published }) {
  const outputs = published
    .filter(({ type }) => ['stream', 'display_data', 'update_display_data'].includes(type))
    .map(({ type, content: { transient, ...rest } }) => ({ output_type: type, ...rest, display_id: transient?.display_id }));
  const { ename, evalue, traceback } = content;
  return {
    cell,
    ms,
    outputs,
    failure:
      content.status === 'ok' ? null : { ename: ename ?? content.status, evalue: evalue ?? '', traceback: traceback ?? [] },
  };
}
