/**
 * Raft's five safety properties (figure 3 of the paper), asserted after every step of every member.
 *
 * It keeps a log of its own for each member, of terms only: what an index and a term hold together is the same for all (log
 * matching, asserted for each entry when it is written), so terms tell everything.
 */
import type { Effect } from '../../../lib/cluster/raft/effects';
import type { Entry } from '../../../lib/cluster/raft/log';
import type { Raft } from '../../../lib/cluster/raft/raft';
import type { Restored } from '../../../lib/cluster/raft/storage';

export class Violation extends Error {}

interface Witness {
  readonly member: string;
  readonly entry: Entry;
  readonly previousTerm: number;
}

interface Watched {
  /** By index. */
  terms: number[];
  /** Highest index committed as far as the member knows. */
  commit: number;
  /** The term in which it led after its last step; 0 if it did not. */
  led: number;
  raft: Raft;
}

/** Entries of one index and term share this key; a log of a run has less than a million. */
const keyOf = (index: number, term: number): number => term * 1e6 + index;

export class Checker {
  private readonly members = new Map<string, Watched>();
  private readonly leaders = new Map<number, string>();
  private readonly witnesses = new Map<number, Witness>();
  /** Terms of what any member has called committed, by index. */
  private readonly committed: number[] = [0];
  /** The terms of the leaders that committed it, by index. */
  private readonly commitTerms: number[] = [0];

  get commitIndex(): number {
    return this.committed.length - 1;
  }

  /** A member begins with what its disk holds. */
  started(id: string, raft: Raft, { snapshot, entries }: Restored): void {
    const terms = this.committed.slice(0, snapshot.index);
    this.assert(terms.length === snapshot.index, `${id} starts from a snapshot of ${snapshot.index}, which is not committed`);
    terms.push(snapshot.term);
    for (const entry of entries) terms.push(entry.term);
    this.members.set(id, { terms, commit: snapshot.index, led: 0, raft });
  }

  stopped(id: string): void {
    this.members.delete(id);
  }

  stepped(id: string, effects: readonly Effect[]): void {
    const watched = this.members.get(id) as Watched;
    const { raft } = watched;
    const led = watched.led !== 0 && raft.role === 'leader' && raft.term === watched.led;
    for (const effect of effects) {
      if (effect.kind === 'restore') this.restored(id, watched, effect.snapshot.index, effect.snapshot.term);
    }
    for (const effect of effects) {
      if (effect.kind === 'write') this.wrote(id, watched, effect.write.firstIndex, effect.write.entries, led);
    }
    this.assert(raft.lastIndex === watched.terms.length - 1, `${id} has ${raft.lastIndex} entries, but wrote others`);
    for (const effect of effects) {
      if (effect.kind === 'state' && effect.role === 'leader') this.elected(id, watched, effect.term);
      if (effect.kind === 'commit') this.commits(id, watched, effect.from, effect.to);
    }
    watched.led = raft.role === 'leader' ? raft.term : 0;
  }

  /** All logs entry by entry, against what was seen: the check of the check. */
  compareAll(): void {
    for (const [id, { raft, terms }] of this.members) {
      for (let index = raft.snapshotIndex + 1; index <= raft.lastIndex; index++) {
        const entry = raft.entry(index);
        const witness = this.witnesses.get(keyOf(index, entry.term));
        const same = witness !== undefined && witness.entry.kind === entry.kind && witness.entry.data.equals(entry.data);
        this.assert(same && terms[index] === entry.term, `log matching: ${id} has another entry ${index} than was written`);
      }
    }
  }

  // --- the properties ---

  /** At most one leader can be elected in a given term. */
  private elected(id: string, watched: Watched, term: number): void {
    const other = this.leaders.get(term);
    this.assert(other === undefined, `election safety: ${id} leads in term ${term}, in which ${other} led`);
    this.leaders.set(term, id);
    this.isComplete(id, watched, 0);
  }

  /** If an entry is committed in a term, it is present in the logs of the leaders of all higher terms. */
  private isComplete(id: string, { terms, raft }: Watched, from: number): void {
    for (let index = from; index < this.committed.length; index++) {
      // One may still be elected in an old term, by votes that come late: it need not have what was committed since.
      this.assert(
        terms[index] === this.committed[index] || (this.commitTerms[index] as number) > raft.term,
        `leader completeness: ${id} leads in term ${raft.term} without entry ${index} of term ${this.committed[index]}`,
      );
    }
  }

  private wrote(id: string, watched: Watched, firstIndex: number, entries: readonly Entry[], led: boolean): void {
    if (entries.length === 0) return;
    const { terms } = watched;
    // A leader never overwrites or deletes entries in its log; it only appends new entries.
    this.assert(
      !led || firstIndex === terms.length,
      `leader append-only: ${id} writes ${firstIndex}, having ${terms.length - 1}`,
    );
    this.assert(firstIndex <= terms.length, `${id} writes ${firstIndex} behind ${terms.length - 1}`);
    terms.length = firstIndex;
    for (const entry of entries) {
      this.matches(id, terms.length, entry, terms[terms.length - 1] as number);
      terms.push(entry.term);
    }
  }

  /**
   * If two logs contain an entry with the same index and term, they are identical in all entries up to it. That holds if each
   * index and term stand for one entry and one term before it, by induction.
   */
  private matches(id: string, index: number, entry: Entry, previousTerm: number): void {
    const key = keyOf(index, entry.term);
    const witness = this.witnesses.get(key);
    if (witness === undefined) {
      this.witnesses.set(key, { member: id, entry, previousTerm });
      return;
    }
    const same = witness.entry.data === entry.data || witness.entry.data.equals(entry.data);
    this.assert(
      same && witness.entry.kind === entry.kind && witness.previousTerm === previousTerm,
      `log matching: ${id} and ${witness.member} differ at or before entry ${index} of term ${entry.term}`,
    );
  }

  /** If a member has applied an entry at an index, no other will ever apply a different one there. */
  private commits(id: string, watched: Watched, from: number, to: number): void {
    this.assert(from === watched.commit + 1, `${id} commits ${from} after ${watched.commit}`);
    watched.commit = to;
    const known = this.committed.length;
    for (let index = from; index <= to; index++) {
      const term = watched.terms[index] as number;
      const other = this.committed[index];
      this.assert(
        other === undefined || other === term,
        `state machine safety: ${id} applies entry ${index} of term ${term}, another applied that of term ${other}`,
      );
      if (other !== undefined) continue;
      this.committed[index] = term;
      this.commitTerms[index] = watched.raft.term;
    }
    if (this.committed.length === known) return;
    for (const [other, leader] of this.members) {
      if (leader.raft.role === 'leader' && leader.raft.term > watched.raft.term) this.isComplete(other, leader, known);
    }
  }

  private restored(id: string, watched: Watched, index: number, term: number): void {
    const known = this.committed[index] === term;
    this.assert(known, `state machine safety: ${id} takes a snapshot of entry ${index} of term ${term}, which is not committed`);
    this.assert(index > watched.commit, `${id} goes back from ${watched.commit} to ${index}`);
    watched.terms = this.committed.slice(0, index + 1);
    watched.commit = index;
  }

  private assert(holds: boolean, otherwise: string): void {
    if (!holds) throw new Violation(otherwise);
  }
}
