/**
 * Heartbeats of one connection (spec 4.2.7, RabbitMQ's timing): every half interval, if nothing was sent since the last look, a
 * heartbeat frame; every whole interval a look whether anything came in, and after a silent interval beyond the first,
 * the connection is given up: between two and three intervals after the last octet.
 */
import type { Clock, Timer } from '../world/world';

export interface HeartbeatPort {
  readonly clock: Clock;
  /** Octets so far. */
  readonly received: () => number;
  readonly sent: () => number;
  readonly send: () => void;
  readonly giveUp: () => void;
}

export class Heartbeat {
  private timer: Timer | null = null;
  private ticks = 0;
  private lastSent: number;
  private lastReceived = -1;
  private silentIntervals = 0;

  constructor(
    private readonly port: HeartbeatPort,
    private readonly intervalSeconds: number,
  ) {
    this.lastSent = port.sent();
    this.arm();
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = null;
  }

  private arm(): void {
    this.timer = this.port.clock.after((this.intervalSeconds * 1000) / 2, () => this.tick());
  }

  private tick(): void {
    const sent = this.port.sent();
    if (sent === this.lastSent) this.port.send();
    this.lastSent = this.port.sent();
    if (++this.ticks % 2 === 0 && this.silent()) {
      this.stop();
      this.port.giveUp();
      return;
    }
    this.arm();
  }

  private silent(): boolean {
    const received = this.port.received();
    if (received !== this.lastReceived) {
      this.lastReceived = received;
      this.silentIntervals = 0;
      return false;
    }
    return ++this.silentIntervals > 1;
  }
}
