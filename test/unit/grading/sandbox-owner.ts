/** Opens a sandbox of a kind on a folder, and waits to be killed. */
import { sandboxOf } from '../../../lib/grading/sandbox/choose';
import { ProgramProcess } from '../../../lib/grading/sandbox/program-process';
import type { Isolation } from '../../../lib/grading/sandbox/sandbox';

const [, , isolation = '', answer = ''] = process.argv;
if (isolation === 'none') throw new Error('Only kinds that isolate are tried.');
const script = '(setsid sleep 1000 &); trap "" TERM; while :; do sleep 1; done';
const limits = { cpuMs: 60_000, wallMs: 60_000, memoryMiB: 256, processes: 30, outputBytes: 1000 };
const room = sandboxOf(isolation as Isolation).open({ answer, readable: [], ahead: [] }, limits);
new ProgramProcess('program', room, { command: ['/bin/sh', '-c', script], env: {}, url: 'PORT' }, limits);
