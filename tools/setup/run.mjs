/** Runs programs of others: their output goes to a log, their failures become sentences. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { LOGS, ROOT } from './paths.mjs';
import { Trouble } from './say.mjs';

/** What installers print when the reason is the machine's; the first that matches is told. */
const REASONS = [
  {
    when: /ENOSPC|No space left on device|Disk quota exceeded|EDQUOT/i,
    what: 'The disk is full',
    fix: 'Free about 1 GB and run the command again.',
  },
  {
    when: /E(NOTFOUND|AI_AGAIN|NETUNREACH|CONNREFUSED|TIMEDOUT|CONNRESET)|name resolution|NewConnection|ConnectTimeout/,
    what: 'The network could not be reached',
    fix: 'Connect (behind a proxy: set HTTPS_PROXY) and run the command again; only the first start downloads, about 150 MB.',
  },
  {
    when: /EACCES|EPERM|Permission denied|EROFS|Read-only file system/i,
    what: 'A file or folder of this project may not be written',
    fix: `Check who owns ${ROOT}, or clone the repository into a folder of your own.`,
  },
];

/**
 * @param {string} name of the log in `.warren/logs/`
 * @param {string} command @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, onLine?: (line: string) => void, what: string }} options `what` names the failed step
 */
export async function run(name, command, args, { env = process.env, onLine, what }) {
  fs.mkdirSync(LOGS, { recursive: true });
  const logFile = path.join(LOGS, `${name}.log`);
  const log = fs.createWriteStream(logFile);
  const child = spawn(command, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  let rest = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (/** @type {string} */ chunk) => {
      log.write(chunk);
      text = (text + chunk).slice(-100_000);
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      if (onLine) lines.forEach(onLine);
    });
  }
  // A full disk also keeps the log from being written; the sentence does not need it.
  log.on('error', () => undefined);
  const code = await new Promise((done) => {
    child.on('error', (error) => {
      text += `\n${error}`;
      done(1);
    });
    child.on('close', done);
  });
  log.end();
  if (code === 0) return;
  const reason = REASONS.find(({ when }) => when.test(text));
  if (reason) throw new Trouble(`${what} failed: ${reason.what.toLowerCase()}`, reason.fix);
  const tail = text.trim().split('\n').slice(-15).join('\n');
  throw new Trouble(`${what} failed`, `The end of ${path.relative(ROOT, logFile)} says:\n${tail}`);
}

/**
 * A short question to a program: its output, or null if it is not there or fails.
 * @param {string} command @param {string[]} args @param {NodeJS.ProcessEnv} [env]
 */
export async function ask(command, args, env = process.env) {
  const child = spawn(command, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 30_000 });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.resume();
  try {
    const [code] = await once(child, 'close');
    return code === 0 ? out : null;
  } catch {
    return null;
  }
}

/** @param {string} program @returns {string | null} its first place on PATH */
export function which(program, searchPath = process.env.PATH ?? '') {
  const suffixes = process.platform === 'win32' ? ['.exe', '.cmd', ''] : [''];
  for (const folder of searchPath.split(path.delimiter)) {
    for (const suffix of suffixes) {
      const file = path.join(folder, program + suffix);
      try {
        fs.accessSync(file, fs.constants.X_OK);
        if (fs.statSync(file).isFile()) return file;
      } catch {
        // Not here.
      }
    }
  }
  return null;
}

/**
 * @param {number} megabytes @param {string} purpose
 * @throws {Trouble} if the project's disk has less
 */
export function needSpace(megabytes, purpose) {
  const { bavail, bsize } = fs.statfsSync(ROOT);
  const free = Math.floor((bavail * bsize) / 1e6);
  if (free < megabytes) {
    throw new Trouble(
      `The disk is nearly full: ${purpose} needs ${megabytes} MB and ${free} MB are free`,
      'Free some space and run the command again.',
    );
  }
  return free;
}
