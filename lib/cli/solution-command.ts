/** `warren solution`: the explained solution, once it is earned. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { readMessages } from '../grading/report/messages';
import { words } from '../grading/report/words';
import { solutionOpens } from '../grading/student/hints';
import { writeDeed } from '../grading/student/tries';
import { COURSE_DETAIL, deedsOf, namedExercise, readCourse } from './course-option';
import { CliError, EXIT, type Subcommand } from './subcommand';

export const SOLUTION_COMMAND: Subcommand = {
  name: 'solution',
  usage: '<exercise> [--course <folder>]',
  description: 'prints the explained solution of an exercise that you have passed, or tried long enough',
  details: [
    'It opens when the exercise is passed, or when all its hints are open and three tries are made;',
    'in the student copy of a class when the teacher has it opened.',
    COURSE_DETAIL,
  ],
  run: async (args) => {
    const { course, names } = readCourse(args);
    const exercise = namedExercise('solution', course, names);
    const { id, version } = exercise.info;
    const missing = course.released ? null : solutionOpens(exercise, readMessages(exercise), deedsOf(course));
    if (missing !== null) {
      console.log(words('solution.not-yet', { id, hints: missing.hintsLeft, tries: missing.triesLeft }));
      return EXIT.failed;
    }
    const file = ['.ts', '.txt', '.md']
      .map((end) => path.join(course.solutions, `${id}${end}`))
      .find((each) => fs.existsSync(each));
    if (file === undefined)
      throw new CliError(EXIT.noInput, course.released ? words('solution.closed', { id }) : words('solution.missing', { id }));
    writeDeed(course.record, { kind: 'solution', exercise: id, version });
    process.stdout.write(fs.readFileSync(file, 'utf8'));
    return EXIT.ok;
  },
};
