/** `warren progress`: how far one has come, by notebook and by skill. */
import { words } from '../grading/report/words';
import { exercisesOf } from '../grading/student/course';
import { groupsIn, standingIn, totalOf, type Group } from '../grading/student/standing';
import { COURSE_DETAIL, deedsOf, readCourse } from './course-option';
import { EXIT, type Subcommand } from './subcommand';

const BAR = 20;

export const PROGRESS_COMMAND: Subcommand = {
  name: 'progress',
  usage: '[--course <folder>]',
  description: 'says how far you have come, by notebook and by skill; the best try of each exercise counts',
  details: [COURSE_DETAIL],
  run: async (args) => {
    const { course } = readCourse(args);
    const deeds = deedsOf(course);
    const infos = exercisesOf(course, console.error).map(({ info }) => info);
    const standings = infos.map((info) => standingIn(deeds, info));
    const notebooks = groupsIn(deeds, infos, ({ notebook }) => [words('exercises.notebook', { notebook })]);
    const skills = groupsIn(deeds, infos, (info) => info.skills);
    const width = Math.max(0, ...[...notebooks, ...skills].map(({ name }) => name.length));
    const total = { name: '', exercises: infos.length, ...totalOf(standings) };
    const predicted = infos.flatMap((info, index) => (info.role === 'prediction' ? [standings[index]?.firstRight ?? null] : []));
    const first = predicted.filter((right) => right !== null);
    const tries = deeds.filter(({ kind }) => kind === 'try').length;
    const hints = deeds.filter(({ kind }) => kind === 'hint').length;
    const lines = [
      `${words('progress.exercises')}: ${rowText(total)}`,
      words('progress.tries', { tries, hints }),
      ...(first.length > 0 ? [words('progress.predictions', { right: first.filter(Boolean).length, all: first.length })] : []),
      ...['', words('progress.notebooks'), ...notebooks.map((group) => line(group, width))],
      ...['', words('progress.skills'), ...skills.map((group) => line(group, width))],
    ];
    console.log(lines.join('\n'));
    return EXIT.ok;
  },
};

function line(group: Group, width: number): string {
  const full = group.pointsMax === 0 ? 0 : Math.round((BAR * group.points) / group.pointsMax);
  return `  ${group.name.padEnd(width)}  ${'█'.repeat(full)}${'░'.repeat(BAR - full)}  ${rowText(group)}`;
}

function rowText({ passed, exercises, points, pointsMax }: Group): string {
  return words('progress.row', { passed, exercises, points, pointsMax });
}
