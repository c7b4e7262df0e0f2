/**
 * What members say to each other, in the words of the Raft paper (Ongaro and Ousterhout 2014, figures 2 and 13). Every
 * message carries the sender's term, except where a pre-vote is about a term that nobody has entered yet.
 *
 * The core wants links that keep the order of what they deliver; it is safe without, only slower. Anything may be lost.
 */
import type { Entry } from './log';
import type { Members } from './members';

interface Envelope {
  readonly from: string;
  readonly to: string;
  readonly term: number;
}

/** A leader's entries behind `prevIndex`; without entries a heartbeat. */
export interface AppendEntries extends Envelope {
  readonly kind: 'appendEntries';
  readonly prevIndex: number;
  readonly prevTerm: number;
  readonly entries: readonly Entry[];
  /** The leader's commit index. */
  readonly commit: number;
  /** All have everything: nothing will come until something happens, and whoever has that too waits for it without a time-out. */
  readonly quiet?: true;
}

/** The log agrees with the leader's; answers all that came so far, not one message in particular. */
export interface AppendAccepted extends Envelope {
  readonly kind: 'appendEntriesReply';
  readonly success: true;
  /** On the follower's disk up to here. Only this counts for commitment. */
  readonly matchIndex: number;
  /** In the follower's memory up to here: what need not be sent again. */
  readonly receivedIndex: number;
  /** Nobody has asked: the follower was quiet, and wants to hear of the leader from now on. */
  readonly awake?: true;
}

/** The follower's log has no entry `prevIndex` of that term, or the message was of an old term. */
export interface AppendRejected extends Envelope {
  readonly kind: 'appendEntriesReply';
  readonly success: false;
  /** `prevIndex` of the message. */
  readonly rejectedIndex: number;
  /** The last entry of the follower that may agree, by its index and term: nothing behind it does. */
  readonly hintIndex: number;
  readonly hintTerm: number;
}

export interface RequestVote extends Envelope {
  readonly kind: 'requestVote';
  /** Would you vote for me in this term? Nobody enters the term for it (thesis, 9.6). */
  readonly preVote: boolean;
  /** The leader itself asked for this election, so that there is one is no reason to refuse (thesis, 4.2.3). */
  readonly transfer: boolean;
  readonly lastIndex: number;
  readonly lastTerm: number;
}

/** `term`: that of the request if a pre-vote was granted; else the voter's. */
export interface RequestVoteReply extends Envelope {
  readonly kind: 'requestVoteReply';
  readonly preVote: boolean;
  readonly granted: boolean;
}

/** A piece of a snapshot's data. */
export interface InstallSnapshot extends Envelope {
  readonly kind: 'installSnapshot';
  readonly index: number;
  readonly indexTerm: number;
  readonly members: Members;
  readonly offset: number;
  readonly data: Buffer;
  /** The last piece. It is answered by an `AppendAccepted` once it is on disk. */
  readonly done: boolean;
}

export interface InstallSnapshotReply extends Envelope {
  readonly kind: 'installSnapshotReply';
  readonly index: number;
  /** Octets the follower has: the next piece begins there. */
  readonly offset: number;
}

/** Stand for election now: the leader hands over (thesis, 3.10). */
export interface TimeoutNow extends Envelope {
  readonly kind: 'timeoutNow';
}

export type AppendEntriesReply = AppendAccepted | AppendRejected;

export type Message =
  | AppendEntries
  | AppendEntriesReply
  | RequestVote
  | RequestVoteReply
  | InstallSnapshot
  | InstallSnapshotReply
  | TimeoutNow;
