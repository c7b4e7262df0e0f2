/** What the roles have in common, and how one becomes another. */
import type { RoleName } from './effects';
import type { Message, RequestVote } from './messages';

export interface Role {
  readonly name: RoleName;
  /** When `tick` has something to do. */
  readonly wakeAt: number;
  tick(): void;
  /** A message of the present term, other than a request for a vote. */
  receive(message: Message): void;
  /** A write is on disk. */
  written(): void;
  connectionLost(peer: string): void;
  /** This member would vote for the one who asks, and has said so: who stands beside him takes his votes from him. */
  giveWay(request: RequestVote): void;
  /** Something happens: a group that has fallen quiet wakes up. */
  stir(): void;
}

/** Each of these ends the present role: nothing may be done in its name afterwards. */
export interface Transitions {
  /** In the present term, or a higher one. `leader`: if it is known. */
  follow(term: number, leader: string | null): Role;
  preCampaign(): void;
  /** `transfer`: on behalf of the leader. */
  campaign(transfer: boolean): void;
  lead(): void;
}
