/**
 * Time in a lab whose brokers live in this process. All nodes share one lab clock, which the student can stop and wind; each
 * node sees it through a clock of its own, because a paused node does nothing while time goes on for the others, and the
 * timers of a dead node never fire.
 */
import { LabClock } from '../world/lab-clock';
import type { Clock, Timer } from '../world/world';
import type { Duration } from './api';
import { milliseconds } from './duration';
import type { EngineClock } from './engine';

export class EmbeddedClock implements EngineClock {
  readonly lab: LabClock = new LabClock({
    wallNow: () => performance.timeOrigin + performance.now(),
    setTimer: (delayMs, fn) => {
      // A lab is kept alive by its sockets; a time-out that nobody will meet must not hold the process.
      const timer = setTimeout(fn, delayMs).unref();
      return () => clearTimeout(timer);
    },
  });

  /** `settle` resolves when everything that can happen without time passing has happened. */
  constructor(private readonly settle: () => Promise<void>) {}

  now(): number {
    return this.lab.now();
  }

  after(delayMs: number, fn: () => void): void {
    this.lab.after(delayMs, fn);
  }

  async freeze(): Promise<void> {
    this.lab.freeze();
  }

  async run(): Promise<void> {
    this.lab.run();
  }

  async advance(by: Duration): Promise<void> {
    await this.lab.advance(milliseconds(by), this.settle);
  }

  async speed(factor: number): Promise<void> {
    this.lab.speed(factor);
  }
}

/** The lab's clock as one run of one node sees it. */
export class NodeClock implements Clock {
  private state: 'running' | 'paused' | 'ended' = 'running';
  /** What came due while the node was paused, in that order. */
  private overdue: Array<() => void> = [];

  constructor(private readonly lab: Clock) {}

  epochMs(): number {
    return this.lab.epochMs();
  }

  now(): number {
    return this.lab.now();
  }

  after(delayMs: number, fn: () => void): Timer {
    let cancelled = false;
    const fire = (): void => {
      if (cancelled || this.state === 'ended') return;
      if (this.state === 'paused') this.overdue.push(fire);
      else fn();
    };
    const timer = this.lab.after(delayMs, fire);
    return {
      cancel: () => {
        cancelled = true;
        timer.cancel();
      },
    };
  }

  /** The node does nothing until `resume`. */
  pause(): void {
    if (this.state === 'running') this.state = 'paused';
  }

  /** What came due meanwhile happens now, as for a process that was stopped and continues. */
  resume(): void {
    if (this.state !== 'paused') return;
    this.state = 'running';
    const overdue = this.overdue;
    this.overdue = [];
    for (const fire of overdue) fire();
  }

  /** No timer of this run fires any more. */
  end(): void {
    this.state = 'ended';
    this.overdue = [];
  }
}
