/** The class's marks in files for other programs: CSV (Moodle, Canvas, a spreadsheet), JUnit, JSON. */
import { escape } from '../../draw/words';
import type { ClassFolder } from './class-folder';
import { csv } from './csv';
import { writeWhole } from './files';
import { harmless } from '../report/messages';
import { standings, type Standing } from './standing';

/** Writes `export/`; returns the files' names. */
export function exportClass(of: ClassFolder): string[] {
  const all = standings(of);
  const files: Readonly<Record<string, string>> = {
    'marks.csv': marksCsv(all),
    'checks.csv': checksCsv(all),
    'canvas.csv': canvasCsv(all),
    'nbgrader.csv': nbgraderCsv(all),
    'junit.xml': junit(of, all),
    'class.json': `${JSON.stringify(asJson(of, all), null, 2)}\n`,
  };
  for (const [name, text] of Object.entries(files)) writeWhole(of.at('export', name), text);
  return Object.keys(files).map((name) => of.at('export', name));
}

function byStudent(all: readonly Standing[]): Standing[][] {
  const rows = new Map<string, Standing[]>();
  for (const each of all) rows.set(each.student.id, [...(rows.get(each.student.id) ?? []), each]);
  return [...rows.values()];
}

/** Null as soon as one part cannot be said: a sum without it would be taken for the whole. */
function total(of: readonly Standing[]): number | null {
  return of.reduce<number | null>((sum, { points }) => (sum === null || points === null ? null : sum + points), 0);
}

/** One line a student, one column an exercise and check; Moodle's import is told which column is which. */
function marksCsv(all: readonly Standing[]): string {
  const rows = byStudent(all);
  const [first = []] = rows;
  const head = ['id', 'name', 'email', 'total', 'total max'];
  for (const { on } of first) {
    const { id, checks } = on.exercise.info;
    head.push(id, `${id} max`, `${id} state`, `${id} late`, ...checks.map((check) => `${id}: ${check.id}`));
  }
  const lines = rows.map((row) => {
    const [{ student } = { student: { id: '', name: '', email: '' } }] = row;
    const cells = row.flatMap((each) => [each.points, each.pointsMax, each.state, late(each), ...checkPoints(each)]);
    return [
      student.id,
      student.name,
      student.email,
      total(row),
      row.reduce((sum, { pointsMax }) => sum + pointsMax, 0),
      ...cells,
    ];
  });
  return csv([head, ...lines]);
}

/** Points of each check, in the exercise's order; null where it was not judged. */
function checkPoints({ on, result }: Standing): (number | null)[] {
  return on.exercise.info.checks.map(({ id, points }) => {
    const found = result?.verdict.checks.find((check) => check.id === id);
    return found === undefined || found.passed === null ? null : found.passed ? points : 0;
  });
}

function late({ answer }: Standing): string {
  return answer?.late === true ? 'late' : '';
}

/** One line a student, exercise and check. */
function checksCsv(all: readonly Standing[]): string {
  const head = ['id', 'name', 'exercise', 'version', 'state', 'check', 'kind', 'visible', 'passed', 'points', 'points max'];
  const lines = all.flatMap((each) => {
    const { student, on, state, result } = each;
    const points = checkPoints(each);
    return on.exercise.info.checks.map((check, at) => {
      const passed = result?.verdict.checks.find(({ id }) => id === check.id)?.passed;
      const word = passed === undefined || passed === null ? 'open' : passed ? 'yes' : 'no';
      const about = [check.id, check.kind, check.visible ? 'yes' : 'no'];
      return [
        student.id,
        student.name,
        on.exercise.info.id,
        on.exercise.info.version,
        state,
        ...about,
        word,
        points[at] ?? null,
        check.points,
      ];
    });
  });
  return csv([head, ...lines]);
}

/** Canvas's gradebook: its own columns, points possible in the second line. Canvas knows students by SIS Login ID. */
function canvasCsv(all: readonly Standing[]): string {
  const rows = byStudent(all);
  const [first = []] = rows;
  const head = ['Student', 'ID', 'SIS User ID', 'SIS Login ID', 'Section', ...first.map(({ on }) => on.exercise.info.title)];
  const possible = ['    Points Possible', '', '', '', '', ...first.map(({ pointsMax }) => pointsMax)];
  const lines = rows.map((row) => {
    const [{ student } = { student: { id: '', name: '', email: '' } }] = row;
    return [student.name, '', '', student.id, '', ...row.map(({ points }) => points)];
  });
  return csv([head, possible, ...lines]);
}

/** For tools/nbgrader/enter-marks.py: nbgrader knows an exercise by its cell's grade_id. What cannot be said is left out. */
function nbgraderCsv(all: readonly Standing[]): string {
  const lines = all.flatMap(({ student, on, points }) => (points === null ? [] : [[student.id, on.exercise.info.id, points]]));
  return csv([['student_id', 'grade_id', 'score'], ...lines]);
}

/** A suite a student, a case a check; what could not be judged is skipped. */
function junit({ info }: ClassFolder, all: readonly Standing[]): string {
  const suites = byStudent(all).map((row) => {
    const cases = row.flatMap(casesOf);
    const count = (kind: string): number => cases.filter((text) => text.includes(`<${kind} `)).length;
    const name = attribute(row[0]?.student.id ?? '');
    const counts = `tests="${cases.length}" failures="${count('failure')}" skipped="${count('skipped')}"`;
    return [`  <testsuite name="${name}" ${counts}>`, ...cases.map((text) => `    ${text}`), '  </testsuite>'].join('\n');
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${attribute(info.name)}">`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}

function casesOf({ on, result, state }: Standing): string[] {
  const { id, checks } = on.exercise.info;
  return checks.map((check) => {
    const found = result?.verdict.checks.find((each) => each.id === check.id);
    const inner =
      found?.passed === true
        ? ''
        : found?.passed === false
          ? `<failure message="${attribute(found.findings[0]?.text ?? state)}" />`
          : `<skipped message="${attribute(state)}" />`;
    return `<testcase classname="${attribute(id)}" name="${attribute(check.id)}">${inner}</testcase>`;
  });
}

function attribute(text: string): string {
  return escape(harmless(text).replace(/[\p{Cc}\ufffe\uffff]/gu, ' '));
}

function asJson({ info }: ClassFolder, all: readonly Standing[]): unknown {
  const students = byStudent(all).map((row) => ({
    ...row[0]?.student,
    points: total(row),
    exercises: row.map(({ on, answer, result, mark, points, pointsMax, state }) => ({
      exercise: on.exercise.info.id,
      version: on.exercise.info.version,
      state,
      points,
      pointsMax,
      late: answer?.late ?? false,
      handedIn: answer === null ? null : { at: answer.at, source: answer.source, hash: answer.hash },
      mark,
      gradedAt: result?.gradedAt ?? null,
      isolation: result?.verdict.isolation ?? null,
      checks:
        result?.verdict.checks.map(({ id, points: worth, passed, visible, kind }) => ({
          id,
          points: worth,
          passed,
          visible,
          kind,
        })) ?? [],
    })),
  }));
  return { schema: 1, class: info.id, name: info.name, students };
}
