/**
 * What the kernel itself bounds of a sandbox: core files, open files, the size of a file, the writable memory of a process, how
 * many tasks there are. The watch (watch.ts) sees sooner and says what was too much; this holds while it does not look.
 */
import * as os from 'node:os';
import type { Limits } from './sandbox';

const FILES = 1024;
/** In blocks of 512 octets: 64 MiB. */
const FILE_BLOCKS = 131_072;
/** A Node has eleven threads, and each counts. */
export const TASKS_A_PROCESS = 12;

/** Beside what may be resident: stacks of threads, and what is reserved. Node with the TypeScript compiler writes to 90 MiB. */
const DATA_BESIDE_MIB = 256;
/** From Node 24 on V8 reserves the range of its code as writable, which the kernel counts as if it were used. */
const CODE_RANGE_MIB = Number(process.versions.node.split('.')[0]) >= 24 ? 512 : 0;

/** dash calls the number of tasks -p; bash, as sh, -u. A shell that cannot set one goes on. */
const SCRIPT = `t=$1; d=$2; shift 2
ulimit -c 0; ulimit -n ${FILES}; ulimit -f ${FILE_BLOCKS}; ulimit -d "$d"
[ "$t" = 0 ] || ulimit -p "$t" || ulimit -u "$t"
exec "$@"`.replaceAll(/(ulimit -[a-z] [^\s;]+)/g, '$1 2>/dev/null');

/** `command`, started with limits. `apart`: its user has no other processes, or they are counted apart. */
export function limited(command: readonly string[], { processes, memoryMiB }: Limits, apart: boolean): string[] {
  const tasks = apart ? processes * TASKS_A_PROCESS : 0;
  const dataKiB = (memoryMiB + DATA_BESIDE_MIB + CODE_RANGE_MIB) * 1024;
  return ['/bin/sh', '-c', SCRIPT, 'sh', String(tasks), String(dataKiB), ...command];
}

/** Whether the kernel counts tasks of a user for each user namespace apart (5.14 and later). */
export function countsApart(release: string = os.release()): boolean {
  const [major = 0, minor = 0] = release.split('.').map(Number);
  return major > 5 || (major === 5 && minor >= 14);
}
