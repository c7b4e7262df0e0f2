/**
 * A member that stands for election. It asks first whether it would win (pre-vote), in no term of its own yet, so that one
 * who was cut off does not drive up the term and depose a good leader when it comes back (thesis, 9.6).
 *
 *   preCandidate ──majority would vote──▶ candidate ──vote for itself on disk──▶ asks ──majority──▶ leader
 *        ▲                                    │
 *        └────────────── time-out ────────────┘
 *
 * A candidate asks nobody before its own vote is on disk. Otherwise it could win with the others' votes, crash, forget the
 * term, win the same term again with the same votes, and fill it with other entries: two leaders in one term.
 */
import { majority } from './members';
import type { Message, RequestVote } from './messages';
import type { Role, Transitions } from './role';
import type { Server } from './server';

export class Candidate implements Role {
  readonly name: 'preCandidate' | 'candidate';
  readonly wakeAt: number;
  private readonly granted = new Set<string>();
  private asked = false;

  constructor(
    private readonly server: Server,
    private readonly become: Transitions,
    private readonly preVote: boolean,
    private readonly transfer: boolean,
  ) {
    this.name = preVote ? 'preCandidate' : 'candidate';
    this.wakeAt = server.electionDeadline();
  }

  /** May end in another role at once. */
  start(): void {
    if (this.preVote || this.server.writes.hardStateStable) this.ask();
  }

  tick(): void {
    if (this.server.now < this.wakeAt) return;
    this.server.growPatient();
    if (this.server.mayLead()) this.become.preCampaign();
    else this.become.follow(this.server.term, null);
  }

  receive(message: Message): void {
    if (message.kind === 'requestVoteReply') {
      if (message.preVote !== this.preVote || !message.granted) return;
      this.granted.add(message.from);
      this.count();
    } else if (message.kind === 'appendEntries' || message.kind === 'installSnapshot') {
      this.become.follow(message.term, message.from).receive(message);
    } else if (message.kind === 'timeoutNow' && this.preVote) {
      this.become.campaign(true);
    }
  }

  written(): void {
    if (!this.asked && this.server.writes.hardStateStable) this.ask();
  }

  connectionLost(): void {}

  /** Of two who would vote for each other just one goes on; none is refused, since that one might not win. */
  giveWay(request: RequestVote): void {
    const { id, log, term } = this.server;
    const alike = request.lastTerm === log.lastTerm && request.lastIndex === log.lastIndex;
    if (!this.preVote || (alike && id > request.from)) return;
    this.become.follow(term, null).giveWay(request);
  }

  stir(): void {}

  private ask(): void {
    const { server, preVote, transfer } = this;
    this.asked = true;
    const { lastIndex, lastTerm } = server.log;
    const term = preVote ? server.term + 1 : server.term;
    for (const to of server.log.members.voters) {
      if (to === server.id) this.granted.add(to);
      else server.send({ kind: 'requestVote', from: server.id, to, term, preVote, transfer, lastIndex, lastTerm });
    }
    this.count();
  }

  private count(): void {
    const { members } = this.server.log;
    let votes = 0;
    for (const id of members.voters) if (this.granted.has(id)) votes++;
    if (votes < majority(members)) return;
    if (this.preVote) this.become.campaign(false);
    else this.become.lead();
  }
}
