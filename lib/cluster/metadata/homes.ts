/** Changes of queues' homes in the storage of a node whose process is stopped. */
import { argsOf, keyParts, type StoredBinding, type StoredQueue } from '../../broker/catalogue';
import { settingsOf } from '../../broker/queue/settings';
import type { Storage } from '../../storage/storage';

/**
 * Queues that lived on `node` go, with their bindings; those that `self` has mirrored live here from now on, with whatever the
 * mirror had.
 */
export function forgetHomeOffline(storage: Storage, node: string, self: string): void {
  const gone = new Set<string>();
  for (const { key, place, queue } of queuesOf(storage)) {
    if (queue.home !== node) continue;
    if (queue.mirrors?.some((mirror) => mirror.node === self)) {
      storage.put(key, JSON.stringify({ ...queue, home: self, mirrors: [] }));
      noteRedelivered(storage, place, queue);
      continue;
    }
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

/** Nobody here knows what the home had delivered. */
function noteRedelivered(storage: Storage, place: string, { args }: StoredQueue): void {
  const lanes = settingsOf(argsOf(args), null).maxPriority + 1;
  const store = storage.queue(place, lanes, true);
  for (const { first, end } of store?.recovered() ?? []) {
    for (let position = first; position < end; position += lanes) if (store?.has(position)) store.noteRedelivered(position);
  }
}

interface StoredHome {
  readonly key: string;
  /** JSON of vhost and name. */
  readonly place: string;
  readonly queue: StoredQueue;
}

export function queuesOf(storage: Storage): StoredHome[] {
  return [...storage.entries()].flatMap(([key, value]) => {
    const parts = keyParts(key);
    if (parts?.kind !== 'queue') return [];
    return [{ key, place: JSON.stringify(parts.names), queue: JSON.parse(value.toString()) as StoredQueue }];
  });
}
