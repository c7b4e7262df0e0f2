/** Durations as people write them: `'250ms'`, `'30s'`, `'5min'`, `'2h'`, or a number of milliseconds. */
import type { Duration } from './api';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };

const FORM = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*$/;

/** Milliseconds, 0 or more. Throws a RangeError that shows the forms which are understood. */
export function milliseconds(duration: Duration): number {
  const ms = typeof duration === 'number' ? duration : ofText(duration);
  if (ms >= 0 && ms < Infinity) return ms;
  throw new RangeError(
    `'${duration}' is not a duration. Write milliseconds as a number (250), or a number with a unit: ` +
      "'250ms', '30s', '5min', '2h', '1d'.",
  );
}

function ofText(text: string): number {
  const [, amount, unit] = FORM.exec(text) ?? [];
  return Number(amount) * (UNIT_MS[unit ?? ''] ?? NaN);
}

/** For messages to people: `12 ms`, `3.4 s`, `2 min 5 s`. */
export function inWords(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${Math.round(ms / 100) / 10} s`;
  const seconds = Math.round(ms / 1000);
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}
