/** Hints: three rungs a check, opened one at a time, written down, free. And the solution, once it is earned. */
import type { Exercise } from '../exercise';
import type { Messages } from '../report/messages';
import { standingIn } from './standing';
import type { Deed } from './tries';

export const RUNGS = 3;
/** After so many tries, and all hints, nobody learns by being stopped. */
const TRIES_BEFORE_SOLUTION = 3;

export interface Hint {
  readonly check: string;
  readonly rung: number;
  /** How many there are for this check. */
  readonly rungs: number;
  readonly text: string;
}

/** Rungs that a check has, in order. */
export function rungsOf(messages: Messages, check: string): string[] {
  const keys = Array.from({ length: RUNGS }, (_, index) => `hint.${check}.${index + 1}`);
  return keys.flatMap((key) => (messages[key] === undefined ? [] : [messages[key]]));
}

export function openedIn(deeds: readonly Deed[], exercise: string, check: string): number {
  const rungs = deeds.flatMap((deed) =>
    deed.kind === 'hint' && deed.exercise === exercise && deed.check === check ? [deed.rung] : [],
  );
  return Math.max(0, ...rungs);
}

/** The check that most needs a hint: the first that the last try failed, else the first with hints left. Null: none is left. */
export function checkInNeed({ info }: Exercise, messages: Messages, deeds: readonly Deed[]): string | null {
  const left = info.checks.map(({ id }) => id).filter((id) => openedIn(deeds, info.id, id) < rungsOf(messages, id).length);
  const { lastTry } = standingIn(deeds, info);
  return left.find((id) => lastTry?.checks[id] === false) ?? left[0] ?? null;
}

/** The next rung of a check; null if all are open, or it has none. */
export function nextHint({ info }: Exercise, messages: Messages, deeds: readonly Deed[], check: string): Hint | null {
  const texts = rungsOf(messages, check);
  const rung = openedIn(deeds, info.id, check) + 1;
  const text = texts[rung - 1];
  return text === undefined ? null : { check, rung, rungs: texts.length, text };
}

/** What is open of a check. */
export function openHints({ info }: Exercise, messages: Messages, deeds: readonly Deed[], check: string): Hint[] {
  const texts = rungsOf(messages, check);
  const opened = texts.slice(0, openedIn(deeds, info.id, check));
  return opened.map((text, index) => ({ check, rung: index + 1, rungs: texts.length, text }));
}

/** What is still to be done before the solution may be seen; null: it is earned. */
export function solutionOpens(
  exercise: Exercise,
  messages: Messages,
  deeds: readonly Deed[],
): { readonly hintsLeft: number; readonly triesLeft: number } | null {
  const { info } = exercise;
  const { state, tries } = standingIn(deeds, info);
  if (state === 'passed') return null;
  const hintsLeft = info.checks.reduce(
    (sum, { id }) => sum + Math.max(0, rungsOf(messages, id).length - openedIn(deeds, info.id, id)),
    0,
  );
  const triesLeft = Math.max(0, TRIES_BEFORE_SOLUTION - tries);
  return hintsLeft === 0 && triesLeft === 0 ? null : { hintsLeft, triesLeft };
}
