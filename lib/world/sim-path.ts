/**
 * The way from one machine to another, one direction of it, and the faults on it. Promises: what cannot get through a cut
 * waits and goes on after the cut is healed, as TCP would resend it; each delay is drawn from the seed.
 */
import type { SeededRandom } from './random';
import type { Fault } from './sim-faults';
import type { SimScheduler } from './sim-scheduler';

export interface NetworkOptions {
  /** Least time in milliseconds that a byte is under way between two machines; within one, a tenth. Default 0.2. */
  readonly latencyMs?: number;
  /** Up to so many milliseconds are added by chance, per write. Default 0.8. */
  readonly jitterMs?: number;
  /** Bytes per millisecond in each direction of each connection. Default: no limit. */
  readonly bytesPerMs?: number;
  /** Whether streams arrive cut at random places. Default true. */
  readonly chunking?: boolean;
}

/** What all paths and links of a simulation share. Each concern draws from a stream of its own. */
export interface NetworkModel {
  readonly scheduler: SimScheduler;
  readonly latencyMs: number;
  readonly jitterMs: number;
  readonly bytesPerMs: number;
  readonly chunking: boolean;
  readonly delays: SeededRandom;
  readonly cuts: SeededRandom;
  readonly resends: SeededRandom;
}

/** Breaks the connection that carries the byte after the next `left` bytes of a path. */
export interface ArmedReset {
  readonly fault: Fault;
  left: number;
}

const LONGEST_RESEND_DELAY_MS = 200;

export class Path {
  cutBy: Fault | null = null;
  slowedBy: Fault | null = null;
  extraMs = 0;
  armedReset: ArmedReset | null = null;
  private readonly baseMs: number;
  private readonly jitterMs: number;
  private readonly stalled: (() => void)[] = [];

  constructor(
    readonly model: NetworkModel,
    readonly from: string,
    readonly to: string,
  ) {
    const scale = from === to ? 0.1 : 1;
    this.baseMs = model.latencyMs * scale;
    this.jitterMs = model.jitterMs * scale;
  }

  /** How long the next thing sent is under way, in milliseconds. */
  delay(): number {
    return this.baseMs + this.extraMs + this.jitterMs * this.model.delays.float();
  }

  /** Calls `retry` some time after the cut is healed. */
  stall(retry: () => void): void {
    this.stalled.push(retry);
  }

  heal(): void {
    this.cutBy = null;
    this.slowedBy = null;
    this.extraMs = 0;
    const scheduler = this.model.scheduler;
    for (const retry of this.stalled.splice(0)) {
      scheduler.at(scheduler.now + this.model.resends.float() * LONGEST_RESEND_DELAY_MS, null, retry);
    }
  }
}
