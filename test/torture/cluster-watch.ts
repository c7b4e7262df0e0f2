/**
 * What a cluster under faults was seen to do, from outside: the state of its queues several times a second, by the same listings
 * on both engines. It explains losses; so it may say that a copy was not in sync which has caught up meanwhile.
 */
import type { Lab } from './built-lab';
import type { QueueSnapshot, Snapshot } from '../../lib/trace/snapshot';
import type { TraceEvent } from '../../lib/trace/events';
import { sleep } from './cluster-faults';

const EVERY_MS = 200;

export class ClusterWatch {
  /** Promotions that were seen, as the engine would tell them. */
  readonly events: TraceEvent[] = [];
  /** Nodes that ran saw each other go and come back. */
  apart = false;
  private readonly homes = new Map<string, ReadonlySet<string>>();
  private readonly synchronised = new Map<string, ReadonlySet<string>>();
  private watching = true;
  private readonly done: Promise<void>;

  constructor(private readonly lab: Lab) {
    this.done = this.watch();
  }

  async end(): Promise<void> {
    this.watching = false;
    await this.done;
  }

  private async watch(): Promise<void> {
    while (this.watching) {
      // A node that dies while it is asked has nothing to say.
      const snapshot = await this.lab.snapshot().catch(() => null);
      if (snapshot !== null) this.saw(snapshot);
      await sleep(EVERY_MS);
    }
  }

  private saw({ nodes, queues }: Snapshot): void {
    if (nodes.some(({ partitionedFrom = [] }) => partitionedFrom.length > 0)) this.apart = true;
    const mirrored = queues.filter(({ kind }) => kind === 'mirrored');
    for (const name of new Set(mirrored.map((queue) => queue.name))) {
      this.sawQueue(
        name,
        mirrored.filter((queue) => queue.name === name && (queue.state ?? 'running') === 'running'),
      );
    }
  }

  /** On the sides of a partition each may have a home. */
  private sawQueue(queue: string, parts: readonly QueueSnapshot[]): void {
    const before = this.homes.get(queue);
    const synchronised = this.synchronised.get(queue);
    for (const { node } of parts) {
      if (before === undefined || before.has(node)) continue;
      const promoted = { type: 'queue.promoted', vhost: '/', queue, from: [...before].join(' '), lost: null } as const;
      const seen = { seq: this.events.length + 1, at: Date.now(), node };
      this.events.push({ ...seen, ...promoted, synchronised: synchronised?.has(node) ?? true });
    }
    if (parts.length === 0) return;
    this.homes.set(queue, new Set(parts.map(({ node }) => node)));
    const inSync = parts.flatMap(({ mirrors = [] }) => mirrors.filter((mirror) => mirror.synchronised).map(({ node }) => node));
    this.synchronised.set(queue, new Set(inSync));
  }
}
