/** What students' commands share: the course that they are about, and an exercise of it by its name. */
import * as path from 'node:path';
import { readExercise, type Exercise } from '../grading/exercise';
import { words } from '../grading/report/words';
import { courseAt, type Course } from '../grading/student/course';
import { readDeeds, type Deed } from '../grading/student/tries';
import { readOptions } from './options';
import { CliError, EXIT, usageError } from './subcommand';

export const COURSE_DETAIL = '--course <folder>  the course; default the one that this warren belongs to';

/** Words without a dash in front, then `--course`. */
export function readCourse(args: readonly string[]): { course: Course; names: readonly string[] } {
  const first = args.findIndex((word) => word.startsWith('-'));
  const names = first === -1 ? args : args.slice(0, first);
  const { course } = readOptions(first === -1 ? [] : args.slice(first), ['course']);
  return { course: courseAt(course === undefined ? undefined : path.resolve(course)), names };
}

/** The exercise that a command names first. Throws CliError if there is none. */
export function namedExercise(command: string, { exercises }: Course, [id]: readonly string[]): Exercise {
  if (id === undefined) throw usageError(`${command} needs the name of an exercise; npx warren exercises lists them.`);
  try {
    return readExercise(exercises, id);
  } catch (error) {
    throw new CliError(EXIT.noInput, (error as Error).message);
  }
}

/** What the student has done; a broken chain is said, on standard error, and stops nothing. */
export function deedsOf({ record }: Course): readonly Deed[] {
  const { deeds, brokenAt } = readDeeds(record);
  if (brokenAt !== null) console.error(words('record.broken', { line: brokenAt }));
  return deeds;
}
