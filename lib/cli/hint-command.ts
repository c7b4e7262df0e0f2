/** `warren hint`: one rung more. */
import { hintText } from '../grading/report/hint-text';
import { wrapped } from '../grading/report/wrap';
import { openHint } from '../grading/student/open-hint';
import { COURSE_DETAIL, deedsOf, namedExercise, readCourse } from './course-option';
import { EXIT, type Subcommand } from './subcommand';

export const HINT_COMMAND: Subcommand = {
  name: 'hint',
  usage: '<exercise> [<check>] [--course <folder>]',
  description: 'opens one more hint, for the check that failed last or the one that is named',
  details: ['Each check has three, from a question to almost the answer. They cost nothing and are written down.', COURSE_DETAIL],
  run: async (args) => {
    const { course, names } = readCourse(args);
    const exercise = namedExercise('hint', course, names);
    deedsOf(course);
    const opened = openHint(course, exercise, names[1]);
    console.log(wrapped(hintText(opened, exercise)));
    return opened.kind === 'no such check' ? EXIT.usage : EXIT.ok;
  },
};
