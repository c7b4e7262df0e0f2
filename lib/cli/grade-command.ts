/** `warren grade`: plays an answer and says what is wrong with it. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { VerdictName } from '../grading/attempt';
import { readExercise, type Exercise } from '../grading/exercise';
import { askForVerdict } from '../grading/process/ask';
import { reportText } from '../grading/report/text';
import { wrapped } from '../grading/report/wrap';
import { courseAt } from '../grading/student/course';
import type { EngineName } from '../lab/api';
import { answerIn, judgedTry } from './judged';
import { readOptions } from './options';
import { CliError, EXIT, type Subcommand, usageError } from './subcommand';

/** Exit codes of a verdict: as those of a test runner, with trouble of ours apart. */
const EXIT_OF: Readonly<Record<VerdictName, number>> = {
  pass: EXIT.ok,
  fail: EXIT.failed,
  'did not run': EXIT.failed,
  'over limit': EXIT.failed,
  inconclusive: EXIT.unavailable,
  "grader's fault": EXIT.unavailable,
};
const ENGINES: readonly EngineName[] = ['warren', 'rabbitmq'];

export const GRADE_COMMAND: Subcommand = {
  name: 'grade',
  usage: '<exercise> <answer> [--engine warren|rabbitmq] [--course <folder>] [--exercises <folder>] [--json yes]',
  description: 'plays an answer to an exercise, and says what is right and what is not',
  details: [
    '<answer>     a file with a module (.ts, .js), a notebook (.ipynb) whose last valid cell with check(...) is taken,',
    '             command lines or a prediction (.txt), or a folder with run.sh for any other language',
    '--engine     the broker that it is played on; default warren',
    '--course     the course whose exercise it is; default the one that this warren belongs to',
    '--exercises  a folder of exercises that are in no course; then it is not written down as a try',
    '--json yes   the verdict as JSON, not written down as a try',
  ],
  run: async ([id, file, ...args]) => {
    if (id === undefined || file === undefined || id.startsWith('-') || file.startsWith('-'))
      throw usageError('grade needs the name of an exercise and a file: warren grade <exercise> answer.ts.');
    const { engine: wanted = 'warren', ...given } = readOptions(args, ['engine', 'course', 'exercises', 'json']);
    const engine = ENGINES.find((name) => name === wanted);
    if (engine === undefined) throw usageError(`--engine is '${wanted}'; it must be ${ENGINES.join(' or ')}.`);
    const course = courseAt(given.course === undefined ? undefined : path.resolve(given.course));
    const exercises = given.exercises ?? course.exercises;
    const exercise = exerciseOf(exercises, id);
    const answer = answerIn(file);
    if (given.exercises === undefined && given.json === undefined)
      return EXIT_OF[(await judgedTry(course, exercise, answer, engine)).verdict];
    const verdict = await askForVerdict({ exercises, id, answer, engine }, console.error);
    console.log(given.json === undefined ? wrapped(reportText(verdict, exercise)) : JSON.stringify(verdict, null, 2));
    return EXIT_OF[verdict.verdict];
  },
};

function exerciseOf(folder: string, id: string): Exercise {
  if (!fs.existsSync(folder)) throw new CliError(EXIT.noInput, `There is no folder ${folder}.`);
  try {
    return readExercise(folder, id);
  } catch (error) {
    throw new CliError(EXIT.noInput, (error as Error).message);
  }
}
