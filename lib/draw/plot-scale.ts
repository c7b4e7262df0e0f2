/** Axes: round steps, and at most 200 points a line without losing a peak. */
import { commas, compact, coordinate } from './words';

export type Points = ReadonlyArray<readonly [number, number]>;

export const MOST_POINTS = 200;
/** A difference below this is none: there are no round steps for it. */
const SMALLEST = 1e-9;

export interface Scale {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
  readonly step: number;
}

/** A step of 1, 2 or 5 times a power of ten, so that `low` to `high` has at most `most` of them. */
function roundStep(span: number, most: number): number {
  const rough = span / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5, 10].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10) * power;
}

/** A scale from 0 (or below) to the largest value, in round steps. */
export function valueScale(values: readonly number[], most = 4): Scale {
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  const step = high - low < SMALLEST ? 1 : roundStep(high - low, most);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(high / step - 1e-9));
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
  return { low: first * step, high: last * step, ticks, step };
}

/** Steps that people count time in, in milliseconds. */
const TIME_STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 10e3, 20e3, 30e3, 60e3, 120e3, 300e3, 600e3, 1800e3, 3600e3,
];

/** A time axis that ends exactly where the points end, with ticks at round times. */
export function timeScale(times: readonly number[], most = 6): Scale {
  const low = Math.min(...times);
  const high = Math.max(...times);
  if (times.length === 0 || high - low < SMALLEST) {
    const at = times.length === 0 ? 0 : low;
    return { low: at, high: at + 1, ticks: [at], step: 1 };
  }
  const rough = (high - low) / most;
  const step = TIME_STEPS.find((candidate) => candidate >= rough) ?? roundStep(high - low, most);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return { low, high, ticks: Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step), step };
}

/** Unit of a time axis: what its ticks are written in. */
export function timeUnit(scale: Scale): { name: 'ms' | 's' | 'min'; ms: number } {
  if (scale.step >= 60e3) return { name: 'min', ms: 60e3 };
  return scale.step >= 100 || scale.high >= 10e3 ? { name: 's', ms: 1e3 } : { name: 'ms', ms: 1 };
}

/** A tick or a value with as many decimals as its step needs; millions and more are shortened. */
export function tickText(value: number, step: number): string {
  if (Math.abs(value) >= 1e6) return compact(value);
  const digits = Math.min(6, Math.max(0, -Math.floor(Math.log10(Math.abs(step)) + 1e-9)));
  return commas(value, digits);
}

/** Beyond this no picture means anything, and sums would overflow. */
const LARGEST = 1e15;

/** Usable points in time order. */
export function ordered(points: Points): Points {
  const usable = points.filter(([at, value]) => Math.abs(at) <= LARGEST && Math.abs(value) <= LARGEST);
  return usable
    .map((point, i) => ({ point, i }))
    .sort((a, b) => a.point[0] - b.point[0] || a.i - b.i)
    .map(({ point }) => point);
}

/** Of more than `most` ordered points the first, the last, and the least and the greatest of each slot. */
export function thinned(points: Points, most = MOST_POINTS): Points {
  if (points.length <= most) return points;
  const slots = Math.floor(most / 2) - 1;
  const chosen = new Set([0]);
  const value = (i: number): number => (points[i] as readonly [number, number])[1];
  for (let slot = 0; slot < slots; slot++) {
    const from = Math.floor((slot * points.length) / slots);
    const end = Math.floor(((slot + 1) * points.length) / slots);
    let least = from;
    let greatest = from;
    for (let i = from; i < end; i++) {
      if (value(i) < value(least)) least = i;
      if (value(i) > value(greatest)) greatest = i;
    }
    chosen.add(Math.min(least, greatest)).add(Math.max(least, greatest));
  }
  chosen.add(points.length - 1);
  return [...chosen].map((i) => points[i] as readonly [number, number]);
}

/** Heights as near as possible to the wished ones, at least `gap` apart, between `low` and `high`. */
export function spread(wishes: readonly number[], gap: number, low: number, high: number): number[] {
  const order = wishes.map((_, i) => i).sort((a, b) => (wishes[a] as number) - (wishes[b] as number) || a - b);
  const result = wishes.map(() => 0);
  let floor = low;
  for (const i of order) {
    result[i] = Math.max(wishes[i] as number, floor);
    floor = (result[i] as number) + gap;
  }
  let ceiling = high;
  for (const i of order.reverse()) {
    result[i] = Math.min(result[i] as number, ceiling);
    ceiling = (result[i] as number) - gap;
  }
  return result;
}

/** Units of what is measured, not counted: rates, times, sizes, parts. */
const MEASURED = /\/|%|^([munµ]?s|min|h|[kKMGT]?i?B|bytes|octets)$/;

/** Whether the values count something: whole numbers of a unit that is not measured. */
export function isCount(unit: string, points: Points): boolean {
  return !MEASURED.test(unit) && points.every(([, value]) => Number.isInteger(value));
}

interface Place {
  readonly x: number;
  readonly y: number;
}

/** The corners of a line that keeps each height until the next point. */
export function steps(points: readonly Place[]): Place[] {
  const last = points.length - 1;
  return points.flatMap((point, i) => {
    const before = points[i - 1];
    if (before === undefined) return [point];
    if (before.y === point.y) return i === last ? [point] : [];
    return [{ x: point.x, y: before.y }, point];
  });
}

/** A polyline as path data. */
export function polyline(points: readonly Place[]): string {
  let before: Place | undefined;
  return points
    .map((point) => {
      const { x, y } = point;
      const upright = before?.x === x ? `V${coordinate(y)}` : undefined;
      const level = before?.y === y ? `H${coordinate(x)}` : undefined;
      const d = upright ?? level ?? `${before === undefined ? 'M' : 'L'}${coordinate(x)} ${coordinate(y)}`;
      before = point;
      return d;
    })
    .join('');
}
