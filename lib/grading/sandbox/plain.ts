/** No isolation: a process like any other, with an environment of its own. For machines that have nothing better. */
import { spawn } from 'node:child_process';
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import { RUNNER_FOLDER } from './places';
import { limited } from './rlimits';
import type { Limits, Room, SandboxKind, SandboxSpec } from './sandbox';

/** In the environment of all that it starts, so that what has left its group is found. */
const MARK = 'WARREN_RUN';

export const PLAIN: SandboxKind = {
  isolation: 'none',
  inside: ({ answer, socket }) => ({ answer, socket, node: process.execPath, runner: RUNNER_FOLDER, port: 0 }),
  open: ({ answer }: SandboxSpec, limits: Limits): Room => {
    const mark = crypto.randomUUID();
    const [shell = '', ...args] = limited([process.execPath, `${RUNNER_FOLDER}/door.cjs`], limits, false);
    const child = spawn(shell, args, { stdio: 'pipe', cwd: answer, env: { [MARK]: mark }, detached: true });
    const kill = (): void => {
      for (const pid of [...(child.pid === undefined ? [] : [-child.pid]), ...marked(`${MARK}=${mark}`)]) end(pid);
    };
    child.once('exit', kill);
    return { child, kill };
  },
};

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

/** Processes that began with this in their environment. Where there is no /proc, none are found. */
function marked(mark: string): number[] {
  return processes().filter((pid) => {
    try {
      return fs.readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(mark);
    } catch {
      return false;
    }
  });
}

function processes(): number[] {
  try {
    return fs.readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}
