/**
 * A follower: takes what the leader sends, answers once it is on disk, and stands for election if nothing comes any more.
 *
 * An answer is not tied to a message. It says up to where the log agrees with the leader's and is on disk, so however many
 * messages a sync covers, one answer covers them as well.
 */
import { IncomingSnapshot } from './incoming-snapshot';
import type { AppendEntries, InstallSnapshot, Message } from './messages';
import type { Role, Transitions } from './role';
import type { Server } from './server';

export class Follower implements Role {
  readonly name = 'follower';
  wakeAt: number;
  /** The log agrees with that of the leader of this term up to here, at least. */
  private matched = 0;
  /** What the leader was told of it. */
  private acknowledged = 0;
  /** The leader asked for a sign of life, and the disk has to come first. */
  private answerDue = false;
  private incoming: IncomingSnapshot | null = null;
  /** When the leader was last waited for. */
  private stirredAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly server: Server,
    private readonly become: Transitions,
  ) {
    this.wakeAt = server.electionDeadline();
  }

  tick(): void {
    if (this.server.now < this.wakeAt) return;
    if (this.server.mayLead()) {
      this.become.preCampaign();
      return;
    }
    this.server.growPatient();
    this.wakeAt = this.server.electionDeadline();
  }

  receive(message: Message): void {
    switch (message.kind) {
      case 'appendEntries':
        this.hear(message.from);
        this.appendEntries(message);
        break;
      case 'installSnapshot':
        this.hear(message.from);
        this.installSnapshot(message);
        break;
      case 'timeoutNow':
        if (this.server.mayLead()) this.become.campaign(true);
        break;
      default:
      // Answers to what this member asked in another role.
    }
  }

  written(): void {
    const { server } = this;
    if (server.leader === null) return;
    if (this.answerDue || Math.min(this.matched, server.writes.stableIndex) > this.acknowledged) this.acknowledge();
  }

  connectionLost(peer: string): void {
    const { server } = this;
    if (peer !== server.leader) return;
    server.leaderHeardAt = Number.NEGATIVE_INFINITY;
    server.hurry();
    // Until then the others have mostly lost it, too; if only this member has, they refuse their pre-vote.
    const soon = server.now + server.options.heartbeat * (0.5 + server.random.float());
    if (soon < this.wakeAt) this.wakeAt = soon;
  }

  giveWay(): void {
    const { now, options } = this.server;
    this.wakeAt = Math.max(this.wakeAt, now + options.heartbeat);
  }

  stir(): void {
    const { server } = this;
    this.stirredAt = server.now;
    if (this.wakeAt !== Number.POSITIVE_INFINITY) return;
    server.leaderHeardAt = server.now;
    this.wakeAt = server.electionDeadline();
    this.acknowledge(true);
  }

  /** Until something happens the leader counts as heard of, and is not missed. */
  private fallQuiet(): void {
    this.server.leaderHeardAt = Number.POSITIVE_INFINITY;
    this.wakeAt = Number.POSITIVE_INFINITY;
  }

  private hear(leader: string): void {
    const { server } = this;
    server.leader = leader;
    server.leaderHeardAt = server.now;
    server.calmDown();
    this.wakeAt = server.electionDeadline();
  }

  // --- entries ---

  private appendEntries({ prevIndex, prevTerm, entries, commit, quiet }: AppendEntries): void {
    const { server } = this;
    const { log, commitIndex } = server;
    // What is committed agrees with every later leader (leader completeness), and the log may not be able to compare it any more.
    const known = Math.max(0, commitIndex - prevIndex);
    if (known === 0 && log.term(prevIndex) !== prevTerm) {
      this.reject(prevIndex, prevTerm);
      return;
    }
    let at = known;
    while (at < entries.length && log.term(prevIndex + at + 1) === entries[at]!.term) at++;
    if (at < entries.length) server.append(prevIndex + at + 1, at === 0 ? entries : entries.slice(at));
    this.agree(Math.max(prevIndex + entries.length, commitIndex));
    server.commitTo(Math.min(commit, this.matched));
    // New entries are answered when they are on disk, anything else now.
    if (entries.length === 0 || server.writes.stableIndex >= this.matched) this.acknowledge();
    const hasAll = log.lastIndex === prevIndex && server.commitIndex === prevIndex && this.acknowledged === prevIndex;
    if (quiet !== true || !hasAll) return;
    // What is waited for may be on its way to the leader, and the leader gone before it comes.
    if (server.now - this.stirredAt < server.options.electionTimeout) this.acknowledge(true);
    else this.fallQuiet();
  }

  private agree(index: number): void {
    if (index > this.matched) this.matched = index;
  }

  private acknowledge(awake = false): void {
    const { server } = this;
    // What a member has promised in a term counts only if it cannot forget the term.
    this.answerDue = !server.writes.hardStateStable;
    if (this.answerDue) return;
    this.acknowledged = Math.min(this.matched, server.writes.stableIndex);
    const message = {
      kind: 'appendEntriesReply',
      from: server.id,
      to: server.leader as string,
      term: server.term,
      success: true,
      matchIndex: this.acknowledged,
      receivedIndex: this.matched,
    } as const;
    server.send(awake ? { ...message, awake } : message);
  }

  private reject(prevIndex: number, prevTerm: number): void {
    const { server } = this;
    const hintIndex = Math.max(server.log.lastNotAbove(prevIndex, prevTerm), server.commitIndex);
    server.send({
      kind: 'appendEntriesReply',
      from: server.id,
      to: server.leader as string,
      term: server.term,
      success: false,
      rejectedIndex: prevIndex,
      hintIndex,
      hintTerm: server.log.term(hintIndex),
    });
  }

  // --- snapshots ---

  private installSnapshot(message: InstallSnapshot): void {
    const { server } = this;
    const { index, indexTerm } = message;
    if (index <= server.commitIndex || server.log.term(index) === indexTerm) {
      // Everything in it is here already.
      this.incoming = null;
      server.commitTo(index);
      this.agree(Math.max(index, server.commitIndex));
      this.acknowledge();
      return;
    }
    if (this.incoming === null || !this.incoming.isPartOf(message)) this.incoming = new IncomingSnapshot(message);
    const snapshot = this.incoming.take(message);
    if (snapshot === null) {
      const { offset } = this.incoming;
      server.send({ kind: 'installSnapshotReply', from: server.id, to: message.from, term: server.term, index, offset });
      return;
    }
    this.incoming = null;
    server.restore(snapshot);
    this.agree(index);
  }
}
