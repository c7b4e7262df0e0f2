/**
 * Whether nodes went their own ways in a run. Mnesia does not merge what they did: one side is thrown away, with what it had
 * promised, and a run has to know that before it calls a promise broken.
 */
import type { Member, MemberState } from './member';

export class Sides {
  /** Times that a node told of a partition. */
  told = 0;
  /** Two ran at one moment, each without the other, and nobody paused for it. */
  apart = false;
  /** One that had lost another, which went on without it, started from its own copy before that one. */
  overtaken = false;
  /** By node: those that it has taken for dead since it last ran with them. */
  private readonly lost = new Map<string, Set<string>>();
  /** By node: those of them without whom it went on. */
  private readonly left = new Map<string, Set<string>>();
  private readonly running = new Set<string>();

  constructor(
    /** Whoever loses the others stops. */
    private readonly pauses: boolean,
  ) {}

  logged(text: string): void {
    if (!text.includes('running_partitioned_network')) return;
    this.told++;
    this.apart = true;
  }

  /** The node does this now, or something else about it has changed. */
  changed(name: string, state: MemberState, members: ReadonlyMap<string, Member>): void {
    const all = [...members.values()];
    if (state !== 'running') this.running.delete(name);
    else if (!this.running.has(name)) {
      if (members.get(name)?.node?.running.length === 1) this.startedAlone(name);
      this.running.add(name);
    }
    const running = all.filter(({ broker }) => broker !== null);
    for (const one of running) for (const other of all) if (one !== other) this.look(one, other, all);
    // They need not meet again for that: one may die before, and copy what the other has when it starts.
    const apart = this.pauses ? bothGoOn : loseEachOther;
    this.apart ||= running.some((one) => running.some((other) => one !== other && apart(one, other, all)));
  }

  /** With its own copy of the definitions. */
  private startedAlone(name: string): void {
    for (const other of setOf(this.lost, name)) this.overtaken ||= setOf(this.left, other).has(name);
  }

  private look(one: Member, other: Member, all: readonly Member[]): void {
    const [lost, left] = [setOf(this.lost, one.name), setOf(this.left, one.name)];
    if (one.node?.view.running.includes(other.self) === true) {
      lost.delete(other.name);
      left.delete(other.name);
    } else {
      lost.add(other.name);
      if (!this.pauses || agree(one, other, all)) left.add(other.name);
    }
  }
}

/** More than half of all reach this one, and do not reach the other: it goes on, and rightly so. */
function agree(one: Member, other: Member, all: readonly Member[]): boolean {
  return all.filter((member) => reaches(one, member) && !reaches(member, other)).length * 2 > all.length;
}

function reaches(one: Member, other: Member): boolean {
  return one === other || (one.node?.neighbours.standing(other.self) ?? null) !== null;
}

function loseEachOther(one: Member, other: Member): boolean {
  const without = (a: Member, b: Member): boolean => a.node?.running.includes(b.self) === false;
  return without(one, other) && without(other, one);
}

/**
 * A member whose application is stopped counts for the majority (claim partition.pause.overtaken): where two have lost each other
 * and nobody runs whom both reach, that is one for both, and neither pauses.
 */
function bothGoOn(one: Member, other: Member, all: readonly Member[]): boolean {
  if (!loseEachOther(one, other)) return false;
  const [near, far] = [one, other].map((a) => all.filter((b) => reaches(a, b))) as [Member[], Member[]];
  const shared = near.filter((member) => far.includes(member));
  return [near, far].every(({ length }) => length * 2 > all.length) && shared.every(({ broker }) => broker === null);
}

function setOf(sets: Map<string, Set<string>>, name: string): Set<string> {
  const found = sets.get(name) ?? new Set();
  sets.set(name, found);
  return found;
}
