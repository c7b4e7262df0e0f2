/** `warren reset`: the starter in the place of the answer. */
import * as path from 'node:path';
import { words } from '../grading/report/words';
import { resetAnswer } from '../grading/student/course';
import { COURSE_DETAIL, namedExercise, readCourse } from './course-option';
import { EXIT, type Subcommand } from './subcommand';

export const RESET_COMMAND: Subcommand = {
  name: 'reset',
  usage: '<exercise> [--course <folder>]',
  description: 'copies the starter of an exercise into answers/, and keeps what was there',
  details: [COURSE_DETAIL],
  run: async (args) => {
    const { course, names } = readCourse(args);
    const exercise = namedExercise('reset', course, names);
    const { file, kept } = resetAnswer(course, exercise);
    const near = (full: string): string => path.relative(process.cwd(), full);
    console.log(words('reset.done', { file: near(file) }));
    if (kept !== null) console.log(words('reset.kept', { kept: near(kept) }));
    console.log(words('reset.next', { id: exercise.info.id }));
    return EXIT.ok;
  },
};
