/** A simulated group in virtual time: everything that happens comes from one seed. */
import type { Message } from '../../../lib/cluster/raft/messages';
import { DEFAULT_OPTIONS, type RaftOptions } from '../../../lib/cluster/raft/options';
import { founding, type Restored } from '../../../lib/cluster/raft/storage';
import { type Members, NOBODY } from '../../../lib/cluster/raft/members';
import type { SeededRandom } from '../../../lib/world/random';
import { TimerEntry, TimerHeap } from '../../../lib/world/timer-heap';
import { Checker, Violation } from './checker';
import { Links } from './links';
import { Member } from './member';
import type { Sabotage } from './slow-disk';
import type { Tally } from './tally';

export interface Settings {
  readonly founders: number;
  /** Milliseconds; most messages take much less. */
  readonly delay: number;
  /** Milliseconds, at the most. */
  readonly syncTime: number;
  readonly options: RaftOptions;
  readonly sabotage: Sabotage | null;
}

/** Small limits, so that a short run meets them all. */
export const OPTIONS: RaftOptions = {
  ...DEFAULT_OPTIONS,
  electionTimeout: 300,
  heartbeat: 50,
  appendOctets: 200,
  quietAfter: 4,
  inflightAppends: 3,
  inflightOctets: 600,
  snapshotOctets: 64,
};

export class Cluster {
  now = 0;
  readonly members = new Map<string, Member>();
  readonly checker = new Checker();
  readonly links: Links;
  /** In this run. */
  elections = 0;
  truncations = 0;
  private commands = 0;
  private readonly heap = new TimerHeap<TimerEntry>();
  /** The last change of the members that was committed. */
  private committedMembers: { index: number; members: Members };
  /** By term, who was asked to lead in the next. */
  private readonly heirs = new Map<number, string>();
  private readonly digests = new Map<number, string>();

  constructor(
    readonly random: SeededRandom,
    readonly settings: Settings,
    readonly tally: Tally,
  ) {
    const after = (ms: number, fn: () => void): void => {
      this.after(ms, fn);
    };
    const deliver = (message: Message): void => this.deliver(message);
    this.links = new Links(random.stream('links'), tally, () => this.now, after, deliver, settings.delay);
    const voters = Array.from({ length: settings.founders }, (_, i) => `m${i + 1}`);
    this.committedMembers = { index: 0, members: { voters, learners: [] } };
    for (const id of voters) this.add(id, founding({ voters, learners: [] }));
  }

  // --- time ---

  after(ms: number, fn: () => void): TimerEntry {
    const entry = new TimerEntry(this.now + ms, fn);
    this.heap.push(entry);
    return entry;
  }

  /** Until `done` says so, at most for so long. Returns whether it did. */
  run(ms: number, done: () => boolean = () => false): boolean {
    const end = this.now + ms;
    for (;;) {
      const next = this.heap.peek();
      if (next === undefined || next.at > end) break;
      const entry = this.heap.pop() as TimerEntry;
      this.now = entry.at;
      const call = entry.call as () => void;
      entry.call = null;
      call();
      if (done()) return true;
    }
    this.now = end;
    return done();
  }

  // --- members ---

  private add(id: string, restored: Restored): Member {
    const member = new Member(id, restored, this);
    this.members.set(id, member);
    member.start();
    return member;
  }

  /** One that waits to be taken in. */
  addStranger(): Member {
    return this.add(`m${this.members.size + 1}`, founding(NOBODY));
  }

  get alive(): Member[] {
    return [...this.members.values()].filter((member) => member.alive);
  }

  /** Of the highest term: the others do not know yet that theirs is over. */
  get leader(): Member | null {
    let leader: Member | null = null;
    for (const member of this.members.values()) {
      if (member.leads && (leader === null || member.raft!.term > leader.raft!.term)) leader = member;
    }
    return leader;
  }

  propose(member: Member): void {
    const count = 1 + this.random.int(4);
    const commands: Buffer[] = [];
    for (let i = 0; i < count; i++) {
      const large = this.random.int(20) === 0;
      const command = Buffer.alloc(large ? 2 * this.settings.options.appendOctets : 4 + this.random.int(40));
      command.writeUInt32BE(++this.commands);
      commands.push(command);
    }
    member.step({ kind: 'propose', commands });
  }

  // --- faults ---

  /** A process that dies is noticed, a machine often is not. */
  crash(member: Member, noticed = this.random.float() < 0.6): void {
    member.crash();
    for (const other of this.members.keys()) {
      if (other === member.id) continue;
      this.links.loseOneWay(other, member.id);
      if (!noticed || this.random.float() < 0.5) this.links.loseOneWay(member.id, other);
      if (noticed) this.tellOfLoss(member.id, other);
    }
  }

  /** Returns how many messages were lost. */
  breakConnection(a: string, b: string, noticed: boolean): number {
    const lost = this.links.lose(a, b);
    if (noticed) {
      this.tellOfLoss(a, b);
      this.tellOfLoss(b, a);
    }
    return lost;
  }

  private tellOfLoss(peer: string, member: string): void {
    this.after(this.random.float() * 5, () => this.members.get(member)!.step({ kind: 'connectionLost', peer }));
  }

  heal(a: string, b: string): void {
    const broke = [this.links.heal(a, b), this.links.heal(b, a)];
    if (broke.includes(true)) this.breakConnection(a, b, this.random.float() < 0.8);
  }

  healAll(): void {
    const ids = [...this.members.keys()];
    for (const [i, a] of ids.entries()) for (const b of ids.slice(i + 1)) this.heal(a, b);
  }

  // --- what members report ---

  /** All members that have applied as much are in the same state. */
  applied(member: Member, index: number): void {
    const { digest } = member.machine;
    const known = this.digests.get(index);
    if (known === undefined) this.digests.set(index, digest);
    else if (known !== digest) throw new Violation(`state machine safety: ${member.id} is at ${digest}, another was at ${known}`);
  }

  membersChanged(index: number, members: Members): void {
    if (index <= this.committedMembers.index) return;
    const before = this.committedMembers.members;
    this.committedMembers = { index, members };
    if (members.voters.length > before.voters.length) this.tally.add('learners made voters');
    if (members.voters.length < before.voters.length) this.tally.add('members removed');
  }

  elected({ id }: Member, term: number): void {
    this.elections++;
    if (this.heirs.get(term - 1) === id) this.tally.add('transfers done');
    this.tally.add('leaders elected');
  }

  private deliver(message: Message): void {
    const member = this.members.get(message.to);
    if (member === undefined || !member.alive) return;
    if (message.kind === 'timeoutNow') this.heirs.set(message.term, message.to);
    if (message.kind === 'installSnapshot' && message.done && message.offset > 0) this.tally.add('snapshots in several pieces');
    member.step({ kind: 'message', message });
  }
}
