/** One member of a group in its host: steps it, one event at a time, and carries out what it wants done. */
import type { Entry, Snapshot } from '../log';
import type { Members } from '../members';
import type { Message } from '../messages';
import type { Effect, RaftEvent, Refusal, Request, RoleName } from '../effects';
import type { Raft } from '../raft';
import type { Write } from '../storage';
import { nodeOf } from './raft-ids';
import type { RaftStorage } from './raft-storage';

/** Whose log it is. Called while the group works: what it asks of the group in turn is done afterwards. */
export interface GroupUser {
  /** The entry is certain, and comes once. `term` of the entry. */
  apply(index: number, entry: Entry): void;
  /** The state is this one now. */
  restore(snapshot: Snapshot): void;
  /** `leader`: a node, or null. */
  changed(role: RoleName, term: number, leader: string | null): void;
  membersChanged(members: Members): void;
  /** `count`: of the commands, if they are what was refused. */
  refused(request: Request, reason: Refusal, count: number): void;
  transferAborted(): void;
  /** To the leader: that node has kept the log up to `index`. */
  copied(node: string, index: number): void;
}

/** What the host does for its groups. */
export interface GroupHost {
  send(group: string, message: Message): void;
  /** The group has given a write with this number to the storage. */
  wrote(group: RaftGroup, number: number): void;
  /** The group has something to propose at the end of the turn. */
  proposes(group: RaftGroup): void;
  stepped(group: RaftGroup): void;
  now(): number;
  failed(group: RaftGroup, error: Error): void;
}

const STIR: RaftEvent = { kind: 'stir' };

export class RaftGroup {
  private events: RaftEvent[] = [];
  private working = false;
  private ended = false;
  private proposals: Buffer[] = [];
  /** Commands of the last proposal. */
  private proposed = 0;
  private readonly out: Effect[] = [];

  constructor(
    readonly id: string,
    private readonly raft: Raft,
    /** Null: nothing is kept. */
    private readonly storage: RaftStorage | null,
    private readonly user: GroupUser,
    private readonly host: GroupHost,
  ) {}

  // --- what can be seen ---

  get memberId(): string {
    return this.raft.id;
  }

  get isLeader(): boolean {
    return this.raft.role === 'leader';
  }

  /** A node. */
  get leader(): string | null {
    const { leader } = this.raft;
    return leader === null ? null : nodeOf(leader);
  }

  get role(): RoleName {
    return this.raft.role;
  }

  get term(): number {
    return this.raft.term;
  }

  get members(): Members {
    return this.raft.members;
  }

  /** The entries behind it can be read. */
  get snapshotIndex(): number {
    return this.raft.snapshotIndex;
  }

  get lastIndex(): number {
    return this.raft.lastIndex;
  }

  get commitIndex(): number {
    return this.raft.commitIndex;
  }

  /** Throws a RangeError for one that is gone. */
  entry(index: number): Entry {
    return this.raft.entry(index);
  }

  /** When it wants a tick. One that leads itself alone wants none. */
  get wakeAt(): number {
    const { voters, learners } = this.raft.members;
    if (this.ended || (this.isLeader && voters.length + learners.length === 1)) return Number.POSITIVE_INFINITY;
    return this.raft.wakeAt;
  }

  // --- what can be asked ---

  /** A command for the log, at the end of the turn. Without leadership it is lost, and `refused` told. */
  propose(command: Buffer): void {
    this.proposals.push(command);
    if (this.proposals.length === 1) this.host.proposes(this);
  }

  /** The leader is waited for: if nothing has been heard of it for long because nothing happened, it is watched again. */
  stir(): void {
    if (!this.isLeader) this.step(STIR);
  }

  flushProposals(): void {
    const commands = this.proposals;
    if (commands.length === 0) return;
    this.proposals = [];
    this.proposed = commands.length;
    this.step({ kind: 'propose', commands });
  }

  step(event: RaftEvent): void {
    if (this.ended) return;
    this.events.push(event);
    if (this.working) return;
    this.working = true;
    try {
      while (this.events.length > 0) {
        const events = this.events;
        this.events = [];
        for (let i = 0; i < events.length && !this.ended; i++) this.work(events[i] as RaftEvent);
      }
      this.host.stepped(this);
    } catch (error) {
      // Its safety is in doubt.
      this.ended = true;
      this.host.failed(this, error as Error);
    } finally {
      this.working = false;
    }
  }

  private work(event: RaftEvent): void {
    const { out } = this;
    this.raft.step(event, this.host.now(), out);
    for (let i = 0; i < out.length; i++) this.carryOut(out[i] as Effect);
    out.length = 0;
    if (event.kind === 'message' && this.isLeader) this.copied(event.message);
  }

  private copied(message: Message): void {
    if (message.kind !== 'appendEntriesReply' || !message.success || message.term !== this.term) return;
    this.user.copied(nodeOf(message.from), message.matchIndex);
  }

  private carryOut(effect: Effect): void {
    const { user } = this;
    switch (effect.kind) {
      case 'send':
        this.host.send(this.id, effect.message);
        break;
      case 'write':
        this.write(effect.write);
        break;
      case 'commit':
        for (let index = effect.from; index <= effect.to; index++) user.apply(index, this.raft.entry(index));
        break;
      case 'restore':
        user.restore(effect.snapshot);
        break;
      case 'state':
        user.changed(effect.role, effect.term, effect.leader === null ? null : nodeOf(effect.leader));
        break;
      case 'members':
        user.membersChanged(effect.members);
        break;
      case 'refused':
        user.refused(effect.request, effect.reason, effect.request === 'propose' ? this.proposed : 0);
        break;
      case 'transferAborted':
        user.transferAborted();
        break;
      case 'proposed':
    }
  }

  private write(write: Write): void {
    if (this.storage === null) {
      this.events.push({ kind: 'written', number: write.number });
      return;
    }
    this.storage.write(write);
    this.host.wrote(this, write.number);
  }

  // --- its end ---

  /** Takes no part any more; what it has kept stays. */
  end(): void {
    this.ended = true;
  }

  destroy(): void {
    this.ended = true;
    this.storage?.destroy();
  }
}
