/** A verdict in the terminal: what was right, the first failing check in full, the others in a line each. */
import type { CheckResult, Verdict } from '../attempt';
import type { Finding } from '../check';
import type { Exercise } from '../exercise';
import { isolationText } from '../sandbox/choose';
import type { After } from '../student/after';
import { harmless, readMessages, textOf, type Messages } from './messages';
import { counted, words } from './words';

/** Of different kinds. */
const FINDINGS_SHOWN = 3;

/** `after`: what the student has now, if it is a student who asks. */
export function reportText(verdict: Verdict, exercise: Exercise, after: After | null = null): string {
  const messages = readMessages(exercise);
  const lines = [headline(verdict, exercise), ''];
  let explainedOne = false;
  for (const result of verdict.checks) {
    lines.push(`  ${mark(result)} ${nameOf(result)} (${counted('check.points', result.points, { points: result.points })})`);
    if (result.passed !== false) continue;
    lines.push(...explained(result, messages, !explainedOne).map((line) => `      ${line}`));
    explainedOne = true;
  }
  if (verdict.trouble !== '') lines.push('', harmless(verdict.trouble));
  if (verdict.notes !== undefined && verdict.notes.length > 0) lines.push('', ...verdict.notes);
  lines.push('', summary(verdict));
  if (after !== null)
    lines.push(...afterLines(after, words('hints.left', { ...after.hints, command: `npx warren hint ${exercise.info.id}` })));
  return lines.join('\n');
}

/** Hints that are left, while something is to be mended, and points so far. */
export function afterLines(
  { hints, points, total, passed, brokenAt, unwritten, unreadable }: After,
  hintsLine: string,
): string[] {
  return [
    ...(passed || hints.left === 0 ? [] : [hintsLine]),
    words('points.far', { ...points, total: total.points, totalMax: total.pointsMax }),
    ...unreadable,
    ...(brokenAt === null ? [] : [words('record.broken', { line: brokenAt })]),
    ...(unwritten === '' ? [] : [words('record.unwritten', { why: unwritten })]),
  ];
}

function headline({ verdict, points, pointsMax, isolation, engine }: Verdict, { info }: Exercise): string {
  return words('verdict.headline', {
    ...{ title: info.title, verdict, points, pointsMax, engine },
    isolation: howPlayed({ isolation, role: info.role }),
  });
}

/** How far what was played is to be trusted. */
export function howPlayed({ isolation, role }: Pick<Verdict, 'isolation'> & Pick<Exercise['info'], 'role'>): string {
  return role === 'prediction' ? words('verdict.experiment') : isolationText(isolation);
}

function mark({ passed }: CheckResult): string {
  if (passed === null) return '-';
  return passed ? '✓' : '✗';
}

export function nameOf({ id, visible }: CheckResult): string {
  return visible ? id : words('check.hidden', { id });
}

function explained(result: CheckResult, messages: Messages, inFull: boolean): string[] {
  const { texts, seen } = told(result, messages, inFull);
  return [...texts, ...(seen === '' ? [] : [seen])];
}

/** What is told of a check that failed: of findings with the same text only the first, and how many more there are. */
export function told(
  { findings, seed, visible }: CheckResult,
  messages: Messages,
  inFull: boolean,
): { readonly texts: string[]; readonly seen: string } {
  const kinds = findings.filter(({ text }, index) => findings.findIndex((other) => other.text === text) === index);
  const shown: readonly Finding[] = kinds.slice(0, inFull && visible ? FINDINGS_SHOWN : 1);
  const texts = shown.map((finding) => textOf(messages, finding));
  return { texts, seen: visible && texts.length > 0 ? seenLine(findings.length - texts.length, seed) : '' };
}

/** How often more it was seen, and with which seed; '' if there is nothing to say of either. */
function seenLine(more: number, seed: number | null): string {
  const told = [more > 0 ? words('check.more', { count: more }) : '', seed === null ? '' : words('check.seed', { seed })];
  return told.filter(Boolean).join(', ');
}

/** Says what was asked, and what is still to come: never "all passed" when something was not asked. */
export function summary({ checks, hiddenElsewhere }: Verdict): string {
  const visible = checks.filter((check) => check.visible);
  const hidden = checks.filter((check) => !check.visible);
  const passedOf = (some: readonly CheckResult[]): { passed: number; all: number } => ({
    passed: some.filter(({ passed }) => passed === true).length,
    all: some.length,
  });
  const told = [words('summary.visible', passedOf(visible))];
  if (hidden.length > 0) told.push(words('summary.hidden', passedOf(hidden)));
  if (hiddenElsewhere > 0) told.push(counted('summary.elsewhere', hiddenElsewhere, { count: hiddenElsewhere }));
  return `${told.join('; ')}.`;
}
