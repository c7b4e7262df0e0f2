/** Opens a hint and writes down that it was opened. */
import type { Exercise } from '../exercise';
import { readMessages } from '../report/messages';
import type { Course } from './course';
import { checkInNeed, nextHint, openHints, type Hint } from './hints';
import { readDeeds, writeDeed } from './tries';

export type Opened =
  /** All that are open of its check, the new one last. */
  | { readonly kind: 'hints'; readonly hints: readonly Hint[]; readonly isNew: boolean }
  | { readonly kind: 'none left' }
  | { readonly kind: 'no such check'; readonly check: string; readonly checks: readonly string[] };

export function openHint(course: Course, exercise: Exercise, about?: string): Opened {
  const { id, version, checks } = exercise.info;
  const messages = readMessages(exercise);
  const { deeds } = readDeeds(course.record);
  const known = checks.map((each) => each.id);
  if (about !== undefined && !known.includes(about)) return { kind: 'no such check', check: about, checks: known };
  const check = about ?? checkInNeed(exercise, messages, deeds);
  if (check === null) return { kind: 'none left' };
  const before = openHints(exercise, messages, deeds, check);
  const next = nextHint(exercise, messages, deeds, check);
  if (next === null) return before.length === 0 ? { kind: 'none left' } : { kind: 'hints', hints: before, isNew: false };
  writeDeed(course.record, { kind: 'hint', exercise: id, version, check, rung: next.rung });
  return { kind: 'hints', hints: [...before, next], isNew: true };
}
