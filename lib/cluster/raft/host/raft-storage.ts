/**
 * A group's member on the node's disk: what the port of `raft/storage.ts` asks for, as a journal in the node's one log. An entry
 * is a record tagged with its term and kind, a snapshot a base tagged with its term, the hard state the journal's own.
 */
import type { Journal, JournalRecord } from '../../../storage/storage';
import type { Entry, EntryKind, Snapshot } from '../log';
import { decodeMembers, encodeMembers } from '../members';
import type { HardState, Restored, Write } from '../storage';

/** The journal's own text. */
interface State extends HardState {
  /** Under which id the node takes part. */
  readonly id: string;
}

/** In the place of the journal's own text. */
const EXPECTED = 'expected';

/** Kinds that a tag has room for beside the term. */
const KINDS = 4;
/** Octets of the length of the members in a base. */
const LENGTH = 4;

export class RaftStorage {
  /** Of the member; empty before it is founded or found. */
  id = '';
  /** `restored` has found what `expect` noted. */
  expected = false;
  private terms = new TermRuns();

  constructor(private readonly journal: Journal) {}

  /**
   * What the member finds; null if it was never founded, or not so that anybody could know. Throws `RecordsLost` if part of it
   * was damaged: a member that forgot what it has promised must not take part under its old name.
   */
  restored(): Restored | null {
    const { state, base, records, damaged } = this.journal.contents();
    if (damaged) throw new RecordsLost();
    this.expected = state === EXPECTED;
    if (base === null) return null;
    const snapshot = snapshotOf(base);
    const entries = records.map(entryOf);
    this.terms = new TermRuns(snapshot.index, snapshot.term);
    for (const [i, { term }] of entries.entries()) this.terms.append(snapshot.index + 1 + i, term);
    const { id, ...hardState } = JSON.parse(state) as State;
    this.id = id;
    return { hardState, snapshot, entries };
  }

  /** A member is to be founded here when somebody tells with whom: it has promised nothing yet, and is not one that forgot. */
  expect(): void {
    this.journal.keepState(EXPECTED);
  }

  found(id: string, { hardState, snapshot }: Restored): void {
    this.id = id;
    this.keepHardState(hardState);
    this.keepSnapshot(snapshot);
  }

  private keepHardState({ term, vote }: HardState): void {
    const state: State = { id: this.id, term, vote };
    this.journal.keepState(JSON.stringify(state));
  }

  /** It is on disk after the storage's next sync, or a first part of it after a crash. */
  write({ hardState, snapshot, firstIndex, entries }: Write): void {
    const { journal, terms } = this;
    if (hardState !== null) this.keepHardState(hardState);
    if (snapshot !== null) this.keepSnapshot(snapshot);
    for (let i = 0; i < entries.length; i++) {
      const { term, kind, data } = entries[i] as Entry;
      terms.append(firstIndex + i, term);
      journal.append(firstIndex + i, term * KINDS + kind, data);
    }
  }

  private keepSnapshot({ index, term, members, data }: Snapshot): void {
    const alone = this.terms.at(index) !== term;
    if (alone) this.terms = new TermRuns(index, term);
    else this.terms.forgetBefore(index);
    const encoded = encodeMembers(members);
    const length = Buffer.alloc(LENGTH);
    length.writeUInt32BE(encoded.length);
    this.journal.keepBase(index, term, Buffer.concat([length, encoded, data]), alone);
  }

  destroy(): void {
    this.journal.destroy();
  }
}

export class RecordsLost extends Error {
  override readonly name = 'RecordsLost';
  constructor() {
    super('part of the log of this member was damaged, and what it has promised is not known any more');
  }
}

function snapshotOf({ number: index, tag: term, data }: JournalRecord): Snapshot {
  const from = LENGTH + data.readUInt32BE(0);
  return { index, term, members: decodeMembers(data.subarray(LENGTH, from)), data: data.subarray(from) };
}

function entryOf({ tag, data }: JournalRecord): Entry {
  return { term: Math.floor(tag / KINDS), kind: (tag % KINDS) as EntryKind, data };
}

/** The term of each entry that is kept, by where a term begins. */
class TermRuns {
  private readonly starts: number[];
  private readonly terms: number[];
  private end: number;

  constructor(index = -1, term = -1) {
    this.starts = [index];
    this.terms = [term];
    this.end = index + 1;
  }

  /** -1 for an entry that is not there. */
  at(index: number): number {
    if (index >= this.end) return -1;
    for (let i = this.starts.length - 1; i >= 0; i--) if ((this.starts[i] as number) <= index) return this.terms[i] as number;
    return -1;
  }

  append(index: number, term: number): void {
    const { starts, terms } = this;
    while (starts.length > 0 && (starts[starts.length - 1] as number) >= index) {
      starts.pop();
      terms.pop();
    }
    if (terms[terms.length - 1] !== term) {
      starts.push(index);
      terms.push(term);
    }
    this.end = index + 1;
  }

  forgetBefore(index: number): void {
    const { starts, terms } = this;
    while (starts.length > 1 && (starts[1] as number) <= index) {
      starts.shift();
      terms.shift();
    }
  }
}
