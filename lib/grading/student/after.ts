/** What a student has after a verdict: it is written down, if it counts, and reckoned together with all before. */
import type { Verdict, VerdictName } from '../attempt';
import type { Exercise } from '../exercise';
import { readMessages } from '../report/messages';
import { exercisesOf, type Course } from './course';
import { openedIn, rungsOf } from './hints';
import { standingIn, totalOf } from './standing';
import { readDeeds, writeDeed } from './tries';

export interface After {
  readonly passed: boolean;
  readonly hints: { readonly left: number; readonly all: number };
  readonly points: { readonly points: number; readonly pointsMax: number };
  /** In the whole course. */
  readonly total: { readonly points: number; readonly pointsMax: number };
  readonly brokenAt: number | null;
  /** Why this verdict could not be written down; '' if it was, or does not count. */
  readonly unwritten: string;
  /** Of each exercise of the course that is damaged: that it is left out of the points, and why. */
  readonly unreadable: readonly string[];
}

/** What ends in any other way costs no try. */
const COUNTS: readonly VerdictName[] = ['pass', 'fail', 'did not run', 'over limit'];

export function afterVerdict(course: Course, exercise: Exercise, verdict: Verdict): After {
  let unwritten = '';
  try {
    if (COUNTS.includes(verdict.verdict)) record(course, exercise, verdict);
  } catch (error) {
    unwritten = (error as Error).message;
  }
  return { ...reckoned(course, exercise, verdict), unwritten };
}

function record(course: Course, { info }: Exercise, verdict: Verdict): void {
  const { id: exercise, version } = info;
  const checks = Object.fromEntries(verdict.checks.map(({ id, passed }) => [id, passed]));
  const { points, pointsMax, answer = '' } = verdict;
  writeDeed(course.record, { kind: 'try', exercise, version, verdict: verdict.verdict, points, pointsMax, checks, answer });
}

function reckoned(course: Course, exercise: Exercise, { verdict }: Verdict): Omit<After, 'unwritten'> {
  const { deeds, brokenAt } = readDeeds(course.record);
  const messages = readMessages(exercise);
  const { checks } = exercise.info;
  const all = checks.reduce((sum, { id }) => sum + rungsOf(messages, id).length, 0);
  const opened = checks.reduce((sum, { id }) => sum + openedIn(deeds, exercise.info.id, id), 0);
  const { points, pointsMax } = standingIn(deeds, exercise.info);
  const unreadable: string[] = [];
  const total = totalOf(exercisesOf(course, (text) => unreadable.push(text)).map(({ info }) => standingIn(deeds, info)));
  const hints = { left: Math.max(0, all - opened), all };
  return { passed: verdict === 'pass', hints, points: { points, pointsMax }, total, brokenAt, unreadable };
}
