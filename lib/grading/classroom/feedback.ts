/** What a student gets back: one page, without a script, that shows each exercise's verdict as the notebook would. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { escape } from '../../draw/words';
import type { Verdict } from '../attempt';
import { readExercise, type Exercise } from '../exercise';
import { verdictCard } from '../report/card';
import { harmless } from '../report/messages';
import type { Leak } from './canaries';
import type { ClassFolder } from './class-folder';
import { readCollected } from './collect';
import { filesBelow, writeWhole } from './files';
import { hiddenLines } from './hidden-lines';
import { page } from './page';
import type { Result } from './results';
import { standings, type Standing } from './standing';

const STYLE = [
  'table{border-collapse:collapse;margin:16px 0}',
  'th,td{text-align:left;padding:4px 16px 4px 0;border-bottom:1px solid #8888}',
  '.note{border-left:4px solid #888;padding-left:12px;white-space:pre-wrap}',
  'pre{font:13px/1.4 ui-monospace,monospace;overflow-x:auto}',
].join('\n');

export interface FeedbackPages {
  readonly files: readonly string[];
  /** Pages that are not written, for something hidden stands in them. */
  readonly leaks: readonly Leak[];
}

/** Writes `feedback/<student>.html` for all, or for one. */
export function feedback(of: ClassFolder, only: string | null, now: Date = new Date()): FeedbackPages {
  const all = standings(of);
  const students = only === null ? of.roster : [of.student(only)];
  const hidden = hiddenLines(of, now);
  const files: string[] = [];
  const leaks: Leak[] = [];
  for (const { id } of students) {
    const rows = all.filter(({ student }) => student.id === id);
    const shown = pageOf(of, rows, readCollected(of, id).notes, now);
    const leak = hidden.find(`${id}.html`, readable(shown), answersOf(of, id));
    const file = of.at('feedback', `${id}.html`);
    if (leak === null) writeWhole(file, shown);
    else fs.rmSync(file, { force: true });
    if (leak === null) files.push(file);
    else leaks.push(leak);
  }
  return { files, leaks };
}

function answersOf(of: ClassFolder, student: string): string[] {
  return filesBelow(of.at('collected', student)).map((name) => fs.readFileSync(of.at('collected', student, name), 'utf8'));
}

/** What a reader of the page reads. */
function readable(html: string): string {
  const SIGNS: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' };
  return html.replace(/<[^>]*>/g, '').replace(/&(lt|gt|quot|#39|amp);/g, (_whole, name: string) => SIGNS[name] ?? '');
}

function pageOf(of: ClassFolder, rows: readonly Standing[], notes: readonly string[], now: Date): string {
  const { id, name } = rows[0]?.student ?? { id: '', name: '' };
  const known = rows.every(({ points }) => points !== null);
  const points = rows.reduce((sum, each) => sum + (each.points ?? 0), 0);
  const most = rows.reduce((sum, each) => sum + each.pointsMax, 0);
  return page(`${of.info.name}: ${name}`, STYLE, [
    `<p>${text(id)}: ${points} of ${most} points${known ? '.' : ', as far as it is graded.'}</p>`,
    table(rows),
    ...(notes.length === 0 ? [] : ['<h2>Notes</h2>', `<ul>${notes.map((note) => `<li>${text(note)}</li>`).join('')}</ul>`]),
    ...rows.map((row) => section(of, row, now)),
  ]);
}

function table(rows: readonly Standing[]): string {
  const lines = rows.map(({ on, points, pointsMax, state, answer }) => {
    const verdict = answer?.late === true ? `${state}, late` : state;
    const cells = [on.exercise.info.title, verdict, `${points ?? '–'} of ${pointsMax}`];
    return `<tr>${cells.map((cell) => `<td>${text(cell)}</td>`).join('')}</tr>`;
  });
  return `<table>\n<tr><th>Exercise</th><th>Verdict</th><th>Points</th></tr>\n${lines.join('\n')}\n</table>`;
}

function section(of: ClassFolder, { on, result, mark, state }: Standing, now: Date): string {
  const marked = mark === null ? '' : `<p class="note">Your teacher gives ${mark.points} points. ${text(mark.note)}</p>`;
  const shown =
    result === null
      ? `<p>${text(on.exercise.info.title)}: ${text(state)}.</p>`
      : verdictCard(forStudent(result, on.exercise), judgedBy(of, result, on.exercise));
  const solution = of.openSolution(on.exercise.info.id, now);
  const explained =
    solution === null
      ? ''
      : `<details><summary>The solution, explained</summary><pre tabindex="0">${escape(solution.text)}</pre></details>`;
  return `<h2>${text(on.exercise.info.title)}</h2>\n${marked}\n${shown}\n${explained}`;
}

/** Its texts are those of the version that judged. */
function judgedBy(of: ClassFolder, { exercise, exerciseHash }: Result, now: Exercise): Exercise {
  try {
    return readExercise(path.join(of.at('.exercises'), exerciseHash.slice(0, 24)), exercise);
  } catch {
    return now;
  }
}

/** Without the class's secret seeds, which the next grading uses again. */
function forStudent({ verdict }: Result, { info }: Exercise): Verdict {
  const open = (seed: number | null): boolean => seed !== null && info.seeds.visible.includes(seed);
  const checks = verdict.checks.map((check) => ({ ...check, seed: open(check.seed) ? check.seed : null }));
  return { ...verdict, seeds: verdict.seeds.filter(open), checks };
}

function text(words: string): string {
  return escape(harmless(words));
}
