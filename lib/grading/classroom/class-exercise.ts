/**
 * An exercise as a class has it: the course's, with the teacher's own checks on top.
 *
 *     own/<exercise>/own.ts     checks, in the form of hidden.ts
 *     own/<exercise>/own.json   { "checks": [{ "id", "points", "visible": false, "kind" }], "messages": { ... } }
 *
 * Any other file there takes the place of the course's file of that name.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { exerciseIds, readExercise, type CheckInfo, type Exercise, type ExerciseInfo } from '../exercise';
import { ClassError } from './class-error';
import type { ClassFolder } from './class-folder';
import { hashOfFiles, readFolder, writeFolder } from './files';

interface OwnInfo {
  readonly checks?: readonly CheckInfo[];
  readonly messages?: Readonly<Record<string, string>>;
}

/** Folders that are there for the exercise's author; nothing of them is needed to judge. */
const AUTHORS = /^(right|wrong)\//;

export interface ClassExercise {
  readonly exercise: Exercise;
  /** What judges: the same files, the same verdicts. */
  readonly hash: string;
  readonly files: ReadonlyMap<string, Buffer>;
  /** Folder of exercises in which this one lies. */
  readonly place: string;
}

/** The files that judge an exercise in this class. Throws ClassError if the teacher's own do not fit. */
export function exerciseFiles(of: ClassFolder, id: string): Map<string, Buffer> {
  if (!exerciseIds(of.exercises).includes(id)) throw new ClassError(`There is no exercise '${id}' in ${of.exercises}.`);
  const files = readFolder(path.join(of.exercises, id));
  for (const name of files.keys()) if (AUTHORS.test(name)) files.delete(name);
  for (const [name, content] of readFolder(of.at('own', id))) files.set(name, content);
  const own = files.get('own.json');
  if (own === undefined) {
    if (files.has('own.ts')) throw new ClassError(`${of.at('own', id)} has an own.ts, and no own.json that names its checks.`);
    return files;
  }
  files.delete('own.json');
  const { checks = [], messages = {} } = parsed<OwnInfo>(own, of.at('own', id, 'own.json'));
  const info = parsed<ExerciseInfo>(files.get('exercise.json') as Buffer, `${id}/exercise.json`);
  for (const check of checks) {
    if (info.checks.some((other) => other.id === check.id))
      throw new ClassError(`${of.at('own', id, 'own.json')}: the exercise has a check '${check.id}' already.`);
  }
  const texts = parsed<Record<string, string>>(files.get('messages.en.json') as Buffer, `${id}/messages.en.json`);
  files.set('exercise.json', json({ ...info, checks: [...info.checks, ...checks] }));
  files.set('messages.en.json', json({ ...texts, ...messages }));
  return files;
}

/** Lays the files out where a grader reads them: below `place`, under their hash, so that nobody changes them meanwhile. */
export function laidOut(place: string, id: string, files: ReadonlyMap<string, Buffer>): ClassExercise {
  const hash = hashOfFiles(files);
  const home = path.join(place, hash.slice(0, 24));
  if (!fs.existsSync(home)) {
    const own = `${home}.${process.pid}`;
    fs.rmSync(own, { recursive: true, force: true });
    writeFolder(path.join(own, id), files);
    try {
      fs.renameSync(own, home);
    } catch (error) {
      // Another grader was faster, with the same.
      fs.rmSync(own, { recursive: true, force: true });
      if (!fs.existsSync(home)) throw error;
    }
  }
  return { exercise: readExercise(home, id), hash, files, place: home };
}

export function classExercise(of: ClassFolder, id: string): ClassExercise {
  return laidOut(of.at('.exercises'), id, exerciseFiles(of, id));
}

function parsed<T>(text: Buffer, name: string): T {
  try {
    return JSON.parse(text.toString()) as T;
  } catch (error) {
    throw new ClassError(`${name} is not JSON: ${(error as Error).message}.`);
  }
}

function json(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
}
