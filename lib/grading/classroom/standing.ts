/** How each student stands in each exercise: the grader's result, the teacher's mark, and what counts of the two. */
import type { ClassFolder } from './class-folder';
import { mustBeCollected, readCollected, type CollectedAnswer } from './collect';
import { isOurTrouble } from './job';
import { readMarks, type Mark } from './marks';
import { readResult, type Result } from './results';
import type { Student } from './roster';
import { classExercise, type ClassExercise } from './class-exercise';

export interface Standing {
  readonly student: Student;
  readonly on: ClassExercise;
  readonly answer: CollectedAnswer | null;
  readonly result: Result | null;
  readonly mark: Mark | null;
  /** What counts. Null: it cannot be said, for the answer was not graded, or the trouble was ours. */
  readonly points: number | null;
  readonly pointsMax: number;
  /** In a word or two: a verdict, `not handed in`, `not graded yet`. */
  readonly state: string;
}

/** In the order of the roster, then of the class's exercises. Throws ClassError. */
export function standings(of: ClassFolder): Standing[] {
  mustBeCollected(of);
  const exercises = of.info.exercises.map(({ id }) => classExercise(of, id));
  const marks = readMarks(of);
  return of.roster.flatMap((student) => {
    const { answers } = readCollected(of, student.id);
    return exercises.map((on) => {
      const { id } = on.exercise.info;
      const answer = answers[id] ?? null;
      const found = readResult(of, student.id, id);
      const result = answer !== null && found?.answerHash === answer.hash ? found : null;
      const mark = marks[student.id]?.[id] ?? null;
      return standing({ student, on, answer, result, mark });
    });
  });
}

function standing(known: Pick<Standing, 'student' | 'on' | 'answer' | 'result' | 'mark'>): Standing {
  const { on, answer, result, mark } = known;
  const pointsMax = on.exercise.info.checks.reduce((sum, { points }) => sum + points, 0);
  const graded = result !== null && !isOurTrouble(result.verdict) ? result.verdict.points : null;
  const points = mark?.points ?? (answer === null ? 0 : graded);
  const state = answer === null ? 'not handed in' : (result?.verdict.verdict ?? 'not graded yet');
  return { ...known, points, pointsMax, state };
}

/** What a person should look at: the grader could not say. */
export function toReview(all: readonly Standing[]): Standing[] {
  return all.filter(({ result, mark }) => mark === null && result !== null && isOurTrouble(result.verdict));
}
