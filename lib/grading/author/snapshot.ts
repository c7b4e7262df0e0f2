/**
 * The reports on wrong answers, with names in the places of values: kept beside the exercise, so that a change of wording is
 * seen.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Verdict } from '../attempt';
import type { Exercise } from '../exercise';
import { reportText } from '../report/text';

const FILE = 'reports.txt';

/**
 * What a report says, run for run the same: the first finding of the check that the answer names, each value replaced by its
 * name. Other checks that the answer may fail are left open.
 */
export function maskedReport(verdict: Verdict, exercise: Exercise, named: readonly string[]): string {
  const [first, ...others] = named;
  const checks = verdict.checks.map((check) => {
    if (others.includes(check.id)) return { ...check, passed: null, findings: [] };
    if (check.id !== first) return check;
    const findings = check.findings.slice(0, 1).map(({ text, with: values = {} }) => ({
      text,
      with: Object.fromEntries(Object.keys(values).map((name) => [name, `{${name}}`])),
    }));
    return { ...check, findings, seed: 0 };
  });
  const points = checks.filter(({ passed }) => passed).reduce((sum, check) => sum + check.points, 0);
  const isolation = verdict.isolation === null ? null : 'bubblewrap';
  return reportText({ ...verdict, checks, points, isolation, engine: 'warren' }, exercise);
}

/** Null if the reports are those that are kept; with `write`, or if none are, these are kept from now on. */
export function snapshotFault({ folder }: Exercise, reports: ReadonlyMap<string, string>, write: boolean): string | null {
  const file = path.join(folder, FILE);
  const unknown = [...reports].find(([, report]) => report === '')?.[0];
  if (unknown !== undefined) return `there is no report on ${unknown}, which must fail first`;
  const text = [...reports].map(([name, report]) => `== ${name}\n${report}\n`).join('\n');
  if (write || !fs.existsSync(file)) fs.writeFileSync(file, text);
  const kept = fs.readFileSync(file, 'utf8').split('\n');
  const now = text.split('\n');
  const at = now.findIndex((line, index) => line !== kept[index]);
  if (at === -1 && kept.length === now.length) return null;
  return `line ${at + 1} of ${FILE} is now '${(now[at] ?? '').trim()}'; if that is right, author try --write yes keeps it`;
}
