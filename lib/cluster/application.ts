/**
 * One life of a node's application, from start_app to stop_app: a broker on the node's storage, and the parts of it that talk to
 * other nodes.
 */
import type { BrokerOptions } from '../broker/api';
import { Broker } from '../broker/broker';
import { type DefinitionChange, keyParts } from '../broker/catalogue';
import type { ClusterPort } from '../broker/cluster-port';
import type { Mirror, Queue } from '../broker/queue/queue';
import type { Storage } from '../storage/storage';
import type { World } from '../world/world';
import { Definitions } from './metadata/definitions';
import type { MirrorCommands } from './mirror/mirror-commands';
import type { ClusterPart, PartHost } from './part';
import type { PeerMessage } from './links/peer-frames';
import type { QuorumCommands } from './quorum/quorum-commands';

/** What a life of the application stands on. */
export interface Ground {
  readonly world: World;
  readonly storage: Storage;
  /** The life is over: the storage is closed or abandoned. */
  end(): void;
}

/** The parts that talk about queues, and make them. */
export interface QueueParts extends Pick<ClusterPort, 'queue' | 'ruled' | 'relocated' | 'homeOf'> {
  /** The member is forgotten on which a queue waits for its home. In a turn. */
  abandonHome(queue: Queue): void;
  /** Null where nothing is mirrored. */
  readonly mirrors: MirrorCommands | null;
  /** Null where there are no quorum queues. */
  readonly quorum: QuorumCommands | null;
  /** By name. */
  readonly parts: ReadonlyMap<string, ClusterPart>;
}

export interface QueuePartsHost extends PartHost {
  readonly world: World;
  readonly storage: Storage;
  /** Not before the broker is made: while that restores its definitions, it asks for queues already. */
  readonly broker: Broker;
  /** As `ClusterPort.change`. */
  change(make: () => void, done: () => void): void;
}

export type MakeQueueParts = (host: QueuePartsHost) => QueueParts;

export interface ApplicationOptions {
  readonly self: string;
  readonly broker: Omit<BrokerOptions, 'storage' | 'cluster'>;
  readonly makeQueueParts: MakeQueueParts;
  send(to: string, message: PeerMessage, body?: Buffer): void;
  membership(change: DefinitionChange, from: string): void;
}

export class Application {
  readonly broker: Broker;
  readonly definitions: Definitions;
  private readonly queueParts: QueueParts;
  private current: readonly string[];
  /** While this node is being let in: who will run then. Null before and after. */
  private coming: readonly string[] | null = null;
  /** Who ran when the definitions were copied, and went meanwhile: the parts hear of them when they hear anything at all. */
  private left: readonly string[] = [];
  /** What came for the parts meanwhile. */
  private early: Array<() => void> = [];
  private stopping = false;
  /** Members agree about who runs. */
  private agrees = true;
  /** Ends the stop that waits for others. */
  private leaving: (() => void) | null = null;

  /** Builds the definitions that its storage has; with `copied`, exactly these. Throws what the storage throws. */
  constructor(
    readonly ground: Ground,
    options: ApplicationOptions,
    copied: readonly DefinitionChange[] | null,
  ) {
    const { world, storage } = ground;
    const { self, send } = options;
    this.current = [self];
    if (copied !== null) replaceDefinitions(storage, copied, self);
    const app = this;
    const host: QueuePartsHost = {
      self,
      world,
      storage,
      send,
      get running() {
        return app.current;
      },
      get broker() {
        return app.broker;
      },
      change: (make, done) => app.definitions.change(make, done),
    };
    this.queueParts = options.makeQueueParts(host);
    const { queue, ruled, relocated, homeOf } = this.queueParts;
    const cluster: ClusterPort = {
      self,
      get running() {
        return app.current;
      },
      change: host.change,
      queue,
      ruled,
      relocated,
      homeOf,
    };
    this.broker = new Broker(world, { ...options.broker, storage, cluster });
    if (copied !== null) this.broker.takeOver(copied.filter(({ lasting }) => !lasting));
    const { membership } = options;
    this.definitions = new Definitions({ self, broker: this.broker, storage, send, membership }, world.clock.epochMs());
  }

  /** For the tools. */
  get mirrors(): MirrorCommands | null {
    return this.queueParts.mirrors;
  }

  get quorum(): QuorumCommands | null {
    return this.queueParts.quorum;
  }

  abandonHome(queue: Queue): void {
    this.queueParts.abandonHome(queue);
  }

  /** In a turn: the queue lives there from now on, under its definition as it was. */
  relocate(queue: Queue, home: string, mirrors: readonly Mirror[] | null): void {
    this.queueParts.relocated(queue, home, mirrors);
    this.broker.catalogue.queueRelocated(queue.vhost.queues.get(queue.name) as Queue);
  }

  get running(): readonly string[] {
    return this.coming ?? this.current;
  }

  /** A member lets this node in: `running` will run then. `turns`: those of that member. */
  enter(running: readonly string[], turns: Readonly<Record<string, number>>): void {
    this.coming = running;
    this.definitions.enter(running, turns);
  }

  /** All others know that this node runs. */
  entered(): void {
    const running = this.coming ?? this.current;
    this.coming = null;
    this.current = running;
    for (const name of this.left) this.down(name);
    for (const name of running) if (name !== this.definitions.self) this.up(name);
    for (const deliver of this.early.splice(0)) deliver();
  }

  /** Who runs has changed. In the order of the member list, this node among them. */
  runs(running: readonly string[]): void {
    if (this.coming !== null) {
      this.left = [...this.left, ...this.coming.filter((name) => !running.includes(name))];
      this.coming = running;
      this.definitions.members(running);
      return;
    }
    const before = this.current;
    this.current = running;
    this.definitions.members(running, () => {
      for (const name of before) if (!running.includes(name)) this.down(name);
    });
    for (const name of running) if (!before.includes(name)) this.up(name);
  }

  message(from: string, message: PeerMessage, body: Buffer): void {
    const part = message.type.slice(0, message.type.indexOf('.'));
    if (part === 'metadata') this.definitions.message(from, message);
    // What was said of messages has been written down: who takes one from now on would not be called the first afterwards.
    else if (this.stopping) return;
    else if (this.coming !== null) this.early.push(() => this.message(from, message, body));
    else this.queueParts.parts.get(part)?.message(from, message, body);
  }

  /**
   * Orderly; calls `done` when everything is on the disk. `agrees`: and when the others know what ended with its clients. Members
   * that do not agree about who runs would wait for that in vain.
   */
  stop(done: () => void, agrees: boolean): void {
    this.stopping = true;
    this.agrees = agrees;
    for (const part of this.queueParts.parts.values()) part.leaving?.();
    const end = (): void => {
      this.leaving = null;
      this.definitions.end();
      this.endParts();
      this.ground.end();
      done();
    };
    this.broker.stop(() => {
      if (!this.agrees) {
        end();
        return;
      }
      this.leaving = end;
      this.definitions.leave(end);
    });
  }

  /** While it stops: members do not agree any more. */
  disagrees(): void {
    this.agrees = false;
    this.leaving?.();
  }

  kill(): void {
    this.definitions.end();
    this.endParts();
    this.broker.kill();
    this.ground.end();
  }

  private endParts(): void {
    for (const part of this.queueParts.parts.values()) part.stop?.();
  }

  private up(name: string): void {
    this.broker.homeUp();
    for (const part of this.queueParts.parts.values()) part.nodeUp(name);
  }

  private down(name: string): void {
    for (const part of this.queueParts.parts.values()) part.nodeDown(name);
    this.broker.homeDown(name);
  }
}

/** Replaces what the storage had defined. Messages go of queues that are not defined any more, are others, or live elsewhere. */
function replaceDefinitions(storage: Storage, copied: readonly DefinitionChange[], self: string): void {
  const lasting = new Map(copied.filter((change) => change.lasting).map(({ key, value }) => [key, value as string]));
  for (const [key, value] of [...storage.entries()]) {
    const parts = keyParts(key);
    if (parts === null) continue;
    const now = lasting.get(key);
    if (parts.kind === 'queue' && (idOf(now) !== idOf(value.toString()) || homeOf(now) !== self)) {
      storage.queue(JSON.stringify(parts.names), 1, true)?.destroy();
    }
    if (now === undefined) storage.delete(key);
  }
  const known = new Map([...storage.entries()].map(([key, value]) => [key, value.toString()]));
  for (const [key, value] of lasting) if (known.get(key) !== value) storage.put(key, value);
}

function homeOf(queue: string | undefined): unknown {
  return queue === undefined ? undefined : (JSON.parse(queue) as { readonly home?: string }).home;
}

function idOf(queue: string | undefined): unknown {
  return queue === undefined ? undefined : (JSON.parse(queue) as { readonly id?: string }).id;
}
