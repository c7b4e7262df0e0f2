// Node processes of the benchmark that do not outlive it.
import { spawn } from 'node:child_process';

const children = new Set();
// Ctrl-C reaches them by itself; this is for the other ways in which the benchmark can end.
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** Starts this Node with these arguments, output and errors as text streams. */
export function spawnNode(args, env = process.env) {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.setEncoding('utf8');
  child.stderr.setEncoding('utf8');
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}
