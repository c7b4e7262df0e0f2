/** `warren watch`: plays the answer each time it is saved. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { readyJudge } from '../grading/process/judges';
import { words } from '../grading/report/words';
import type { Exercise } from '../grading/exercise';
import { answerFile, type Course } from '../grading/student/course';
import { FileWatch } from '../grading/student/file-watch';
import { COURSE_DETAIL, namedExercise, readCourse } from './course-option';
import { answerIn, judgedTry } from './judged';
import { CliError, EXIT, type Subcommand } from './subcommand';
import { untilStopped } from './until-stopped';

export const WATCH_COMMAND: Subcommand = {
  name: 'watch',
  usage: '<exercise> [--course <folder>]',
  description: 'plays answers/<exercise>.ts now and each time it is saved, until Ctrl-C',
  details: ['Where file events do not come, it looks at the file every half second, and says so.', COURSE_DETAIL],
  run: async (args) => {
    const { course, names } = readCourse(args);
    const exercise = namedExercise('watch', course, names);
    const file = answerFile(course, exercise);
    const near = path.relative(process.cwd(), file);
    if (!fs.existsSync(file)) throw new CliError(EXIT.noInput, words('watch.missing', { file: near, id: exercise.info.id }));
    console.log(words('watch.begins', { file: near }));
    const play = oneAtATime(() => played(course, exercise, file));
    const watch = new FileWatch(file, {
      onSave: () => {
        console.log(`\n${words('watch.again', { time: new Date().toLocaleTimeString() })}\n`);
        play();
      },
      onPolling: () => console.log(words('watch.polls')),
    });
    play();
    await untilStopped({ stop: async () => watch.close(), kill: () => watch.close() });
    return EXIT.ok;
  },
};

async function played(course: Course, exercise: Exercise, file: string): Promise<void> {
  try {
    await judgedTry(course, exercise, answerIn(file), 'warren');
    readyJudge();
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    console.error(`warren: ${error.message}`);
  }
}

/** Of calls that come during the work the last one is done after it. */
function oneAtATime(work: () => Promise<void>): () => void {
  let busy = false;
  let again = false;
  const begin = async (): Promise<void> => {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    do {
      again = false;
      await work();
    } while (again);
    busy = false;
  };
  return () => void begin();
}
