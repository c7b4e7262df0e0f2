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
  /** One that had lost another, which went on without it, started from its own copy while that one was down. */
  overtaken = false;
  /** By node: who ran when it last took them for dead. */
  private readonly lost = new Map<string, Set<string>>();
  /** Lab milliseconds at which a node ran last; Infinity while it does. */
  private readonly ranUntil = new Map<string, number>();

  constructor(
    private readonly now: () => number,
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
    const member = members.get(name);
    const before = this.ranUntil.get(name);
    if (state === 'running') {
      if (before !== Infinity && member?.node?.running.length === 1) this.startedAlone(name);
      this.ranUntil.set(name, Infinity);
    } else if (before === Infinity) this.ranUntil.set(name, this.now());
    const running = [...members.values()].filter(({ broker }) => broker !== null);
    for (const one of running) for (const other of running) if (one !== other) this.look(one, other);
  }

  /** With its own copy of the definitions. */
  private startedAlone(name: string): void {
    const until = this.ranUntil.get(name) ?? 0;
    for (const other of this.lost.get(name) ?? []) if ((this.ranUntil.get(other) ?? 0) > until) this.overtaken = true;
  }

  private look(one: Member, other: Member): void {
    const lost = this.lost.get(one.name) ?? new Set();
    this.lost.set(one.name, lost);
    if (one.node?.view.running.includes(other.self) === true) lost.delete(other.name);
    else lost.add(other.name);
    // They need not meet again for that: one may die before, and copy what the other has when it starts.
    const without = (a: Member, b: Member): boolean => a.node?.running.includes(b.self) === false;
    if (!this.pauses) this.apart ||= without(one, other) && without(other, one);
  }
}
