/** What a queue begins with that goes on from a copy which this node kept of it. */
import type { QueueStore } from '../../storage/storage';
import type { Shelved } from './backlog';
import type { Held } from './queue';

export interface Inheritance {
  /** In memory; nobody knows which of them were delivered before. */
  readonly held: readonly Held[];
  /** If memory had no room for all: what the store has, by lane, which is everything then. */
  readonly found: readonly Shelved[] | null;
  /** Where the copy was kept; null: the queue begins a place of its own, with nothing in it. */
  readonly store: QueueStore | null;
}

export const NO_INHERITANCE: Inheritance = { held: [], found: null, store: null };
