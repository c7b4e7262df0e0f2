/** Packs a student's answers: sources, the history of tries, versions, and a hash over all of it. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { AnswerError, readAnswerFile } from '../answer/answer';
import { readExercise } from '../exercise';
import { PACKAGE_FOLDER } from '../sandbox/places';
import { courseAt } from '../student/course';
import { ClassError } from './class-error';
import type { ClassInfo } from './class-folder';
import { filesBelow, readJson, writeWhole } from './files';
import { answeredIn, cellsOf, NOTEBOOK_BYTES_MAX } from './notebook-cells';
import { STUDENT_ID } from './roster';
import { answerPath, SUBMISSION_FILE, submissionHash, type Submission } from './submission';
import { packZip, ZIP_LIMITS } from './zip';

export interface SubmitOptions {
  /** The student copy that `release` made. */
  readonly folder: string;
  readonly student: string;
  /** Where the zip goes; null: into the folder. */
  readonly to: string | null;
  /** A notebook with answers in its cells, to the exercises that have none in `answers`; null: none. */
  readonly notebook: string | null;
  readonly now: Date;
}

export interface Submitted {
  readonly file: string;
  readonly exercises: readonly string[];
  /** Exercises of the class without an answer, or with the starter as it was given out. */
  readonly missing: readonly string[];
}

/** Throws ClassError, for the student to read. */
export async function submit({ folder, student, to, notebook, now }: SubmitOptions): Promise<Submitted> {
  const info = readJson<ClassInfo>(path.join(folder, 'class.json'));
  if (info === null) throw new ClassError(`There is no class.json in ${folder}; give the folder that your teacher handed out.`);
  if (!STUDENT_ID.test(student)) throw new ClassError(`'${student}' is no id of a student; ask your teacher for yours.`);
  const files = new Map<string, Buffer>();
  const exercises: Record<string, { version: number }> = {};
  for (const name of filesBelow(path.join(folder, 'answers'))) {
    const packed = `answers/${name}`;
    const answer = answerPath(packed);
    if (answer === null || !info.exercises.some(({ id }) => id === answer.exercise)) continue;
    if (isStarter(folder, answer.exercise, packed)) continue;
    files.set(packed, Buffer.from(read(path.join(folder, packed))));
    exercises[answer.exercise] = { version: readExercise(path.join(folder, 'exercises'), answer.exercise).info.version };
  }
  if (notebook !== null) {
    const cells = Buffer.from(cellsOf(read(notebook, NOTEBOOK_BYTES_MAX)));
    for (const { id } of info.exercises) {
      if (exercises[id] !== undefined || !answeredIn(cells.toString(), id)) continue;
      files.set(`answers/${id}.ipynb`, cells);
      exercises[id] = { version: readExercise(path.join(folder, 'exercises'), id).info.version };
    }
  }
  if (files.size === 0) throw new ClassError(`There is no answer in ${path.join(folder, 'answers')} yet.`);
  const tries = path.join(courseAt(folder).record, 'tries.jsonl');
  if (fs.existsSync(tries)) files.set('tries.jsonl', lastOf(fs.readFileSync(tries)));
  const submission: Submission = {
    schema: 1,
    class: info.id,
    student,
    at: now.toISOString(),
    versions: { warren: warrenVersion(), node: process.versions.node },
    exercises,
    hash: submissionHash(files),
  };
  files.set(SUBMISSION_FILE, Buffer.from(`${JSON.stringify(submission, null, 2)}\n`));
  const file = path.join(to ?? folder, `${student}-${now.toISOString().replace(/[:.]/g, '-')}.zip`);
  writeWhole(file, await packZip(files));
  const answered = Object.keys(exercises);
  return { file, exercises: answered, missing: info.exercises.map(({ id }) => id).filter((id) => !answered.includes(id)) };
}

function read(file: string, bytesMax?: number): string {
  try {
    return readAnswerFile(file, bytesMax);
  } catch (error) {
    if (error instanceof AnswerError) throw new ClassError(error.message);
    throw error;
  }
}

/** An answer that is still the starter, octet by octet, is none. */
function isStarter(folder: string, exercise: string, packed: string): boolean {
  const starter = path.join(folder, 'exercises', exercise, `starter${path.extname(packed)}`);
  return fs.existsSync(starter) && fs.readFileSync(starter).equals(fs.readFileSync(path.join(folder, packed)));
}

/** A long history keeps its end, from a whole line on. */
function lastOf(history: Buffer): Buffer {
  if (history.length <= ZIP_LIMITS.fileBytes) return history;
  const end = history.subarray(history.length - ZIP_LIMITS.fileBytes);
  return end.subarray(end.indexOf('\n') + 1);
}

function warrenVersion(): string {
  return (JSON.parse(fs.readFileSync(path.join(PACKAGE_FOLDER, 'package.json'), 'utf8')) as { version: string }).version;
}
