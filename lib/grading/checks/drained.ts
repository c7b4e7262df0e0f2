/** Drained in the end: once faults have stopped, nothing is left over. */
import type { QueueSnapshot, Snapshot } from '../../trace/snapshot';

/** Those of the named queues that hold messages, waiting or given out, and those that do not exist. */
export function undrained(
  { queues }: Pick<Snapshot, 'queues'>,
  names: readonly string[],
): { readonly queue: string; readonly ready: number; readonly unacked: number; readonly exists: boolean }[] {
  const found = new Map<string, QueueSnapshot>(queues.map((queue) => [queue.name, queue]));
  return names.flatMap((queue) => {
    const { ready = 0, unacked = 0 } = found.get(queue) ?? {};
    const exists = found.has(queue);
    return exists && ready + unacked === 0 ? [] : [{ queue, ready, unacked, exists }];
  });
}
