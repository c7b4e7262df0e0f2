/** The time axis of a timeline. Where nothing begins or ends for most of the time, the axis is folded. */
import { type Scale, timeScale } from './plot-scale';

/** A stretch of the axis that is not to scale. */
export interface Fold {
  /** Lab milliseconds. */
  readonly from: number;
  readonly to: number;
}

/** Width of a folded stretch, and how many there are at most. */
const FOLD = 64;
const MOST_FOLDS = 3;
/** A pause is folded that takes more than this part of what is not folded yet. */
const LONG = 0.6;
/** Distance that the words of two ticks keep, as `mm:ss` and with milliseconds. */
const TICKS_APART = 44;
const LONG_TICKS_APART = 72;

export class TimeAxis {
  readonly folds: readonly Fold[];
  readonly ticks: readonly number[];
  /** Lab milliseconds between ticks. */
  readonly step: number;
  private readonly low: number;
  private readonly perPixel: number;

  /** `times`: all moments that are drawn. The first stands at `left`, the last at `right`. */
  constructor(
    times: readonly number[],
    private readonly left: number,
    right: number,
  ) {
    const moments = [...new Set(times.filter((time) => Number.isFinite(time)))].sort((a, b) => a - b);
    const whole = timeScale(moments, 7);
    this.low = whole.low;
    this.folds = foldsOf(moments);
    const hidden = this.folds.reduce((sum, { from, to }) => sum + to - from, 0);
    const shown = whole.high - whole.low - hidden;
    this.perPixel = shown / (right - left - FOLD * this.folds.length);
    const scale: Scale = this.folds.length === 0 ? whole : timeScale([0, shown], 7);
    this.step = scale.step;
    this.ticks = this.folds.length === 0 ? whole.ticks : this.roundTimes(whole.high);
  }

  /** Where a moment stands; inside a fold it is not to scale. */
  x(at: number): number {
    let x = this.left + (at - this.low) / this.perPixel;
    for (const { from, to } of this.folds) {
      if (at <= from) continue;
      const inside = Math.min(at, to) - from;
      x += (FOLD * inside) / (to - from) - inside / this.perPixel;
    }
    return x;
  }

  /** Multiples of the step outside the folds, as far as there is room for their words. */
  private roundTimes(high: number): number[] {
    const ticks: number[] = [];
    const apart = this.step >= 1000 ? TICKS_APART : LONG_TICKS_APART;
    let next = Math.ceil(this.low / this.step - 1e-9) * this.step;
    while (next <= high) {
      const fold = this.folds.find(({ from, to }) => next > from && next < to);
      if (fold !== undefined) {
        next = Math.ceil(fold.to / this.step - 1e-9) * this.step;
        continue;
      }
      const last = ticks.at(-1);
      const middles = this.folds.map(({ from, to }) => (this.x(from) + this.x(to)) / 2);
      const near = middles.some((middle) => Math.abs(this.x(next) - middle) < apart + 10);
      if (!near && (last === undefined || this.x(next) - this.x(last) >= apart)) ticks.push(next);
      next += this.step;
    }
    return ticks;
  }
}

/** The longest pause again and again, as long as it takes most of what is left; at least two stretches stay to scale. */
function foldsOf(moments: readonly number[]): Fold[] {
  const pauses = moments.slice(1).map((to, i): Fold => ({ from: moments[i] as number, to }));
  const longest = pauses.sort((a, b) => b.to - b.from - (a.to - a.from) || a.from - b.from);
  let left = (moments.at(-1) ?? 0) - (moments[0] ?? 0);
  const folds: Fold[] = [];
  for (const pause of longest.slice(0, Math.max(0, Math.min(MOST_FOLDS, pauses.length - 2)))) {
    const length = pause.to - pause.from;
    if (length <= left * LONG) break;
    folds.push(pause);
    left -= length;
  }
  return folds.sort((a, b) => a.from - b.from);
}
