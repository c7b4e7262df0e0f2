/** What a member is told, and what it wants done: the two sides of `step(event, now, out)`. */
import type { Snapshot } from './log';
import type { Members } from './members';
import type { Message } from './messages';
import type { Write } from './storage';

export type RaftEvent =
  /** `wakeAt` has come. A tick that comes early or late does no harm. */
  | { readonly kind: 'tick' }
  | { readonly kind: 'message'; readonly message: Message }
  /** The write with this number and all before it are on disk. */
  | { readonly kind: 'written'; readonly number: number }
  /** Commands for the log, in this order. Answered by `proposed` or `refused`. */
  | { readonly kind: 'propose'; readonly commands: readonly Buffer[] }
  /** `data` is the user's state after the entry `index`, which was applied: the log up to there may go. */
  | { readonly kind: 'compact'; readonly index: number; readonly data: Buffer }
  /** First a learner, then, once it has caught up, a voter. */
  | { readonly kind: 'addMember'; readonly id: string }
  | { readonly kind: 'removeMember'; readonly id: string }
  /** Make this voter the leader. */
  | { readonly kind: 'transfer'; readonly to: string }
  /** Stand for election without waiting for the time-out. Does not disturb a leader. */
  | { readonly kind: 'campaign' }
  /** The leader is waited for: who has fallen quiet watches it again. */
  | { readonly kind: 'stir' }
  /** The connection to this member broke, and what was on it is lost. */
  | { readonly kind: 'connectionLost'; readonly peer: string };

/** Requests that only a leader takes. */
export type Request = 'propose' | 'addMember' | 'removeMember' | 'transfer';

export type Refusal =
  | 'notLeader'
  /** The leadership is being handed over. */
  | 'transferring'
  /** Another change of the members is under way, or the leader has not committed anything yet. Later it may be taken. */
  | 'changing'
  | 'alreadyMember'
  | 'noMember'
  /** A learner cannot lead. */
  | 'noVoter'
  | 'lastVoter';

export type RoleName = 'follower' | 'preCandidate' | 'candidate' | 'leader';

export type Effect =
  | { readonly kind: 'send'; readonly message: Message }
  /** To be answered by `written`. */
  | { readonly kind: 'write'; readonly write: Write }
  /** The commands stand in the log from `first` on, in this term. They may still be lost, unless they are committed. */
  | { readonly kind: 'proposed'; readonly first: number; readonly count: number; readonly term: number }
  | { readonly kind: 'refused'; readonly request: Request; readonly reason: Refusal; readonly leader: string | null }
  /** Entries from `from` to `to` are committed: apply those of kind `command`. Each index comes once, in order. */
  | { readonly kind: 'commit'; readonly from: number; readonly to: number }
  /** The user's state is that of this snapshot now; `commit` goes on behind it. */
  | { readonly kind: 'restore'; readonly snapshot: Snapshot }
  | { readonly kind: 'state'; readonly role: RoleName; readonly term: number; readonly leader: string | null }
  /** These are the members now; not committed yet if `index` is above the commit index. */
  | { readonly kind: 'members'; readonly members: Members; readonly index: number }
  /** The leadership was not handed over in time; proposals are taken again. */
  | { readonly kind: 'transferAborted'; readonly to: string };
