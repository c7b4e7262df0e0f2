/** What the inner parts of a broker share: the world, the storage, the trace, the place for dead letters. */
import type { Storage } from '../storage/storage';
import type { EventBody } from '../trace/events';
import type { TraceSink } from '../trace/sink';
import type { World } from '../world/world';
import type { Catalogue } from './catalogue';
import type { ClusterPort } from './cluster-port';
import type { Ruling, Subject } from './policies';
import type { MemoryBudget } from './queue/memory-budget';
import type { DeadLetters } from './queue/queue';

export interface Host {
  readonly nodeName: string;
  readonly world: World;
  readonly storage: Storage;
  readonly catalogue: Catalogue;
  readonly trace: TraceSink;
  readonly deadLetters: DeadLetters;
  readonly memoryBudget: MemoryBudget;
  /** Null on a node that can be in no cluster. */
  readonly cluster: ClusterPort | null;
  /** The policies that rule a queue or exchange; null without any. */
  ruling(vhost: string, kind: Subject, name: string): Ruling | null;
  /** Puts an event of this node into the trace if anybody listens. On hot paths ask `trace.active` first and spare the object. */
  emit(event: EventBody): void;
}
