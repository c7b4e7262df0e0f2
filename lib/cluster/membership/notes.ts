/** What a node writes down of its cluster, and where. */
import type { ClusterView } from './membership';

export interface Notes {
  readonly view: ClusterView;
  /** `force_boot`: the next start does not wait for anybody. */
  readonly forced: boolean;
  /** `rename_cluster_node`: old and new names, until the node has started. The view still has the old ones. */
  readonly renaming?: ReadonlyArray<readonly [string, string]>;
  /** Milliseconds since 1970 at which the node stopped its application itself; absent: it did not since that ran last. */
  readonly pausedAt?: number;
}

/**
 * The place for them. What was written stays, whatever happens to the process; a crash in between leaves what was there before.
 */
export interface NotePad {
  /** Null if nothing was written: the node is a cluster of one. */
  read(): Notes | null;
  write(notes: Notes): void;
}

/** For nodes that keep nothing beyond their process, and for tests: whoever holds it decides how long it lasts. */
export class MemoryNotePad implements NotePad {
  private notes: Notes | null = null;

  read(): Notes | null {
    return this.notes;
  }

  write(notes: Notes): void {
    this.notes = notes;
  }
}
