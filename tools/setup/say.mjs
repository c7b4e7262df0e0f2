/**
 * How the tools speak: a line when a long step begins, its progress and time, and for each thing that can go wrong on
 * somebody's machine one sentence that says what and one that says how to mend it.
 */

/** A problem of the machine, not of ours: it is shown as a sentence with its fix, without a stack. */
export class Trouble extends Error {
  /** @param {string} what ends without a full stop @param {string} fix what to do */
  constructor(what, fix) {
    super(`${what}. ${fix}`);
    this.name = 'Trouble';
    this.what = what;
    this.fix = fix;
  }
}

const live = process.stdout.isTTY === true;
const REFRESH_MS = 500;
/** Without a terminal a step that takes long says so this often. */
const REMARK_MS = 15_000;

/** @param {number} since `performance.now()` at the start */
export const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/**
 * Runs one long step and shows that it is alive.
 * @template T
 * @param {string} title e.g. 'Installing npm packages'
 * @param {(progress: (text: string) => void) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const start = performance.now();
  let detail = '';
  const line = () => {
    const text = `${title}${detail ? ` (${detail})` : ''} ... ${seconds(start)}`;
    // A line that wraps cannot be written over.
    return live ? text.slice(0, process.stdout.columns - 1) : text;
  };
  if (live) process.stdout.write(line());
  else console.log(`${title} ...`);
  const timer = setInterval(
    () => (live ? process.stdout.write(`\r\x1b[K${line()}`) : console.log(line())),
    live ? REFRESH_MS : REMARK_MS,
  );
  let outcome = 'failed after';
  try {
    const result = await work((text) => {
      detail = text;
    });
    outcome = 'done in';
    return result;
  } finally {
    clearInterval(timer);
    console.log(`${live ? '\r\x1b[K' : ''}${title}: ${outcome} ${seconds(start)}`);
  }
}

/**
 * The frame of every command: troubles become sentences, everything else is a defect and shows its stack.
 * @param {(args: string[]) => Promise<number | void>} command resolves with the exit code
 */
export async function main(command) {
  try {
    process.exitCode = (await command(process.argv.slice(2))) ?? 0;
  } catch (error) {
    console.error(error instanceof Trouble ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}

/**
 * The totals that end a command's output.
 * @param {number} passed @param {number} failed
 */
export function totals(passed, failed) {
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}
