/** The lines of a course and a class that students must not see, to look for them in what students get. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { exerciseIds } from '../exercise';
import { Canaries } from './canaries';
import type { ClassFolder } from './class-folder';
import { filesBelow } from './files';

/** What students get of an exercise's folder. A file that is not named here stays at home. */
export const OPEN_FILES: ReadonlySet<string> = new Set([
  'exercise.json',
  'statement.md',
  'starter.ts',
  'starter.txt',
  'scenario.ts',
  'experiment.ts',
  'checks.ts',
  'messages.en.json',
]);

/** Of all exercises of the course, also those of other classes; without solutions that may be seen by now. */
export function hiddenLines(of: ClassFolder, now: Date): Canaries {
  const canaries = new Canaries();
  const hide = (name: string, file: string): void => canaries.hide(name, fs.readFileSync(file, 'utf8'));
  for (const id of exerciseIds(of.exercises)) {
    for (const home of [path.join(of.exercises, id), of.at('own', id)]) {
      for (const name of filesBelow(home)) {
        if (/^(hidden\.ts|own\.(ts|json))$|^(right|wrong)\//.test(name)) hide(`${id}/${name}`, path.join(home, name));
      }
    }
  }
  for (const name of filesBelow(of.solutions)) hide(`solutions/${name}`, path.join(of.solutions, name));
  canaries.mark('secret', fs.readFileSync(of.at('secret'), 'utf8').trim());
  // A starter or a statement may show the beginning of what a solution then does.
  for (const id of exerciseIds(of.exercises)) {
    for (const name of OPEN_FILES) {
      const file = path.join(of.exercises, id, name);
      if (fs.existsSync(file)) canaries.allow(fs.readFileSync(file, 'utf8'));
    }
  }
  for (const { id } of of.info.exercises) canaries.allow(of.openSolution(id, now)?.text ?? '');
  return canaries;
}
