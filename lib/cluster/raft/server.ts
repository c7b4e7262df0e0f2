/** The state that a member has in every role (figure 2 of the paper, "State"), and what it does in every role. */
import type { Random } from '../../world/world';
import type { Effect } from './effects';
import type { Entry, RaftLog, Snapshot } from './log';
import type { Message } from './messages';
import type { RaftOptions } from './options';
import { PendingWrites } from './pending-writes';
import type { Role } from './role';
import type { HardState, Write } from './storage';

export class Server {
  term: number;
  /** Whom it voted for in `term`. */
  vote: string | null;
  commitIndex: number;
  /** Of `term`, as far as known. */
  leader: string | null = null;
  /** When a leader was last heard of: as long as there is one, nobody is helped to another (thesis, 4.2.3). */
  leaderHeardAt = Number.NEGATIVE_INFINITY;
  /** Gets this vote once it is on disk. */
  pendingGrant: string | null = null;
  readonly writes: PendingWrites;
  /** Of the step that runs. */
  now = 0;
  out: Effect[] = [];
  /** Set by `Raft` alone. */
  role!: Role;
  private announcedCommit: number;
  /** Milliseconds to wait for a leader, or for the end of an attempt to become one, at the least. */
  private patience: number;

  constructor(
    readonly id: string,
    { term, vote }: HardState,
    readonly log: RaftLog,
    readonly random: Random,
    readonly options: RaftOptions,
  ) {
    this.term = term;
    this.vote = vote;
    this.patience = options.electionTimeout;
    this.commitIndex = log.snapshot.index;
    this.announcedCommit = this.commitIndex;
    this.writes = new PendingWrites(log.lastIndex);
  }

  send(message: Message): void {
    this.out.push({ kind: 'send', message });
  }

  // --- waiting for a leader ---

  /** A moment at which this member will not wait longer for a leader. */
  electionDeadline(): number {
    return this.now + this.patience * (1 + this.random.float());
  }

  /** The leader is known to be gone: an attempt at another that comes to nothing is soon followed by the next. */
  hurry(): void {
    this.patience = this.options.heartbeat;
  }

  /** An attempt came to nothing, or may: the next is given twice the time, so that slow links and disks are enough in the end. */
  growPatient(): void {
    this.patience = Math.min(2 * this.patience, this.options.electionTimeout);
  }

  /** There is a leader. */
  calmDown(): void {
    this.patience = this.options.electionTimeout;
  }

  hearsLeader(): boolean {
    return this.leader !== null && this.now - this.leaderHeardAt < this.options.electionTimeout;
  }

  /**
   * Whether this member may become leader. One that a change has removed may still be needed to bring that change about, until
   * the change is committed (thesis, 4.2.2).
   */
  mayLead(): boolean {
    const { log, id } = this;
    if (log.members.voters.includes(id)) return true;
    return log.membersIndex > this.commitIndex && (log.membersBefore?.voters.includes(id) ?? false);
  }

  // --- what is kept ---

  keepHardState(term: number, vote: string | null): void {
    if (term > this.term) this.growPatient();
    this.term = term;
    this.vote = vote;
    this.pendingGrant = null;
    this.writes.keepHardState({ term, vote });
  }

  /** Puts entries at `firstIndex`; what the log had from there on goes. */
  append(firstIndex: number, entries: readonly Entry[]): void {
    const { log } = this;
    if (firstIndex <= this.commitIndex) {
      throw new Error(`Raft: entry ${firstIndex} is committed (up to ${this.commitIndex}) and cannot be replaced.`);
    }
    if (firstIndex <= log.lastIndex) log.truncate(firstIndex);
    log.append(entries);
    this.writes.keepEntries(firstIndex, entries);
  }

  /** The write of this step, if there was anything to keep. */
  takeWrite(): Write | null {
    return this.writes.take(this.log.lastIndex);
  }

  // --- commitment ---

  commitTo(index: number): void {
    if (index > this.log.lastIndex) {
      throw new Error(`Raft: ${index} is committed, but the log ends at ${this.log.lastIndex}: entries were lost.`);
    }
    if (index > this.commitIndex) this.commitIndex = index;
  }

  /** The snapshot takes the place of the whole log: nothing in it is known to follow from the snapshot. */
  restore(snapshot: Snapshot): void {
    this.writes.forgetFrom(this.commitIndex + 1);
    this.log.install(snapshot);
    this.writes.keepSnapshot(snapshot);
    this.commitIndex = snapshot.index;
    this.announcedCommit = snapshot.index;
    this.out.push({ kind: 'restore', snapshot });
  }

  announceCommit(): void {
    if (this.commitIndex === this.announcedCommit) return;
    this.out.push({ kind: 'commit', from: this.announcedCommit + 1, to: this.commitIndex });
    this.announcedCommit = this.commitIndex;
  }
}
