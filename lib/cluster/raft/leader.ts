/**
 * A leader: puts commands into its log, brings the others' logs to agree with its own, and commits what a majority has on
 * disk.
 *
 * Its own disk and the messages to the others run side by side (thesis, 10.2.1): the leader counts itself only once its disk
 * is done.
 */
import type { Refusal } from './effects';
import { ENTRY, type Entry, type EntryKind } from './log';
import { encodeMembers, isMember, type Members, majority, without, withLearner, withVoter } from './members';
import type { AppendEntriesReply, Message } from './messages';
import { Progress } from './progress';
import { Replicator } from './replicator';
import type { Role, Transitions } from './role';
import type { Server } from './server';

const NOTHING = Buffer.alloc(0);

export class Leader implements Role {
  readonly name = 'leader';
  private readonly others = new Map<string, Progress>();
  private readonly replicator: Replicator;
  /** Its first entry. Nothing else of this term is committed before it. */
  private readonly firstIndex: number;
  private heartbeatAt: number;
  /** Heartbeats since there was something new. */
  private idle = 0;
  private transfer: { readonly to: string; readonly deadline: number; asked: boolean } | null = null;

  constructor(
    private readonly server: Server,
    private readonly become: Transitions,
  ) {
    server.calmDown();
    this.replicator = new Replicator(server);
    this.firstIndex = server.log.lastIndex + 1;
    this.heartbeatAt = server.now + server.options.heartbeat;
    this.followMembers();
  }

  start(): void {
    this.append(ENTRY.noop, [NOTHING]);
  }

  get wakeAt(): number {
    return this.transfer === null ? this.heartbeatAt : Math.min(this.heartbeatAt, this.transfer.deadline);
  }

  tick(): void {
    const { server, transfer } = this;
    if (transfer !== null && server.now >= transfer.deadline) this.abortTransfer(transfer.to);
    if (server.now < this.heartbeatAt) return;
    if (!this.hearsMajority()) {
      this.become.follow(server.term, null);
      return;
    }
    const quiet = ++this.idle > server.options.quietAfter && this.allHaveAll();
    this.heartbeatAt = quiet ? Number.POSITIVE_INFINITY : server.now + server.options.heartbeat;
    for (const progress of this.others.values()) this.replicator.heartbeat(progress, quiet);
  }

  /** Everything is committed, on all disks, and known to be so: there is nothing to say. */
  private allHaveAll(): boolean {
    const { log, commitIndex, writes, now, options } = this.server;
    const { lastIndex } = log;
    if (this.transfer !== null || commitIndex !== lastIndex || writes.stableIndex !== lastIndex) return false;
    for (const progress of this.others.values()) {
      if (!progress.hasAll(lastIndex) || progress.heardAt <= now - options.electionTimeout) return false;
    }
    return true;
  }

  stir(): void {
    this.idle = 0;
    if (this.heartbeatAt !== Number.POSITIVE_INFINITY) return;
    const { now } = this.server;
    // Nobody was asked for a sign of life meanwhile.
    for (const progress of this.others.values()) progress.heardAt = now;
    this.heartbeatAt = now;
  }

  receive(message: Message): void {
    const progress = this.others.get(message.from);
    if (progress === undefined) return;
    if (message.kind !== 'appendEntriesReply' || !message.success || message.awake === true) this.stir();
    progress.heardAt = this.server.now;
    switch (message.kind) {
      case 'appendEntriesReply':
        this.takeReply(progress, message);
        break;
      case 'installSnapshotReply':
        this.replicator.continueSnapshot(progress, message);
        break;
      case 'appendEntries':
      case 'installSnapshot':
        throw new Error(`Raft: ${message.from} and ${this.server.id} both lead in term ${message.term}.`);
      default:
    }
  }

  written(): void {
    this.advanceCommit();
  }

  connectionLost(peer: string): void {
    const progress = this.others.get(peer);
    if (progress === undefined) return;
    this.stir();
    if (this.transfer?.to === peer) this.abortTransfer(peer);
    if (progress.state === 'snapshot') progress.sentAt = Number.NEGATIVE_INFINITY;
    else progress.probe(progress.match + 1);
  }

  giveWay(): void {}

  // --- requests; null or why they are refused ---

  propose(commands: readonly Buffer[]): Refusal | null {
    if (this.transfer !== null) return 'transferring';
    const { server } = this;
    const first = server.log.lastIndex + 1;
    server.out.push({ kind: 'proposed', first, count: commands.length, term: server.term });
    this.append(ENTRY.command, commands);
    return null;
  }

  addMember(id: string): Refusal | null {
    const { members } = this.server.log;
    if (isMember(members, id)) return 'alreadyMember';
    return this.change(withLearner(members, id));
  }

  removeMember(id: string): Refusal | null {
    const { members } = this.server.log;
    if (!isMember(members, id)) return 'noMember';
    const after = without(members, id);
    return after.voters.length === 0 ? 'lastVoter' : this.change(after);
  }

  transferTo(to: string): Refusal | null {
    const { server } = this;
    if (this.transfer !== null) return 'transferring';
    if (!server.log.members.voters.includes(to)) return 'noVoter';
    if (to === server.id) return null;
    this.stir();
    this.transfer = { to, deadline: server.now + server.options.electionTimeout, asked: false };
    this.continueTransfer(this.others.get(to) as Progress);
    return null;
  }

  // --- log ---

  private append(kind: EntryKind, data: readonly Buffer[]): void {
    this.stir();
    const { server } = this;
    const { term } = server;
    const entries: Entry[] = [];
    for (const one of data) entries.push({ term, kind, data: one });
    server.append(server.log.lastIndex + 1, entries);
    this.replicate();
  }

  private replicate(): void {
    for (const progress of this.others.values()) this.replicator.replicate(progress);
  }

  private takeReply(progress: Progress, reply: AppendEntriesReply): void {
    const { log } = this.server;
    if (!reply.success) {
      if (!progress.believes(reply.rejectedIndex)) return;
      const last = log.lastNotAbove(reply.hintIndex, reply.hintTerm);
      progress.probe(Math.min(last + 1, reply.rejectedIndex));
      this.replicator.replicate(progress);
      return;
    }
    if (progress.accepted(reply.matchIndex, reply.receivedIndex)) {
      this.advanceCommit();
      if (this.server.role !== this) return;
    }
    this.replicator.replicate(progress);
    this.continueTransfer(progress);
    this.promote(progress);
  }

  /**
   * Entries of earlier terms are never committed by counting: a majority may have them and still elect somebody without them
   * (figure 8 of the paper). They are committed with the first entry of this term.
   */
  private advanceCommit(): void {
    const { server } = this;
    const { log } = server;
    const index = this.majorityIndex(log.members);
    if (index <= server.commitIndex || log.term(index) !== server.term) return;
    server.commitTo(index);
    this.replicate();
    if (!isMember(log.members, server.id) && log.membersIndex <= index) this.leave();
  }

  /** The highest index that a majority has on disk. */
  private majorityIndex(members: Members): number {
    const indexes: number[] = [];
    for (const id of members.voters) {
      indexes.push(id === this.server.id ? this.server.writes.stableIndex : (this.others.get(id) as Progress).match);
    }
    indexes.sort((a, b) => b - a);
    return indexes[majority(members) - 1] as number;
  }

  private hearsMajority(): boolean {
    const { server } = this;
    const { members } = server.log;
    const since = server.now - server.options.electionTimeout;
    let heard = 0;
    for (const id of members.voters) if (id === server.id || (this.others.get(id) as Progress).heardAt > since) heard++;
    return heard >= majority(members);
  }

  // --- members ---

  /**
   * One change at a time; and none before something of this term is committed, or two leaders' changes could be in force whose
   * majorities do not meet.
   */
  private change(members: Members): Refusal | null {
    const { server } = this;
    if (this.transfer !== null) return 'transferring';
    if (server.log.membersIndex > server.commitIndex || server.commitIndex < this.firstIndex) return 'changing';
    // Sent before the list of others shrinks: a member that is removed mostly learns of it.
    this.append(ENTRY.members, [encodeMembers(members)]);
    this.followMembers();
    this.replicate();
    return null;
  }

  private followMembers(): void {
    const { log, id: self, now, options } = this.server;
    const { voters, learners } = log.members;
    for (const id of this.others.keys()) if (!isMember(log.members, id)) this.others.delete(id);
    for (const id of [...voters, ...learners]) {
      if (id !== self && !this.others.has(id)) this.others.set(id, new Progress(id, log.lastIndex, now, options));
    }
  }

  private promote(progress: Progress): void {
    const { log, now } = this.server;
    if (!log.members.learners.includes(progress.id) || !progress.caughtUp(log.lastIndex, now)) return;
    this.change(withVoter(log.members, progress.id));
  }

  /** It is no member any more: somebody else has to lead, and need not wait for a time-out. */
  private leave(): void {
    const { server } = this;
    let best: Progress | null = null;
    for (const id of server.log.members.voters) {
      const progress = this.others.get(id) as Progress;
      if (best === null || progress.match > best.match) best = progress;
    }
    if (best !== null) this.askToLead(best.id);
    this.become.follow(server.term, null);
  }

  // --- transfer ---

  /** The target has to have all entries, for it could not win otherwise. */
  private continueTransfer(progress: Progress): void {
    const { transfer, server } = this;
    if (transfer === null || transfer.asked || transfer.to !== progress.id || progress.match < server.log.lastIndex) return;
    transfer.asked = true;
    this.askToLead(transfer.to);
  }

  private abortTransfer(to: string): void {
    this.transfer = null;
    this.server.out.push({ kind: 'transferAborted', to });
  }

  private askToLead(to: string): void {
    this.server.send({ kind: 'timeoutNow', from: this.server.id, to, term: this.server.term });
  }
}
