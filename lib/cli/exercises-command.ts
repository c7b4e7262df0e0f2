/** `warren exercises`: what there is to do, and how far one has come. */
import type { Exercise } from '../grading/exercise';
import { words } from '../grading/report/words';
import { exercisesOf } from '../grading/student/course';
import { standingIn, totalOf, type Standing } from '../grading/student/standing';
import { COURSE_DETAIL, deedsOf, readCourse } from './course-option';
import { CliError, EXIT, type Subcommand } from './subcommand';

interface Row {
  readonly exercise: Exercise;
  readonly standing: Standing;
  /** Ids of exercises that should come before and are not passed yet. */
  readonly needs: readonly string[];
}

export const EXERCISES_COMMAND: Subcommand = {
  name: 'exercises',
  usage: '[--course <folder>]',
  description: 'lists all exercises with their state, points and expected time',
  details: [COURSE_DETAIL],
  run: async (args) => {
    const { course } = readCourse(args);
    const deeds = deedsOf(course);
    const all = exercisesOf(course, console.error);
    if (all.length === 0) throw new CliError(EXIT.noInput, words('exercises.none', { folder: course.exercises }));
    const passed = new Set(all.filter(({ info }) => standingIn(deeds, info).state === 'passed').map(({ info }) => info.id));
    const rows = all.map((exercise): Row => {
      const needs = exercise.info.needs.filter((id) => !passed.has(id));
      return { exercise, needs, standing: standingIn(deeds, exercise.info) };
    });
    console.log(table(rows));
    return EXIT.ok;
  },
};

function table(rows: readonly Row[]): string {
  const idWidth = Math.max(...rows.map(({ exercise }) => exercise.info.id.length));
  const stateWidth = Math.max(...rows.map(({ standing }) => stateOf(standing).length));
  const lines: string[] = [];
  let notebook = '';
  for (const { exercise, standing, needs } of rows) {
    const { info } = exercise;
    if (info.notebook !== notebook) lines.push('', words('exercises.notebook', { notebook: info.notebook }));
    notebook = info.notebook;
    const { points, pointsMax } = standing;
    const cells = [
      info.id.padEnd(idWidth),
      stateOf(standing).padEnd(stateWidth),
      words('verdict.points', { points, pointsMax }).padEnd(16),
      words('exercises.minutes', { minutes: info.minutes }).padEnd(7),
      info.title,
      ...(needs.length > 0 ? [`(${words('exercises.needs', { needs: needs.join(', ') })})`] : []),
    ];
    lines.push(`  ${cells.join('  ')}`);
  }
  const total = totalOf(rows.map(({ standing }) => standing));
  const next = rows.find(({ standing, needs }) => standing.state !== 'passed' && needs.length === 0);
  lines.push('', words('exercises.total', { ...total, all: rows.length }));
  if (next !== undefined) lines.push(words('exercises.next', { id: next.exercise.info.id }));
  return lines.slice(1).join('\n');
}

function stateOf({ state, passedVersion }: Standing): string {
  return passedVersion === null ? words(`state.${state}`) : words('state.older', { version: passedVersion });
}
