/**
 * The clock of a lab: follows the wall clock, at any speed, until it is frozen, and can then be wound forward. Promises:
 * lab time never goes back; timers fire in order of (due time, order of creation), never from inside `after`; while the
 * clock is wound, the world is let come to rest after every instant at which timers fired, and time stands still meanwhile.
 */
import { TimerEntry, TimerHeap } from './timer-heap';
import type { Clock, Timer } from './world';

/** Where real time comes from. */
export interface TimeSource {
  /** Milliseconds since 1970, fractions welcome. If it goes back, lab time stands still for that reading and then goes on. */
  wallNow(): number;
  /** Calls `fn` once, about `delayMs` (1 to 2^31 - 1, whole) from now, never synchronously; returns what cancels it. */
  setTimer(delayMs: number, fn: () => void): () => void;
}

const LONGEST_REAL_TIMER_MS = 0x7fffffff;
/** So many rounds of timers at one instant mean that a timer of delay 0 keeps setting itself again. */
const MOST_ROUNDS_AT_AN_INSTANT = 10_000;

export class LabClock implements Clock {
  private readonly timers = new TimerHeap<TimerEntry>();
  private readonly epochStart: number;
  private labNow = 0;
  /** Wall time to which `labNow` belongs while time flows. */
  private wallAt: number;
  private factor = 1;
  private stopped = false;
  private winding = false;
  private lastWinding: Promise<void> = Promise.resolve();
  private disarm: (() => void) | null = null;
  private armedFor = 0;

  constructor(private readonly source: TimeSource) {
    this.wallAt = source.wallNow();
    this.epochStart = this.wallAt;
  }

  get frozen(): boolean {
    return this.stopped;
  }

  /** Milliseconds of lab time since the clock was made. */
  now(): number {
    if (this.flows) {
      const wall = this.source.wallNow();
      if (wall > this.wallAt) this.labNow += (wall - this.wallAt) * this.factor;
      this.wallAt = wall;
    }
    return this.labNow;
  }

  /** The wall clock's time at the start of the lab plus the lab time since. */
  epochMs(): number {
    return Math.floor(this.epochStart + this.now());
  }

  after(delayMs: number, fn: () => void): Timer {
    if (!(delayMs >= 0)) throw new RangeError(`A delay is a number of milliseconds from 0, not ${delayMs}.`);
    const timer = new TimerEntry(this.now() + delayMs, fn);
    this.timers.push(timer);
    this.arm();
    return timer;
  }

  /** Stops lab time. Timers that are due by now but have not fired yet fire when time goes on. */
  freeze(): void {
    this.now();
    this.stopped = true;
    this.stopRealTimer();
  }

  /** Lets lab time follow the wall clock again, from where it stands. */
  run(): void {
    if (!this.stopped) return;
    this.stopped = false;
    if (!this.winding) this.flowOn();
  }

  /** Lab seconds per wall second while time flows: 0.01 to 1000. Throws a RangeError outside. */
  speed(factor: number): void {
    if (!(factor >= 0.01 && factor <= 1000)) {
      throw new RangeError(`The speed of a lab clock is from 0.01 to 1000 lab seconds a second, not ${factor}.`);
    }
    this.now();
    this.factor = factor;
    this.stopRealTimer();
    this.arm();
  }

  /**
   * Winds lab time `ms` forward. All timers due on the way fire, those set on the way included. `settle` is awaited
   * first and after each instant at which timers fired. Calls made meanwhile wait their turn. Afterwards the clock is
   * frozen or runs, as before. Rejects with what a timer threw; lab time then stays at that instant.
   */
  advance(ms: number, settle: () => Promise<void>): Promise<void> {
    if (!(ms >= 0 && ms < Infinity)) {
      return Promise.reject(new RangeError(`A clock is wound forward by 0 or more milliseconds, not by ${ms}.`));
    }
    const wound = this.lastWinding.then(() => this.wind(ms, settle));
    this.lastWinding = wound.catch(() => undefined);
    return wound;
  }

  private get flows(): boolean {
    return !this.stopped && !this.winding;
  }

  private async wind(ms: number, settle: () => Promise<void>): Promise<void> {
    const target = this.now() + ms;
    this.winding = true;
    this.stopRealTimer();
    try {
      await settle();
      let rounds = 0;
      for (let next = this.timers.peek(); next !== undefined && next.at <= target; next = this.timers.peek()) {
        if (next.at > this.labNow) {
          this.labNow = next.at;
          rounds = 0;
        } else if (++rounds > MOST_ROUNDS_AT_AN_INSTANT) {
          throw new Error(`Lab time cannot pass ${this.labNow} ms: a timer without delay keeps setting itself again.`);
        }
        this.fireDue();
        await settle();
      }
      this.labNow = target;
    } finally {
      this.winding = false;
      if (!this.stopped) this.flowOn();
    }
  }

  /** Fires what is due at `labNow`. What those timers set waits for the next round, even without delay. */
  private fireDue(): void {
    const now = this.labNow;
    const youngest = this.timers.lastOrder;
    for (let next = this.timers.peek(); next !== undefined; next = this.timers.peek()) {
      if (next.at > now || next.order > youngest) return;
      this.timers.pop();
      const call = next.call as () => void;
      next.call = null;
      call();
    }
  }

  private flowOn(): void {
    this.wallAt = this.source.wallNow();
    this.arm();
  }

  /** Invariant: while time flows and timers wait, one real timer is set, for the earliest of them or sooner. */
  private arm(): void {
    if (!this.flows) return;
    const next = this.timers.peek();
    if (next === undefined) return;
    if (this.disarm !== null) {
      if (this.armedFor <= next.at) return;
      this.stopRealTimer();
    }
    const wallDelay = Math.ceil((next.at - this.now()) / this.factor);
    this.armedFor = next.at;
    this.disarm = this.source.setTimer(Math.min(Math.max(wallDelay, 1), LONGEST_REAL_TIMER_MS), () => {
      this.disarm = null;
      if (!this.flows) return;
      this.now();
      try {
        this.fireDue();
      } finally {
        this.arm();
      }
    });
  }

  private stopRealTimer(): void {
    this.disarm?.();
    this.disarm = null;
  }
}
