/** A timer of a queue that is set anew all the time, mostly to the moment that it is set to already. */
import type { Clock, Timer } from '../../world/world';

const NEVER = Number.POSITIVE_INFINITY;

export class Alarm {
  private timer: Timer | null = null;
  private at = NEVER;

  constructor(
    private readonly clock: Clock,
    private readonly ring: () => void,
  ) {}

  /** `at`: milliseconds of the clock, a moment that is over by now rings at once; Infinity for never. */
  setTo(at: number): void {
    if (at === this.at) return;
    this.cancel();
    if (at === NEVER) return;
    this.at = at;
    // Whoever asked compared it with a time that has gone on since.
    this.timer = this.clock.after(Math.max(0, at - this.clock.now()), () => {
      this.timer = null;
      this.at = NEVER;
      this.ring();
    });
  }

  cancel(): void {
    this.timer?.cancel();
    this.timer = null;
    this.at = NEVER;
  }
}
