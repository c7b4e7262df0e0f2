/**
 * One member of a Raft group, as a pure machine: `step(event, now, out)`. It knows no queues, links, timers or disks; what it
 * wants done it pushes to `out`, and what became of it comes back as an event (in the manner of etcd's asynchronous storage
 * writes).
 *
 *   message, written, tick, propose ... ──▶ step ──▶ send, write, commit, state ...
 *
 * `server.ts` is what a member has in every role, `follower.ts`, `candidate.ts` and `leader.ts` are the roles, `voting.ts`
 * how it votes.
 *
 * The user keeps three promises: effects are carried out in their order, before the next step; `tick` comes when `wakeAt` has
 * come; and after a restart the member is given what `Kept` in `storage.ts` makes of the writes on disk.
 *
 * Invariant: what binds this member to others (a vote, an acknowledgement, a candidacy) leaves only when it is on disk.
 *
 * After an error thrown by `step` the member must not go on: the group's safety is in doubt.
 */
import type { Random } from '../../world/world';
import { Candidate } from './candidate';
import type { Effect, RaftEvent, Refusal, Request, RoleName } from './effects';
import { Follower } from './follower';
import { Leader } from './leader';
import { type Entry, RaftLog } from './log';
import type { Members } from './members';
import type { Message } from './messages';
import { DEFAULT_OPTIONS, type RaftOptions } from './options';
import type { Role, Transitions } from './role';
import { Server } from './server';
import type { Restored } from './storage';
import { grantOnceKept, requestVote } from './voting';

export interface RaftSetup {
  /** Unique in the group for ever: who has lost its disk must come back under another. */
  readonly id: string;
  readonly restored: Restored;
  /** For the time-outs only. */
  readonly random: Random;
  readonly options?: Partial<RaftOptions>;
}

type Handlers = { readonly [K in RaftEvent['kind']]: (raft: Raft, event: Extract<RaftEvent, { kind: K }>) => void };

export class Raft {
  private readonly server: Server;
  private announcedRole: RoleName;
  private announcedTerm: number;
  private announcedLeader: string | null = null;
  private announcedMembers: Members;
  private readonly become: Transitions = {
    follow: (term, leader) => this.follow(term, leader),
    preCampaign: () => this.preCampaign(),
    campaign: (transfer) => this.campaign(transfer),
    lead: () => this.lead(),
  };

  private static readonly HANDLERS: Handlers = {
    tick: (raft) => raft.server.role.tick(),
    message: (raft, { message }) => raft.receive(message),
    written: (raft, { number }) => raft.written(number),
    propose: (raft, { commands }) => raft.request('propose', (leader) => leader.propose(commands)),
    addMember: (raft, { id }) => raft.request('addMember', (leader) => leader.addMember(id)),
    removeMember: (raft, { id }) => raft.request('removeMember', (leader) => leader.removeMember(id)),
    transfer: (raft, { to }) => raft.request('transfer', (leader) => leader.transferTo(to)),
    compact: (raft, { index, data }) => raft.compact(index, data),
    campaign: (raft) => {
      if (raft.server.role.name === 'follower' && raft.server.mayLead()) raft.preCampaign();
    },
    connectionLost: (raft, { peer }) => raft.server.role.connectionLost(peer),
    stir: (raft) => raft.server.role.stir(),
  };

  /** `now`: milliseconds of a clock that never goes back, the same as in `step`. */
  constructor({ id, restored, random, options }: RaftSetup, now: number) {
    const log = new RaftLog(restored.snapshot, restored.entries);
    this.server = new Server(id, restored.hardState, log, random, { ...DEFAULT_OPTIONS, ...options });
    this.server.now = now;
    this.server.role = new Follower(this.server, this.become);
    this.announcedRole = this.server.role.name;
    this.announcedTerm = this.server.term;
    this.announcedMembers = log.members;
  }

  step(event: RaftEvent, now: number, out: Effect[]): void {
    const { server } = this;
    server.now = now;
    server.out = out;
    const handler = Raft.HANDLERS[event.kind] as (raft: Raft, event: RaftEvent) => void;
    handler(this, event);
    const write = server.takeWrite();
    if (write !== null) out.push({ kind: 'write', write });
    server.announceCommit();
    this.announceChanges();
  }

  // --- what can be seen ---

  /** When the next `tick` is due, by the clock that `step` is given. */
  get wakeAt(): number {
    return this.server.role.wakeAt;
  }

  get id(): string {
    return this.server.id;
  }

  get role(): RoleName {
    return this.server.role.name;
  }

  get term(): number {
    return this.server.term;
  }

  /** Whom this member believes to lead; null if it knows of nobody. */
  get leader(): string | null {
    return this.server.leader;
  }

  get commitIndex(): number {
    return this.server.commitIndex;
  }

  get lastIndex(): number {
    return this.server.log.lastIndex;
  }

  /** Of the snapshot: the entries behind it can be read. */
  get snapshotIndex(): number {
    return this.server.log.snapshot.index;
  }

  get members(): Members {
    return this.server.log.members;
  }

  /** Throws a RangeError outside of `snapshotIndex + 1` to `lastIndex`. */
  entry(index: number): Entry {
    return this.server.log.entry(index);
  }

  // --- events ---

  private receive(message: Message): void {
    const { server } = this;
    if (message.kind === 'requestVote') {
      server.role.stir();
      // Who stands for election does not lead.
      if (message.from === server.leader) server.leaderHeardAt = Number.NEGATIVE_INFINITY;
      requestVote(server, this.become, server.role.name === 'leader', message);
      return;
    }
    // That a pre-vote was granted is about a term which nobody has entered.
    if (message.kind === 'requestVoteReply' && message.preVote && message.granted) {
      if (message.term === server.term + 1) server.role.receive(message);
      return;
    }
    if (message.term > server.term) this.follow(message.term, null);
    if (message.term === server.term) server.role.receive(message);
    else this.answerDeposed(message);
  }

  /** One who led in an earlier term learns that it is over. Without this a member of a higher term could never be led again. */
  private answerDeposed({ kind, from: to }: Message): void {
    if (kind !== 'appendEntries' && kind !== 'installSnapshot') return;
    const { id: from, term, log } = this.server;
    const hint = { rejectedIndex: log.lastIndex, hintIndex: log.lastIndex, hintTerm: log.lastTerm };
    this.server.send({ kind: 'appendEntriesReply', from, to, term, success: false, ...hint });
  }

  private written(number: number): void {
    this.server.writes.complete(number);
    grantOnceKept(this.server);
    this.server.role.written();
  }

  private request(request: Request, ask: (leader: Leader) => Refusal | null): void {
    const { role, leader, out } = this.server;
    const reason = role instanceof Leader ? ask(role) : 'notLeader';
    if (reason !== null) out.push({ kind: 'refused', request, reason, leader });
  }

  private compact(index: number, data: Buffer): void {
    const { log, commitIndex, writes } = this.server;
    if (index <= log.snapshot.index) return;
    if (index > commitIndex) throw new RangeError(`The log can be compacted up to ${commitIndex}, not to ${index}.`);
    const snapshot = { index, term: log.term(index), members: log.membersAt(index), data };
    log.install(snapshot);
    writes.keepSnapshot(snapshot);
  }

  // --- transitions ---

  private follow(term: number, leader: string | null): Role {
    const { server } = this;
    if (term > server.term) server.keepHardState(term, null);
    server.leader = leader;
    if (server.leaderHeardAt > server.now) server.leaderHeardAt = server.now;
    server.role = new Follower(server, this.become);
    return server.role;
  }

  private preCampaign(): void {
    this.server.leader = null;
    this.stand(new Candidate(this.server, this.become, true, false));
  }

  private campaign(transfer: boolean): void {
    const { server } = this;
    server.leader = null;
    server.keepHardState(server.term + 1, server.id);
    this.stand(new Candidate(server, this.become, false, transfer));
  }

  private lead(): void {
    const { server } = this;
    server.leader = server.id;
    const leader = new Leader(server, this.become);
    server.role = leader;
    leader.start();
  }

  private stand(candidate: Candidate): void {
    this.server.role = candidate;
    candidate.start();
  }

  // --- what changed in a step ---

  private announceChanges(): void {
    const { role, term, leader, log, out } = this.server;
    if (role.name !== this.announcedRole || term !== this.announcedTerm || leader !== this.announcedLeader) {
      this.announcedRole = role.name;
      this.announcedTerm = term;
      this.announcedLeader = leader;
      out.push({ kind: 'state', role: role.name, term, leader });
    }
    const { members, membersIndex: index } = log;
    if (members === this.announcedMembers) return;
    this.announcedMembers = members;
    out.push({ kind: 'members', members, index });
  }
}
