/** An answer judged for whoever sits at the terminal: what is being done on standard error, the report on standard output. */
import { AnswerError, answerFrom, type Answer } from '../grading/answer/answer';
import type { Verdict } from '../grading/attempt';
import type { Exercise } from '../grading/exercise';
import { askForVerdict } from '../grading/process/ask';
import { reportText } from '../grading/report/text';
import { wrapped } from '../grading/report/wrap';
import { afterVerdict } from '../grading/student/after';
import type { Course } from '../grading/student/course';
import type { EngineName } from '../lab/api';
import { CliError, EXIT } from './subcommand';

/** Judges, writes it down as a try, and prints the report. */
export async function judgedTry(course: Course, exercise: Exercise, answer: Answer, engine: EngineName): Promise<Verdict> {
  const { exercises } = course;
  const verdict = await askForVerdict({ exercises, id: exercise.info.id, answer, engine }, console.error);
  console.log(wrapped(reportText(verdict, exercise, afterVerdict(course, exercise, verdict))));
  return verdict;
}

/** The answer in a file or folder. Throws CliError. */
export function answerIn(file: string): Answer {
  try {
    return answerFrom(file);
  } catch (error) {
    if (error instanceof AnswerError) throw new CliError(EXIT.noInput, error.message);
    throw error;
  }
}
