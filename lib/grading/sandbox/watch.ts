/**
 * Holds a program to its limits by looking at its processes in /proc: CPU time, resident memory, how many there are. What
 * happens between two looks is bounded by the kernel: for each process by rlimits.ts, for all together by cgroup.ts.
 */
import * as fs from 'node:fs';

export interface Usage {
  /** Milliseconds of CPU of all processes, ended ones as far as their parents waited for them. */
  readonly cpuMs: number;
  readonly memoryMiB: number;
  readonly processes: number;
  /** None of them runs or is ready to: they all wait for something. */
  readonly idle: boolean;
}

/** Clock ticks of /proc: 100 a second on every Linux that Node runs on. */
const MS_A_TICK = 10;
const PAGE_BYTES = 4096;

const NOTHING: Usage = { cpuMs: 0, memoryMiB: 0, processes: 0, idle: true };

/** What a process and all below it use. Where there is no /proc, nothing is known, and no limit is held but that of wall time. */
export function usageOf(pid: number): Usage {
  let usage = NOTHING;
  const open = [pid];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const own = processUsage(next);
    if (own === null) continue;
    usage = {
      cpuMs: usage.cpuMs + own.cpuMs,
      memoryMiB: usage.memoryMiB + own.memoryMiB,
      processes: usage.processes + 1,
      idle: usage.idle && own.idle,
    };
    open.push(...childrenOf(next));
  }
  return usage;
}

function processUsage(pid: number): Usage | null {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // The name, second, stands in brackets and may hold anything; fields are counted from its end (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const at = (field: number): number => Number(fields[field - 3]);
  const cpuMs = (at(14) + at(15) + at(16) + at(17)) * MS_A_TICK;
  return { cpuMs, memoryMiB: (at(24) * PAGE_BYTES) / (1 << 20), processes: 1, idle: fields[0] !== 'R' && fields[0] !== 'D' };
}

function childrenOf(pid: number): number[] {
  return tasksOf(pid).flatMap((task) =>
    (read(`/proc/${pid}/task/${task}/children`) ?? '').split(' ').filter(Boolean).map(Number),
  );
}

function tasksOf(pid: number): string[] {
  try {
    return fs.readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function read(file: string): string | null {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
