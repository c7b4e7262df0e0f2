/**
 * A class is a folder of plain files; docs/teacher.md shows it. This file says where each thing lies, and reads and writes the
 * small ones.
 */
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { readExercise } from '../exercise';
import { ClassError } from './class-error';
import { readJson, writeJson, writeWhole } from './files';
import { readRoster, type Student } from './roster';

export interface ClassExerciseInfo {
  readonly id: string;
  /** ISO 8601, or null: any time. */
  readonly due: string | null;
  /** From when on students may see the explained solution, ISO 8601. Null, or missing: never. */
  readonly solution?: string | null;
}

export interface ClassInfo {
  readonly schema: 1;
  /** Names the class where several meet, such as in the names of queues. */
  readonly id: string;
  readonly name: string;
  readonly exercises: readonly ClassExerciseInfo[];
}

export class ClassFolder {
  constructor(
    readonly folder: string,
    /** The course's exercises. */
    readonly exercises: string,
    readonly info: ClassInfo,
  ) {}

  /** Throws ClassError if there is no class in this folder. */
  static open(folder: string, exercises: string): ClassFolder {
    const info = readJson<ClassInfo>(path.join(folder, 'class.json'));
    if (info === null) throw new ClassError(`There is no class in ${folder}; warren class new ${folder} makes one.`);
    return new ClassFolder(path.resolve(folder), exercises, info);
  }

  at(...names: readonly string[]): string {
    return path.join(this.folder, ...names);
  }

  get roster(): Student[] {
    return readRoster(this.at('roster.csv'));
  }

  student(id: string): Student {
    const found = this.roster.find((student) => student.id === id);
    if (found === undefined) throw new ClassError(`There is no student '${id}' in ${this.at('roster.csv')}.`);
    return found;
  }

  /** Throws ClassError if the class does not have this exercise. */
  due(exercise: string): string | null {
    return this.exercise(exercise).due;
  }

  /** The course's explained solutions. */
  get solutions(): string {
    return path.join(this.exercises, '..', 'solutions');
  }

  /** The explained solution of an exercise, if students may see it by then: its file's name and text. Throws ClassError. */
  openSolution(exercise: string, now: Date): { readonly name: string; readonly text: string } | null {
    const { solution = null } = this.exercise(exercise);
    if (solution === null || now.getTime() < dateOf(solution)) return null;
    const name = ['.ts', '.txt', '.md']
      .map((end) => `${exercise}${end}`)
      .find((each) => fs.existsSync(path.join(this.solutions, each)));
    return name === undefined ? null : { name, text: fs.readFileSync(path.join(this.solutions, name), 'utf8') };
  }

  private exercise(exercise: string): ClassExerciseInfo {
    const found = this.info.exercises.find(({ id }) => id === exercise);
    if (found === undefined) throw new ClassError(`The class has no exercise '${exercise}'; see ${this.at('class.json')}.`);
    return found;
  }

  /** Secret numbers of an exercise's graded runs: the same at each grading, known to nobody who does not know the secret. */
  seeds(exercise: string, count: number): number[] {
    const secret = fs.readFileSync(this.at('secret'), 'utf8').trim();
    return Array.from({ length: count }, (_, n) => this.keyed(secret, `seed/${exercise}/${n}`).readUInt32BE(0) >>> 1);
  }

  /** What jobs and results are sealed with when they travel over a broker. */
  get queueKey(): Buffer {
    return this.keyed(fs.readFileSync(this.at('secret'), 'utf8').trim(), 'queue');
  }

  private keyed(secret: string, purpose: string): Buffer {
    return crypto.createHmac('sha256', secret).update(purpose).digest();
  }
}

export interface NewClass {
  readonly folder: string;
  readonly exercises: string;
  readonly name: string;
  /** CSV file that is copied. Null: an empty roster to fill in. */
  readonly roster: string | null;
  readonly chosen: readonly string[];
  readonly due: string | null;
  /** From when on solutions may be seen; null: never. */
  readonly solution: string | null;
}

/** Makes a class. Throws ClassError if the folder holds one, or what is asked cannot be. */
export function makeClass({ folder, exercises, name, roster, chosen, due, solution }: NewClass): ClassFolder {
  if (fs.existsSync(path.join(folder, 'class.json'))) throw new ClassError(`There is a class in ${folder} already.`);
  if (chosen.length === 0) throw new ClassError('A class needs at least one exercise.');
  for (const id of chosen) {
    try {
      readExercise(exercises, id);
    } catch (error) {
      throw new ClassError((error as Error).message);
    }
  }
  for (const date of [due, solution]) if (date !== null) dateOf(date);
  if (roster !== null) readRoster(roster);
  const students = roster === null ? 'id,name,email\n' : fs.readFileSync(roster);
  for (const own of ['own', 'handout', 'submissions']) fs.mkdirSync(path.join(folder, own), { recursive: true });
  writeWhole(path.join(folder, 'roster.csv'), students);
  if (!fs.existsSync(path.join(folder, 'secret')))
    writeWhole(path.join(folder, 'secret'), `${crypto.randomBytes(32).toString('hex')}\n`, 0o600);
  const id = `${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}-${crypto.randomBytes(3).toString('hex')}`;
  // Last: from here on it is a class.
  writeJson(path.join(folder, 'class.json'), {
    schema: 1,
    id,
    name,
    exercises: chosen.map((each) => ({ id: each, due, solution })),
  });
  return ClassFolder.open(folder, exercises);
}

/** Milliseconds since 1970. Throws ClassError. */
function dateOf(text: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new ClassError(`'${text}' is no date, such as 2027-01-31T23:59+01:00.`);
  return time;
}
