/**
 * Time of nodes that are processes of their own, as a real RabbitMQ: it cannot be stopped or wound, so winding is waiting, and
 * what cannot be done is said once.
 */
import type { Duration } from './api';
import { say } from './cell';
import { inWords, milliseconds } from './duration';
import type { EngineClock } from './engine';

/** A longer wait is announced. */
const SILENT_WAIT_MS = 1000;

export class WallClock implements EngineClock {
  private startedAt = performance.now();
  private saidFrozen = false;

  /** `settle` resolves when the connections have gone quiet. `where`: whose time it is; `elsewhere`: where it stops. */
  constructor(
    private readonly settle: () => Promise<void>,
    private readonly where = 'on a real RabbitMQ',
    private readonly elsewhere = "On the course's own broker",
  ) {}

  /** The lab is ready: its time begins. */
  begin(): void {
    this.startedAt = performance.now();
  }

  now(): number {
    return performance.now() - this.startedAt;
  }

  after(delayMs: number, fn: () => void): void {
    setTimeout(fn, delayMs);
  }

  async freeze(): Promise<void> {
    if (!this.saidFrozen) say(`Time ${this.where} cannot be stopped; it goes on. (${this.elsewhere} it stops.)`);
    this.saidFrozen = true;
  }

  async run(): Promise<void> {}

  async advance(by: Duration): Promise<void> {
    const ms = milliseconds(by);
    if (ms > SILENT_WAIT_MS) say(`Waiting ${inWords(ms)}: time ${this.where} cannot be wound forward.`);
    await new Promise((resolve) => setTimeout(resolve, ms));
    await this.settle();
  }

  async speed(factor: number): Promise<void> {
    if (factor !== 1)
      throw new Error(`Time ${this.where} runs at its own speed, not ${factor} times as fast; leave the speed at 1.`);
  }
}
