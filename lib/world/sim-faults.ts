/**
 * What a fault in the simulation has done so far. Promise: every effect that a fault has on bytes, connections, timers or
 * dials is counted on it, so that a test can demand that its fault mattered.
 */
export type FaultKind = 'cut' | 'latency' | 'reset' | 'pause' | 'crash' | 'clock jump';

export class Fault {
  /** Bytes that arrived later because of this fault (counted once a stall, or once a piece for latency). */
  bytesDelayed = 0;
  /** Bytes that were on their way, or in a buffer, and never arrived. */
  bytesDropped = 0;
  connectionsReset = 0;
  /** Resets that never reached the other end, which therefore believed in a dead connection. */
  resetsLost = 0;
  /** Dials that could not get through at once. */
  dialsStalled = 0;
  /** Timers and arrivals held back, or forgotten in a crash. */
  eventsHeld = 0;
  /** Looks at a wall clock that was wrong. */
  clockReads = 0;

  /** `where` names the hosts, such as `rabbit1 > rabbit2`. */
  constructor(
    readonly kind: FaultKind,
    readonly where: string,
  ) {}

  /** Whether the fault has made any difference yet. */
  get mattered(): boolean {
    const onTheWire = this.bytesDelayed + this.bytesDropped + this.connectionsReset + this.resetsLost + this.dialsStalled;
    return onTheWire + this.eventsHeld + this.clockReads > 0;
  }
}
