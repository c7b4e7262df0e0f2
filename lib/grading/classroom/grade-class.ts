/**
 * Grades a class: every student's answer to every exercise is a job, and a job's result is a file. Ended at any moment, even by
 * kill -9, and asked again, it does what is still open.
 */
import * as fs from 'node:fs';
import type { EngineName } from '../../lab/api';
import { classExercise, type ClassExercise } from './class-exercise';
import type { ClassFolder } from './class-folder';
import { mustBeCollected, readCollected, type CollectedAnswer } from './collect';
import { readFolder } from './files';
import { isOurTrouble, jobKey, play, TRIES, type Job, type Played } from './job';
import { dropResult, keepResult, readResult } from './results';

export interface GradeClass {
  /** How many are graded at one time in this process. */
  readonly jobs: number;
  readonly engine: EngineName;
  /** Whether answers are played where nothing isolates them. */
  readonly trustStudents: boolean;
  /** Told of each result. */
  readonly progress: (done: number, all: number, job: Job, played: Played) => void;
}

/** Does all jobs of a list, calls `keep` for each as soon as it is done, at most once for a job. Rejects if it cannot go on. */
export type Doer = (jobs: readonly Job[], keep: (job: Job, played: Played) => void) => Promise<void>;

export interface Graded {
  readonly graded: number;
  /** Had a result already. */
  readonly kept: number;
  /** Of those, how many were judged by another version of the exercise; `regrade` sees to them. */
  readonly outdated: number;
  /** Tried, and nothing can be said; tried again the next time. */
  readonly troubled: readonly { readonly student: string; readonly exercise: string; readonly text: string }[];
}

export async function gradeClass(of: ClassFolder, options: GradeClass, doer: Doer = hereWith(of, options)): Promise<Graded> {
  const { open, kept, outdated } = openJobs(of, options.engine);
  const troubled: { student: string; exercise: string; text: string }[] = [];
  let done = 0;
  if (open.length > 0) {
    await doer(open, (job, played) => {
      const { verdict } = played;
      keepResult(of, job, played);
      done += 1;
      const { student, exercise } = job;
      if (isOurTrouble(verdict)) troubled.push({ student, exercise, text: `${verdict.verdict}: ${verdict.trouble}` });
      options.progress(done, open.length, job, played);
    });
  }
  return { graded: done - troubled.length, kept, outdated, troubled };
}

/** What is to be graded; a result whose answer was withdrawn is removed. */
export function openJobs(of: ClassFolder, engine: EngineName): { open: Job[]; kept: number; outdated: number } {
  mustBeCollected(of);
  const exercises = of.info.exercises.map(({ id }) => classExercise(of, id));
  const open: Job[] = [];
  let kept = 0;
  let outdated = 0;
  for (const { id: student } of of.roster) {
    const { answers } = readCollected(of, student);
    for (const exercise of exercises) {
      const { id } = exercise.exercise.info;
      const answer = answers[id];
      const result = readResult(of, student, id);
      if (answer === undefined) {
        if (result !== null) dropResult(of, student, id);
      } else if (result === null || result.answerHash !== answer.hash || isOurTrouble(result.verdict)) {
        open.push(jobOf(of, student, exercise, answer, engine));
      } else {
        kept += 1;
        if (result.exerciseHash !== exercise.hash) outdated += 1;
      }
    }
  }
  return { open, kept, outdated };
}

function jobOf(of: ClassFolder, student: string, on: ClassExercise, answer: CollectedAnswer, engine: EngineName): Job {
  const { id: exercise, seeds } = on.exercise.info;
  const answerFiles = readFolder(of.at('collected', student, exercise));
  return {
    key: jobKey(student, exercise, answer.hash, on.hash),
    student,
    exercise,
    exerciseHash: on.hash,
    answerHash: answer.hash,
    exerciseFiles: on.files,
    answerFiles,
    seeds: of.seeds(exercise, seeds.hidden),
    engine,
  };
}

/** Grades in this process's own children, so many at a time. */
function hereWith(of: ClassFolder, { jobs: count, trustStudents }: GradeClass): Doer {
  return async (jobs, keep) => {
    const place = of.at('.exercises');
    fs.mkdirSync(place, { recursive: true });
    const waiting = jobs.map((job) => ({ job, tries: 1 }));
    const one = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const played = await play(next.job, { place, trustStudents });
        // Behind the others: what made the trouble may be over by then.
        if (isOurTrouble(played.verdict) && next.tries < TRIES) waiting.push({ job: next.job, tries: next.tries + 1 });
        else keep(next.job, played);
      }
    };
    await Promise.all(Array.from({ length: count }, one));
  };
}
