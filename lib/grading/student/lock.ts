/** One writer at a time among processes: a cell, a terminal and `warren watch` may finish at one moment. */
import * as fs from 'node:fs';

/** Whoever holds it longer has died: a line is written in less than a millisecond. */
const ABANDONED_MS = 5000;
const LOOK_AGAIN_MS = 5;

/** Runs `work` while a folder of this name exists, made by us alone. Waits, without giving way, while another one has it. */
export function withLock<T>(folder: string, work: () => T): T {
  while (!taken(folder)) {
    const since = fs.statSync(folder, { throwIfNoEntry: false })?.mtimeMs;
    if (since !== undefined && Date.now() - since > ABANDONED_MS) fs.rmSync(folder, { recursive: true, force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_AGAIN_MS);
  }
  try {
    return work();
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function taken(folder: string): boolean {
  try {
    fs.mkdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
