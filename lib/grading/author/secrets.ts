/** Whether what students are given of an exercise shows something that they must not see. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { makeClass } from '../classroom/class-folder';
import { release } from '../classroom/release';

/** Releases exercises to a class that nobody is in, and looks through what is handed out. Null if nothing hidden is in it. */
export function leakIn(exercises: string, ids: readonly string[]): string | null {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-release-'));
  try {
    const of = makeClass({ folder, exercises, name: 'Nobody', roster: null, chosen: ids, due: null, solution: null });
    const [leak] = release(of).leaks;
    return leak === undefined ? null : `line ${leak.line} of ${leak.file} stands in ${leak.from}, which students must not see`;
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}
