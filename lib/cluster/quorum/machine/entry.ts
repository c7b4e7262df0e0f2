/** A message as the state machine knows it: where it is in the log, and what the rules need to know of it. */

/** Where a message is. */
export interface Place {
  /** Of the log's entry. */
  readonly index: number;
  /** In the entry: many may have come with one command (message-batch.ts). */
  readonly at: number;
}

/** For entries that do not expire. */
export const NEVER = Number.POSITIVE_INFINITY;

export class Entry implements Place {
  /** Settled, dropped, dead, or in the log anew: nobody needs its log entry any more. */
  gone = false;

  constructor(
    readonly index: number,
    readonly at: number,
    /** Octets of the body. */
    readonly size: number,
    /** Milliseconds since 1970 on the leaders' clocks, or NEVER. */
    readonly expiresAt: number,
    /** How often it came back from a consumer. */
    public returns: number,
  ) {}
}
