/** Results of a class: one file a student and exercise, written whole or not at all. What has one need not be graded again. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { ClassFolder } from './class-folder';
import { readJson, writeJson } from './files';
import type { Job, Played } from './job';

export interface Result extends Played {
  readonly student: string;
  readonly exercise: string;
  /** Of the answer and of what judged it. */
  readonly answerHash: string;
  readonly exerciseHash: string;
  readonly gradedAt: string;
}

function fileOf(of: ClassFolder, student: string, exercise: string, folder: string): string {
  return of.at(folder, student, `${exercise}.json`);
}

/** Null: none yet. `folder`: `results`, or `before` while a regrade is under way. */
export function readResult(of: ClassFolder, student: string, exercise: string, folder = 'results'): Result | null {
  return readJson<Result>(fileOf(of, student, exercise, folder));
}

export function keepResult(of: ClassFolder, { student, exercise, answerHash, exerciseHash }: Job, played: Played): void {
  const gradedAt = new Date().toISOString();
  const result: Result = { student, exercise, answerHash, exerciseHash, gradedAt, ...played };
  writeJson(fileOf(of, student, exercise, 'results'), result);
}

/** Takes a result over from before a regrade, where nothing has changed. */
export function takeOver(of: ClassFolder, result: Result): void {
  writeJson(fileOf(of, result.student, result.exercise, 'results'), result);
}

/** Removes results whose answer is not there any more: what was collected is what counts. */
export function dropResult(of: ClassFolder, student: string, exercise: string): void {
  fs.rmSync(path.join(of.at('results', student), `${exercise}.json`), { force: true });
}
