/**
 * What each node held when it was last looked at, so that the picture of a dead node can show it. Who cannot be asked any
 * more holds what was seen last; a lab on the embedded engine looks once more at the moment of the end.
 */
import type { BindingSnapshot, QueueSnapshot, Snapshot } from '../trace/snapshot';

export interface Completed {
  readonly snapshot: Snapshot;
  /** When the oldest part of what was added was seen, lab milliseconds; undefined if there was nothing to add. */
  readonly lastSeen: number | undefined;
}

export class LastSeen {
  /** By node and vhost. */
  private readonly seen = new Map<string, Snapshot>();

  /** Remembers what the nodes that run hold. */
  saw(snapshot: Snapshot): void {
    for (const node of snapshot.nodes) if (!isDown(node)) this.seen.set(keyOf(node.name, snapshot.vhost), snapshot);
  }

  /** What it held is gone. */
  forget(node: string): void {
    for (const key of this.seen.keys()) if ((JSON.parse(key) as readonly string[])[0] === node) this.seen.delete(key);
  }

  /** The snapshot together with what its dead nodes held. Where another node holds a queue by now, that one counts. */
  complete(snapshot: Snapshot): Completed {
    return this.completed(withoutPerished(snapshot));
  }

  private completed(snapshot: Snapshot): Completed {
    const down = downIn(snapshot);
    // Of a quorum queue its members tell, also while nobody leads.
    const told = snapshot.queues.filter(({ node, kind }) => !down.includes(node) || kind === 'quorum');
    const alive = new Set(told.map(({ name }) => name));
    const all = down.length === snapshot.nodes.length;
    const held = down.flatMap((node) => {
      const part = this.seen.get(keyOf(node, snapshot.vhost));
      if (part === undefined) return [];
      const lives = (queue: QueueSnapshot): boolean => queue.node === node && !alive.has(queue.name);
      // A queue that does not outlive its node is gone for the others, and waits for nothing.
      return [{ part, queues: part.queues.filter((queue) => lives(queue) && (all || (queue.durable && !queue.exclusive))) }];
    });
    const parts = all ? held : held.filter(({ queues }) => queues.length > 0);
    if (parts.length === 0) return { snapshot, lastSeen: undefined };
    const queues = parts.flatMap((part) => part.queues);
    const lastSeen = Math.min(...parts.map(({ part }) => part.at));
    const snapshots = parts.map(({ part }) => part);
    return { snapshot: all ? everything(snapshot, snapshots, queues) : withQueues(snapshot, snapshots, queues), lastSeen };
  }
}

function downIn({ nodes }: Snapshot): string[] {
  return nodes.filter(isDown).map(({ name }) => name);
}

/** Nodes that run may not have noticed yet that a queue went with its node, for it was neither durable nor mirrored. */
function withoutPerished(snapshot: Snapshot): Snapshot {
  const down = downIn(snapshot);
  const perished = ({ node, durable, mirrors = [] }: QueueSnapshot): boolean =>
    down.includes(node) && !durable && mirrors.length === 0;
  return { ...snapshot, queues: snapshot.queues.filter((queue) => !perished(queue)) };
}

function keyOf(node: string, vhost: string): string {
  return JSON.stringify([node, vhost]);
}

function isDown({ state }: Snapshot['nodes'][number]): boolean {
  return state === 'killed' || state === 'stopped' || state === 'app stopped';
}

/** No node runs: clients, exchanges and consumers are those of the last look as well. */
function everything(snapshot: Snapshot, parts: readonly Snapshot[], queues: Snapshot['queues']): Snapshot {
  const names = new Set(queues.map(({ name }) => name));
  return {
    ...snapshot,
    connections: unique(
      parts.flatMap((part) => part.connections),
      ({ connection }) => connection,
    ),
    exchanges: unique(
      parts.flatMap((part) => part.exchanges),
      ({ name }) => name,
    ),
    queues,
    bindings: unique(
      parts.flatMap((part) => part.bindings),
      bindingKey,
    ),
    consumers: unique(
      parts.flatMap((part) => part.consumers.filter(({ queue }) => names.has(queue))),
      ({ connection, channel, consumerTag }) => JSON.stringify([connection, channel, consumerTag]),
    ),
  };
}

/**
 * Other nodes run: added are the queues of the dead ones, the way to them, and nobody who consumes them. A node that runs and
 * does not list a queue has no mirror of it, whatever was seen before: it is blank, or was told to forget.
 */
function withQueues(snapshot: Snapshot, parts: readonly Snapshot[], queues: Snapshot['queues']): Snapshot {
  const names = new Set(queues.map(({ name }) => name));
  const bindings = parts.flatMap((part) => part.bindings.filter(({ toQueue, destination }) => toQueue && names.has(destination)));
  const sources = new Set(bindings.map(({ source }) => source));
  const exchanges = parts.flatMap((part) => part.exchanges.filter(({ name }) => sources.has(name)));
  return {
    ...snapshot,
    exchanges: unique([...snapshot.exchanges, ...exchanges], ({ name }) => name),
    queues: [...snapshot.queues.filter(({ name }) => !names.has(name)), ...queues.map((queue) => asLeft(queue, snapshot))],
    bindings: unique([...snapshot.bindings, ...bindings], bindingKey),
  };
}

function asLeft(queue: QueueSnapshot, { nodes, queues }: Snapshot): QueueSnapshot {
  const left = { ...queue, consumers: 0 };
  if (queue.mirrors === undefined || queues.some(({ name }) => name === queue.name)) return left;
  const down = new Set(nodes.filter(isDown).map(({ name }) => name));
  return { ...left, mirrors: queue.mirrors.filter(({ node }) => down.has(node)) };
}

function bindingKey({ source, destination, toQueue, routingKey, arguments: given }: BindingSnapshot): string {
  return JSON.stringify([source, destination, toQueue, routingKey, given], (_, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
}

/** The first of each key, in the given order. */
function unique<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  const first = new Map<string, T>();
  for (const item of items) if (!first.has(keyOf(item))) first.set(keyOf(item), item);
  return [...first.values()];
}
