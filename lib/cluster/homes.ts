/** Changes of queues' homes in the storage of a node whose process is stopped. */
import { keyParts, type StoredBinding, type StoredQueue } from '../broker/catalogue';
import type { Storage } from '../storage/storage';

/** Queues that lived on `node` go, with their bindings. */
export function forgetHomeOffline(storage: Storage, node: string): void {
  const gone = new Set<string>();
  for (const { key, place, queue } of queuesOf(storage)) {
    if (queue.home !== node) continue;
    gone.add(place);
    storage.delete(key);
  }
  for (const [key, value] of [...storage.entries()]) {
    const parts = keyParts(key);
    if (parts?.kind !== 'binding') continue;
    const { toQueue, target } = JSON.parse(value.toString()) as StoredBinding;
    if (toQueue && gone.has(JSON.stringify([parts.names[0], target]))) storage.delete(key);
  }
}

/** Old names of nodes to new ones. */
export function renameHomes(storage: Storage, names: ReadonlyMap<string, string>): void {
  for (const { key, queue } of queuesOf(storage)) {
    const now = names.get(queue.home ?? '');
    if (now !== undefined) storage.put(key, JSON.stringify({ ...queue, home: now }));
  }
}

interface StoredHome {
  readonly key: string;
  /** JSON of vhost and name. */
  readonly place: string;
  readonly queue: StoredQueue;
}

function queuesOf(storage: Storage): StoredHome[] {
  return [...storage.entries()].flatMap(([key, value]) => {
    const parts = keyParts(key);
    if (parts?.kind !== 'queue') return [];
    return [{ key, place: JSON.stringify(parts.names), queue: JSON.parse(value.toString()) as StoredQueue }];
  });
}
