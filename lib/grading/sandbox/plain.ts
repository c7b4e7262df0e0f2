/** No isolation: a process like any other, with an environment of its own. For machines that have nothing better. */
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as nodePath from 'node:path';
import { spawnGrouped } from './cgroup';
import { door } from './layout';
import { RUNNER_FOLDER } from './places';
import { limited } from './rlimits';
import { STDIO, type InsidePaths, type Limits, type Room, type SandboxKind, type SandboxSpec } from './sandbox';

/** In the environment of all that it starts, so that what has left its group is found. */
const MARK = 'WARREN_RUN';

export const PLAIN: SandboxKind = {
  isolation: 'none',
  inside,
  open: (spec: SandboxSpec, limits: Limits): Room => {
    const mark = crypto.randomUUID();
    const paths = inside(spec.answer);
    const { child, group } = spawnGrouped(limited(door(paths, spec), limits, false), limits, {
      stdio: [...STDIO],
      cwd: spec.answer,
      env: { [MARK]: mark },
      detached: true,
    });
    const kill = (): void => {
      group?.kill();
      for (const pid of [...(child.pid === undefined ? [] : [-child.pid]), ...marked(`${MARK}=${mark}`)]) end(pid);
    };
    child.once('exit', kill);
    return { child, group, inside: paths, kill };
  },
};

function inside(answer: string): InsidePaths {
  const node = process.execPath;
  const path = [nodePath.dirname(node), process.env.PATH ?? ''].join(nodePath.delimiter);
  return { answer, node, path, runner: RUNNER_FOLDER, port: 0 };
}

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
