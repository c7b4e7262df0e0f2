/**
 * What a member must keep, and the form in which the core hands it out. This is the port to the disk.
 *
 * A `Write` is an effect; its completion is the event `written`. Writes are numbered from 1 and take effect in that order, so
 * they fit into one log that all groups of a node share: a write is a few records behind each other, and one sync completes
 * the writes of many groups. `written` with a number means that this write and all before it are on disk.
 *
 * After a crash any first part of the writes may be there, also a first part of the last one in the order hard state,
 * snapshot, entries: the core promises to live with all of them, as long as nothing is missing that `written` was said of.
 */
import { type Entry, RaftLog, type Snapshot } from './log';
import type { Members } from './members';

/** A member's promise: it knows of this term, and this is whom it voted for in it. */
export interface HardState {
  readonly term: number;
  readonly vote: string | null;
}

export interface Write {
  readonly number: number;
  /** Null: as before. The same holds for the snapshot. */
  readonly hardState: HardState | null;
  /** As `RaftLog.install`. */
  readonly snapshot: Snapshot | null;
  /** The index of the first of `entries`. What was kept from there on is void, if there are entries. */
  readonly firstIndex: number;
  readonly entries: readonly Entry[];
}

/** What a member finds when it starts. */
export interface Restored {
  readonly hardState: HardState;
  readonly snapshot: Snapshot;
  /** Those behind the snapshot. */
  readonly entries: readonly Entry[];
}

/** A group's first state. All founders start with the same members; who joins later starts with `NOBODY`. */
export function founding(members: Members): Restored {
  return {
    hardState: { term: 0, vote: null },
    snapshot: { index: 0, term: 0, members, data: Buffer.alloc(0) },
    entries: [],
  };
}

/** What writes add up to, one after the other: the meaning of the port, for whoever keeps it on a disk or in memory. */
export class Kept {
  private hardState: HardState;
  private readonly log: RaftLog;

  constructor(start: Restored) {
    this.hardState = start.hardState;
    this.log = new RaftLog(start.snapshot, start.entries);
  }

  apply({ hardState, snapshot, firstIndex, entries }: Write): void {
    if (hardState !== null) this.hardState = hardState;
    if (snapshot !== null) this.log.install(snapshot);
    if (entries.length === 0) return;
    this.log.truncate(firstIndex);
    this.log.append(entries);
  }

  restored(): Restored {
    const { snapshot } = this.log;
    return { hardState: this.hardState, snapshot, entries: this.log.slice(snapshot.index + 1, Number.POSITIVE_INFINITY) };
  }
}
