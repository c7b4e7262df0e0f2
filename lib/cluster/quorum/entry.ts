/** A message as the state machine knows it: where it is in the log, and what the rules need to know of it. */

/** For entries that do not expire. */
export const NEVER = Number.POSITIVE_INFINITY;

export class Entry {
  /** Settled, dropped, dead, or in the log anew: nobody needs its log entry any more. */
  gone = false;

  constructor(
    readonly index: number,
    /** Octets of the body. */
    readonly size: number,
    /** Milliseconds since 1970 on the leaders' clocks, or NEVER. */
    readonly expiresAt: number,
    /** How often it came back from a consumer. */
    public returns: number,
  ) {}
}
