/** The faults and the operator's requests that a run is made of. Each run draws which of them it has. */
import type { SeededRandom } from '../../../lib/world/random';
import type { Cluster } from './cluster';
import type { Member } from './member';

type Deed = (nemesis: Nemesis) => void;

const DEEDS = {
  partition: (nemesis: Nemesis) => nemesis.partition(),
  'cut one way': (nemesis: Nemesis) => nemesis.cutOneWay(),
  'break connection': (nemesis: Nemesis) => nemesis.breakConnection(),
  crash: (nemesis: Nemesis) => nemesis.crash(),
  'crash at a write': (nemesis: Nemesis) => nemesis.doom('atWrite'),
  'crash after a sync': (nemesis: Nemesis) => nemesis.doom('atSync'),
  'contested election': (nemesis: Nemesis) => nemesis.contestedElection(),
  'crash all': (nemesis: Nemesis) => nemesis.crashAll(),
  'slow disk': (nemesis: Nemesis) => nemesis.slowDisk(),
  'clock drift': (nemesis: Nemesis) => nemesis.drift(),
  compact: (nemesis: Nemesis) => nemesis.compact(),
  'add member': (nemesis: Nemesis) => nemesis.addMember(),
  'remove member': (nemesis: Nemesis) => nemesis.removeMember(),
  'change members twice': (nemesis: Nemesis) => nemesis.changeTwice(),
  transfer: (nemesis: Nemesis) => nemesis.transfer(),
} satisfies Record<string, Deed>;

export type DeedName = keyof typeof DEEDS;

export const DEED_NAMES = Object.keys(DEEDS) as DeedName[];

/** No group needs more to show what a group does. */
const MOST_MEMBERS = 9;

export class Nemesis {
  private readonly deeds: readonly Deed[];
  private stopped = false;
  private readonly timeout: number;

  constructor(
    readonly cluster: Cluster,
    private readonly random: SeededRandom,
    only: readonly DeedName[] | null,
  ) {
    // Some never, some often: a run of much of the same finds what an even mixture does not.
    const drawn = Object.values(DEEDS).flatMap((deed) => new Array<Deed>(Math.floor(8 * random.float() ** 3)).fill(deed));
    this.deeds = only?.map((name) => DEEDS[name]) ?? (drawn.length > 0 ? drawn : [DEEDS.crash]);
    this.timeout = cluster.settings.options.electionTimeout;
    this.next();
  }

  /** Nothing new happens, and all that is broken is mended at once. */
  stop(): void {
    this.stopped = true;
    const { cluster } = this;
    for (const member of cluster.members.values()) {
      member.slowDown(cluster.settings.syncTime);
      member.doomed = null;
      if (!member.alive) member.start();
    }
    cluster.healAll();
  }

  private next(): void {
    this.cluster.after(this.timeout * 1.5 * this.random.float(), () => {
      if (this.stopped) return;
      this.pick(this.deeds)(this);
      this.next();
    });
  }

  // --- links ---

  partition(): void {
    const ids = [...this.cluster.members.keys()];
    const first = this.target()?.id ?? this.pick(ids);
    const more = this.random.int(Math.ceil(ids.length / 2));
    const side = new Set([first, ...ids.filter((id) => id !== first).slice(0, more)]);
    this.isolate(side);
  }

  private isolate(side: ReadonlySet<string>): void {
    const { links, members } = this.cluster;
    const late = this.random.float() < 0.3;
    for (const a of side) {
      for (const b of members.keys()) {
        if (side.has(b)) continue;
        links.cut(a, b, false, late);
        links.cut(b, a, false, late);
      }
    }
    this.later(0.2 + 5 * this.random.float(), () => this.cluster.healAll());
  }

  /** Nothing leaves a member, or nothing reaches it, or one cannot talk to one other. */
  cutOneWay(): void {
    const { links, members } = this.cluster;
    const { id } = this.target() ?? this.pick([...members.values()]);
    const late = this.random.float() < 0.3;
    const outward = this.random.float() < 0.5;
    const others = [...members.keys()].filter((other) => other !== id);
    for (const other of this.random.float() < 0.5 ? others : [this.pick(others)]) {
      if (outward) links.cut(id, other, true, late);
      else links.cut(other, id, true, late);
    }
    this.later(0.2 + 5 * this.random.float(), () => this.cluster.healAll());
  }

  breakConnection(): void {
    const ids = [...this.cluster.members.keys()];
    const [a, b] = [this.pick(ids), this.pick(ids)];
    if (a === b) return;
    const lost = this.cluster.breakConnection(a, b, this.random.float() < 0.7);
    this.cluster.tally.add('connection broken: messages lost', lost);
  }

  // --- members' machines ---

  crash(): void {
    const member = this.target();
    if (member !== null) this.crashAndRestart(member);
  }

  doom(when: 'atWrite' | 'atSync'): void {
    const member = this.target();
    if (member !== null) this.doomAndRestart(member, when);
  }

  /**
   * All begin anew, two want to lead, and who votes crashes at once and may be back to vote once more. The two believe that their
   * leader has named them its heir: so neither asks the other first, and neither gives way.
   */
  contestedElection(): void {
    const { alive, members } = this.cluster;
    if (alive.length < 2) return;
    const first = this.pick(alive);
    const candidates = [first, this.pick(alive.filter((member) => member !== first))];
    for (const member of alive) {
      this.cluster.crash(member, true);
      member.start();
    }
    for (const member of members.values()) {
      this.later((candidates.includes(member) ? 0.3 : 0.05) * this.random.float(), () => {
        if (candidates.includes(member)) member.becomeHeir();
        else this.doomAndRestart(member, this.random.float() < 0.8 ? 'atSync' : 'atWrite');
      });
    }
  }

  crashAll(): void {
    for (const member of this.cluster.alive) this.crashAndRestart(member);
  }

  private crashAndRestart(member: Member): void {
    this.cluster.crash(member);
    this.restart(member);
  }

  private doomAndRestart(member: Member, when: 'atWrite' | 'atSync'): void {
    member.doomed = when;
    member.onCrash = () => this.restart(member);
  }

  /** A process is back at once, a machine is not. */
  private restart(member: Member): void {
    const atOnce = this.random.float() < 0.6;
    this.later((atOnce ? 0.01 : 3) * this.random.float(), () => {
      if (!member.alive) member.start();
    });
  }

  slowDisk(): void {
    const member = this.target();
    if (member === null) return;
    member.slowDown(this.timeout * (0.2 + 2 * this.random.float()));
    this.later(1 + 4 * this.random.float(), () => member.slowDown(this.cluster.settings.syncTime));
  }

  compact(): void {
    for (const member of this.cluster.alive) member.compact();
  }

  drift(): void {
    for (const member of this.cluster.members.values()) member.setRate(0.8 + 0.45 * this.random.float());
  }

  // --- requests ---

  addMember(): void {
    const { cluster, random } = this;
    const leader = this.believesToLead();
    if (leader === null) return;
    const { voters, learners } = leader.raft!.members;
    const removed = [...cluster.members.keys()].filter((id) => !voters.includes(id) && !learners.includes(id));
    const fresh = removed.length === 0 || random.float() < 0.5;
    if (fresh && cluster.members.size >= MOST_MEMBERS) return;
    leader.step({ kind: 'addMember', id: fresh ? cluster.addStranger().id : this.pick(removed) });
    this.maybeIsolate(leader);
  }

  removeMember(): void {
    const leader = this.believesToLead();
    if (leader === null) return;
    const { voters, learners } = leader.raft!.members;
    if (voters.length < 2) return;
    const itself = this.random.float() < 0.3 && voters.includes(leader.id);
    const index = leader.raft!.lastIndex;
    const id = itself ? leader.id : this.pick([...voters, ...learners]);
    leader.step({ kind: 'removeMember', id });
    if (id === leader.id && leader.alive && leader.raft!.lastIndex > index) {
      this.cluster.tally.add('leaders that removed themselves');
    }
    this.maybeIsolate(leader);
  }

  /** Two leaders at a time may each have a change of their own. */
  changeTwice(): void {
    this.addMember();
    this.later(this.random.float(), () => this.removeMember());
    this.later(this.random.float(), () => this.addMember());
  }

  transfer(): void {
    const leader = this.believesToLead();
    if (leader === null) return;
    const { voters } = leader.raft!.members;
    const to = this.cluster.members.get(this.pick(voters))!;
    leader.step({ kind: 'transfer', to: to.id });
    if (to === leader || this.random.float() < 0.7) return;
    if (to.alive) this.crashAndRestart(to);
  }

  // --- choices ---

  private maybeIsolate(leader: Member): void {
    if (this.random.float() < 0.3) this.isolate(new Set([leader.id]));
  }

  /** A leader, if there is one, half of the time. */
  private target(): Member | null {
    const { leader, alive } = this.cluster;
    if (leader !== null && this.random.float() < 0.5) return leader;
    return alive.length === 0 ? null : this.pick(alive);
  }

  private believesToLead(): Member | null {
    const leaders = this.cluster.alive.filter((member) => member.leads);
    return leaders.length === 0 ? null : this.pick(leaders);
  }

  private later(timeouts: number, fn: () => void): void {
    this.cluster.after(timeouts * this.timeout, () => {
      if (!this.stopped) fn();
    });
  }

  private pick<T>(list: readonly T[]): T {
    return list[this.random.int(list.length)] as T;
  }
}
