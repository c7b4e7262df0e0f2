/**
 * Processes that judge, each once. Where one verdict follows another, in a notebook and in `warren watch`, the next judge stands
 * ready meanwhile, its compiler loaded: starting both takes longer than most answers are played.
 */
import { fork, type ChildProcess } from 'node:child_process';
import * as path from 'node:path';
import type { Readable } from 'node:stream';
import type { Socket } from 'node:net';
import { PACKAGE_FOLDER } from '../sandbox/places';

/** MiB of heap: a history has its limits, a broker under attack may not. */
const HEAP_MIB = 1024;
/** Who has asked nothing for so long is doing something else; a judge that stands ready holds some 250 MiB. */
const READY_MS = 10 * 60_000;

let ready: { readonly judge: ChildProcess; readonly expires: NodeJS.Timeout } | null = null;

/** The one that stands ready, or a new one. */
export function takeJudge(): ChildProcess {
  if (ready === null) return newJudge();
  const { judge, expires } = ready;
  clearTimeout(expires);
  ready = null;
  if (judge.exitCode !== null || judge.signalCode !== null) return newJudge();
  hold(judge, 'ref');
  return judge;
}

/** Lets one stand ready, for the next question. It keeps nobody from ending, and ends with whoever began it. */
export function readyJudge(): void {
  if (ready !== null) return;
  const judge = newJudge('ready');
  const expires = setTimeout(() => {
    ready = null;
    judge.kill('SIGKILL');
  }, READY_MS);
  expires.unref();
  judge.on('error', () => undefined);
  hold(judge, 'unref');
  ready = { judge, expires };
}

/** In a group of its own: an interrupt of the kernel or Ctrl-C is not meant for it. It ends when its channel closes. */
function newJudge(...words: readonly string[]): ChildProcess {
  return fork(path.join(PACKAGE_FOLDER, 'bin', 'judge.cjs'), words, {
    execArgv: [`--max-old-space-size=${HEAP_MIB}`],
    detached: true,
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}

function hold(judge: ChildProcess, how: 'ref' | 'unref'): void {
  judge[how]();
  judge.channel?.[how]();
  (judge.stderr as (Readable & Socket) | null)?.[how]();
}
