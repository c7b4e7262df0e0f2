/**
 * Back-pressure from slow sockets to fast publishers, as RabbitMQ's credit flow gives it: a queue with a long backlog whose
 * consumers wait for nothing but their sockets is congested, and connections that publish to it are read on a little later. The
 * messages then wait in the kernel's buffers instead of being copied, kept and collected here, which costs twice the time.
 *
 * It is only ever a pause: a queue that is not relieved while everybody waited has a consumer that does not read, and is not
 * called congested again before it has been relieved by itself.
 */
import type { ConsumerGroup } from './consumer-group';

/** Ready messages. Looked at only when the length is a multiple of it, so that it costs nothing otherwise. */
const HIGH = 4096;
const LOW = 1024;

export class Pacing {
  congested = false;
  private hopeless = false;
  private waiting: Array<() => void> = [];

  grew(length: number, consumers: ConsumerGroup): void {
    if ((length & (HIGH - 1)) !== 0 || this.hopeless) return;
    if (this.congested) this.giveUp();
    else this.congested = consumers.waitsForSockets;
  }

  /** It went on growing although publishers waited. */
  private giveUp(): void {
    this.hopeless = true;
    this.relieve();
  }

  shrank(length: number): void {
    if (length > LOW) return;
    this.hopeless = false;
    if (this.congested) this.relieve();
  }

  whenRelieved(fn: () => void): void {
    this.waiting.push(fn);
  }

  private relieve(): void {
    this.congested = false;
    const waiting = this.waiting;
    this.waiting = [];
    for (const fn of waiting) fn();
  }
}
