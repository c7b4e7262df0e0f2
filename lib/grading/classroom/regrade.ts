/**
 * Grades again after a check has changed, and says who changes. While it is under way the results of before lie in `before/`;
 * ended at any moment and asked again, it goes on.
 */
import * as fs from 'node:fs';
import type { ClassFolder } from './class-folder';
import { filesBelow, readJson, writeJson } from './files';
import { gradeClass, type Doer, type Graded, type GradeClass } from './grade-class';
import { isOurTrouble } from './job';
import { readResult, takeOver, type Result } from './results';
import { classExercise } from './class-exercise';

export interface Change {
  readonly student: string;
  readonly exercise: string;
  readonly before: { readonly verdict: string; readonly points: number };
  readonly after: { readonly verdict: string; readonly points: number };
  /** Checks whose outcome is another one, such as `nothing-lost: failed, now passed`. */
  readonly checks: readonly string[];
}

export interface Regraded extends Graded {
  readonly changes: readonly Change[];
  /** Where the changes are kept. */
  readonly file: string;
}

/** `everything`: also what was judged by the very same checks. */
export async function regrade(of: ClassFolder, options: GradeClass & { everything: boolean }, doer?: Doer): Promise<Regraded> {
  if (!fs.existsSync(of.at('before'))) begin(of, options.everything);
  const { everything } = readJson<{ everything: boolean }>(of.at('before', 'regrade.json')) ?? options;
  if (!everything) keepUnchanged(of);
  const graded = await gradeClass(of, options, doer);
  // Trouble of ours costs nobody what was judged before; the next regrade tries again.
  for (const { student, exercise } of graded.troubled) {
    const old = readResult(of, student, exercise, 'before');
    if (old !== null) takeOver(of, old);
  }
  const changes = changesOf(of);
  const done = of.at('regrades', new Date().toISOString().replace(/[:.]/g, '-'));
  fs.mkdirSync(of.at('regrades'), { recursive: true });
  writeJson(of.at('before', 'changes.json'), changes);
  fs.renameSync(of.at('before'), done);
  return { ...graded, changes, file: `${done}/changes.json` };
}

/** In one step, so that results are never in neither place. */
function begin(of: ClassFolder, everything: boolean): void {
  fs.mkdirSync(of.at('results'), { recursive: true });
  writeJson(of.at('results', 'regrade.json'), { everything });
  fs.renameSync(of.at('results'), of.at('before'));
}

function before(of: ClassFolder): Result[] {
  return filesBelow(of.at('before')).flatMap((name) => {
    const [, student = '', exercise] = /^([^/]+)\/([a-z0-9-]+)\.json$/.exec(name) ?? [];
    return exercise === undefined ? [] : (readResult(of, student, exercise, 'before') ?? []);
  });
}

function keepUnchanged(of: ClassFolder): void {
  const hashes = new Map(of.info.exercises.map(({ id }) => [id, classExercise(of, id).hash]));
  for (const result of before(of)) {
    const same = hashes.get(result.exercise) === result.exerciseHash;
    if (same && readResult(of, result.student, result.exercise) === null) takeOver(of, result);
  }
}

function changesOf(of: ClassFolder): Change[] {
  return before(of).flatMap((old) => {
    const now = readResult(of, old.student, old.exercise);
    if (now === null || isOurTrouble(now.verdict)) return [];
    const checks = changedChecks(old, now);
    const { verdict, points } = old.verdict;
    const same = verdict === now.verdict.verdict && points === now.verdict.points && checks.length === 0;
    if (same) return [];
    const after = { verdict: now.verdict.verdict, points: now.verdict.points };
    return [{ student: old.student, exercise: old.exercise, before: { verdict, points }, after, checks }];
  });
}

function changedChecks(old: Result, now: Result): string[] {
  const word = (passed: boolean | null | undefined): string =>
    passed === undefined ? 'not there' : passed === null ? 'open' : passed ? 'passed' : 'failed';
  const of = (result: Result): Map<string, boolean | null> =>
    new Map(result.verdict.checks.map(({ id, passed }) => [id, passed]));
  const [then, since] = [of(old), of(now)];
  return [...new Set([...then.keys(), ...since.keys()])]
    .filter((id) => then.get(id) !== since.get(id))
    .map((id) => `${id}: ${word(then.get(id))}, now ${word(since.get(id))}`);
}
