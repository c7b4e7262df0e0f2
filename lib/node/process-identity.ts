/** Which process is meant, beyond doubt: a pid is given away again after its process has ended, but not with the same birth. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';

export interface ProcessIdentity {
  readonly pid: number;
  /** When the process began, in the words of the system; to be compared only. */
  readonly birth: string;
}

/** Null if there is no such process, or only what its parent has not buried yet. */
export function processIdentity(pid: number): ProcessIdentity | null {
  const birth = process.platform === 'linux' ? birthOnLinux(pid) : birthElsewhere(pid);
  return birth === null ? null : { pid, birth };
}

export function isAlive({ pid, birth }: ProcessIdentity): boolean {
  return processIdentity(pid)?.birth === birth;
}

/** proc(5): field 3 is the state, field 22 the start in clock ticks since the boot that boot_id names. */
function birthOnLinux(pid: number): string | null {
  let stat: string;
  try {
    stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  // Field 2, the name, is in brackets and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return null;
  return `${fields[19]} ${fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}`;
}

function birthElsewhere(pid: number): string | null {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return line === '' || line.startsWith('Z') ? null : line.replace(/^\S+\s+/, '');
  } catch {
    return null;
  }
}
