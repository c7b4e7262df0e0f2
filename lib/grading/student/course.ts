/** Where a student's course lies, and what of it is the student's own: answers, and the record of tries. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { schemaFault } from '../author/schema';
import { exerciseIds, readExercise, type Exercise } from '../exercise';
import { words } from '../report/words';
import { COURSE_FOLDER } from '../sandbox/places';

export interface Course {
  readonly exercises: string;
  readonly solutions: string;
  readonly answers: string;
  /** The student copy of a class: its teacher decides from when on solutions are seen, and has them in it from then on. */
  readonly released: boolean;
  /** Not part of what an update brings: it stays. */
  readonly record: string;
}

export function courseAt(folder: string = COURSE_FOLDER): Course {
  return {
    exercises: path.join(folder, 'exercises'),
    solutions: path.join(folder, 'solutions'),
    answers: path.join(folder, 'answers'),
    released: fs.existsSync(path.join(folder, 'class.json')),
    record: path.join(folder, '.warren', 'student'),
  };
}

/**
 * All exercises, in the order of the notebooks, what others need first. One whose exercise.json is damaged spoils nothing else:
 * it is left out, and `tell` is told.
 */
export function exercisesOf({ exercises }: Course, tell: (text: string) => void): Exercise[] {
  const all = (fs.existsSync(exercises) ? exerciseIds(exercises) : []).flatMap((id) => {
    try {
      const exercise = readExercise(exercises, id);
      const fault = schemaFault(exercise.info);
      if (fault === null) return [exercise];
      tell(words('course.unreadable', { id, why: fault }));
    } catch (error) {
      tell(words('course.unreadable', { id, why: (error as Error).message }));
    }
    return [];
  });
  const depth = new Map<string, number>();
  const depthOf = (id: string): number => {
    const known = depth.get(id);
    if (known !== undefined) return known;
    // Stands for itself while it is reckoned, so that exercises that need each other end it.
    depth.set(id, 0);
    const needs = all.find(({ info }) => info.id === id)?.info.needs ?? [];
    const own = needs.reduce((most, need) => Math.max(most, depthOf(need) + 1), 0);
    depth.set(id, own);
    return own;
  };
  return all.sort(
    (a, b) => a.info.notebook.localeCompare(b.info.notebook) || depthOf(a.info.id) - depthOf(b.info.id) || order(a, b),
  );
}

function order(a: Exercise, b: Exercise): number {
  return a.info.id.localeCompare(b.info.id);
}

/** The file in which an exercise is answered, as its starter is called: a module, command lines, or a prediction. */
export function answerFile({ answers }: Course, { info }: Exercise): string {
  return path.join(answers, `${info.id}${extensionOf(info.role)}`);
}

export function starterFile({ folder, info }: Exercise): string {
  return path.join(folder, `starter${extensionOf(info.role)}`);
}

function extensionOf(role: Exercise['info']['role']): string {
  return role === 'program' ? '.ts' : '.txt';
}

/** Copies the starter to the place of the answer; what lay there is kept beside it. Gives the paths of both, or null. */
export function resetAnswer(course: Course, exercise: Exercise): { readonly file: string; readonly kept: string | null } {
  const file = answerFile(course, exercise);
  fs.mkdirSync(course.answers, { recursive: true });
  const kept = fs.existsSync(file) ? keptName(file) : null;
  if (kept !== null) fs.renameSync(file, kept);
  fs.copyFileSync(starterFile(exercise), file, fs.constants.COPYFILE_EXCL);
  return { file, kept };
}

/** `forward.1.ts`, `forward.2.ts`: the first that is free. */
function keptName(file: string): string {
  const { dir, name, ext } = path.parse(file);
  for (let number = 1; ; number++) {
    const kept = path.join(dir, `${name}.${number}${ext}`);
    if (!fs.existsSync(kept)) return kept;
  }
}
