/** Runs a program that ends with `N passed, N failed`, and reads what it says. */
import { spawn } from 'node:child_process';
import { ROOT } from './paths.mjs';

/**
 * A program that ends badly without a word has failed once.
 * @param {string} command @param {string[]} args @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<{ passed: number, failed: number, output: string }>} the output without the totals
 */
export async function runCounted(command, args, env = process.env) {
  const child = spawn(command, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const code = await new Promise((done) => child.on('close', done));
  const [whole, passed, failed] = /(\d+) passed, (\d+) failed\s*$/.exec(output) ?? ['', '0', '1'];
  const text = output.slice(0, output.length - whole.length);
  return { passed: Number(passed), failed: Math.max(Number(failed), code === 0 ? 0 : 1), output: text };
}
