/** Hints in words. */
import type { Exercise } from '../exercise';
import type { Hint } from '../student/hints';
import type { Opened } from '../student/open-hint';
import { words } from './words';

export function hintText(opened: Opened, { info }: Exercise): string {
  const [first, last] = opened.kind === 'hints' ? [opened.hints[0], opened.hints.at(-1)] : [];
  if (opened.kind !== 'hints' || first === undefined || last === undefined) return noHintText(opened, info.id);
  if (opened.isNew)
    return [hintHead(last), '', last.text, '', hintFoot(last, `npx warren hint ${info.id} ${last.check}`)].join('\n');
  const head = words('hint.all-open', { rungs: last.rungs, check: last.check });
  return [head, ...opened.hints.flatMap((hint) => ['', hintHead(hint), hint.text])].join('\n');
}

/** Why nothing can be shown. */
export function noHintText(opened: Opened, id: string): string {
  if (opened.kind !== 'no such check') return words('hint.none', { id });
  return words('hint.no-check', { id, check: opened.check, checks: opened.checks.join(', ') });
}

export function hintHead({ check, rung, rungs }: Hint): string {
  return words('hint.head', { check, rung, rungs });
}

/** `command`: what opens the next one. */
export function hintFoot({ rung, rungs }: Hint, command: string): string {
  return rung === rungs ? words('hint.last') : words('hint.more', { command });
}
