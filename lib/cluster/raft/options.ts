/** What a group's members should agree on, though nothing but their speed depends on it. */
export interface RaftOptions {
  /**
   * Milliseconds without a leader after which a member stands for election, at the least; at the most twice as long, by chance.
   * Sooner if the connection to the leader broke. A leader that hears from no majority for this long steps down.
   */
  readonly electionTimeout: number;
  /** Milliseconds between a leader's signs of life. Mostly enough for an election, too. */
  readonly heartbeat: number;
  /** Signs of life without anything new, after which there are none until something happens. */
  readonly quietAfter: number;
  /** Octets of entries in one message; a larger entry travels alone. */
  readonly appendOctets: number;
  /** Messages with entries that may be under way to a follower. */
  readonly inflightAppends: number;
  /** Octets of entries that may be under way to a follower. */
  readonly inflightOctets: number;
  /** Octets of a snapshot in one message. */
  readonly snapshotOctets: number;
}

export const DEFAULT_OPTIONS: RaftOptions = {
  electionTimeout: 1000,
  heartbeat: 100,
  quietAfter: 50,
  appendOctets: 1 << 18,
  inflightAppends: 64,
  inflightOctets: 4 << 20,
  snapshotOctets: 1 << 18,
};
