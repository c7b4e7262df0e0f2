/**
 * A node that is this process: a broker with a storage in a folder that it locks, and a control socket under its name.
 *
 *   new LocalNode: lock the name, lock the folder ─▶ start: control socket ─▶ storage ─▶ broker ─▶ listeners
 *
 * What tools call the application (`stop_app`, `start_app`) is the broker with its storage; the rest stays meanwhile. A disk that
 * fails ends the node at once: what clients were told is kept is on it, and nobody knows more.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { BrokerApi, BrokerOptions } from '../broker/api';
import type { Broker } from '../broker/broker';
import { VERSION } from '../broker/handshake';
import type { Ground } from '../cluster/application';
import { ClusterCommands } from '../cluster/membership/cluster-commands';
import { ClusterNode } from '../cluster/cluster-node';
import { MemoryNotePad } from '../cluster/membership/notes';
import { portrait } from '../cluster/portrait';
import type { MemberFacts } from '../control/cluster-control';
import { answerMember } from '../control/commands/listings';
import type { ControlNode, ControlTarget, ListenerCertificates, NodePlaces, PluginStore } from '../control/target';
import { runTool } from '../control/tool';
import { openLogStorage } from '../storage/log-storage';
import { MemoryStorage } from '../storage/storage';
import type { NodeSnapshot, Snapshot } from '../trace/snapshot';
import { LiveDisk } from '../world/live-disk';
import { LiveWorld } from '../world/live';
import type { Address, Log, TlsOptions } from '../world/world';
import { ClusterNotes } from './cluster-notes';
import type { ClusterSettings } from './cluster-settings';
import { filesSeenFrom } from './control-files';
import { type Controlled, ControlServer } from './control-server';
import { FolderLock, isLockFile } from './folder-lock';
import { LOG_LEVELS, type LogLevel } from './log-form';
import { thisMachine } from './machine';
import { messageMemory } from './probes';
import type { RuntimeFolder } from './runtime-folder';

export interface LocalNodeOptions {
  /** `rabbit1@host`. */
  readonly nodename: string;
  /** Of the node's own; null: everything ends with the process. */
  readonly dataFolder: string | null;
  readonly listeners: readonly ListenAt[];
  /** Where tools find the node; null: they do not. */
  readonly runtime: RuntimeFolder | null;
  readonly log: Log;
  readonly broker: Omit<BrokerOptions, 'nodeName' | 'storage' | 'trace'>;
  /** Told of each new broker before it serves. */
  readonly prepare?: (broker: BrokerApi) => void;
  /** Of a node with a folder and a runtime folder. */
  readonly peers?: PeersAt;
  readonly places?: NodePlaces;
  readonly plugins?: PluginStore;
  readonly setLogLevel?: (level: LogLevel) => void;
}

export interface ListenAt {
  readonly at: Address;
  readonly tls?: TlsOptions;
  /** Where those of `tls` came from, for tools. */
  readonly certificates?: ListenerCertificates;
}

/** Where the node listens for others of its cluster; absent: it can be in none. */
export interface PeersAt {
  readonly at: Address;
  readonly settings?: ClusterSettings;
}

/** One listener could not be had. */
export class ListenFailed extends Error {
  override readonly name = 'ListenFailed';
  constructor(
    readonly at: Address,
    readonly reason: NodeJS.ErrnoException,
  ) {
    super(reason.message);
  }
}

/** Milliseconds that a caller of the control socket is given to hear the end of its answer. */
const LAST_WORDS_MS = 1000;

export class LocalNode {
  /** Resolves if the disk fails, with the reason. The node is down then. */
  readonly fallen: Promise<Error>;
  /** Resolves when a tool has stopped the node. */
  readonly ended: Promise<void>;
  private end: () => void = () => undefined;
  private fall: (error: Error) => void = () => undefined;
  private readonly node: ClusterNode;
  private readonly cluster: ClusterCommands<MemberFacts>;
  private peersAt: Address | null = null;
  private readonly locks: FolderLock[] = [];
  private readonly startedAt = performance.now();
  private control: ControlServer | null = null;
  private listeners: readonly ListenAt[];
  private ending = false;
  /** Since the application has begun to serve, where, in the order of the listeners; null while it does not. */
  private bound: readonly Address[] | null = null;
  private booted = false;
  private readonly awaiting = new Set<() => void>();

  /** Takes name and folder. Throws `FolderInUse`. */
  constructor(private readonly options: LocalNodeOptions) {
    const { nodename, dataFolder, runtime } = options;
    this.listeners = options.listeners;
    this.fallen = new Promise((resolve) => {
      this.fall = (error) => {
        this.node.kill();
        resolve(error);
      };
    });
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
    const who = `node ${nodename}`;
    try {
      if (runtime !== null) this.locks.push(FolderLock.take(runtime.nodeFolder(nodename), who));
      if (dataFolder !== null) this.locks.push(FolderLock.take(dataFolder, who));
    } catch (error) {
      this.leave();
      throw error;
    }
    this.node = this.newNode();
    this.cluster = new ClusterCommands({
      node: this.node,
      wipe: async () => this.forgetAll(),
      facts: () => this.facts(),
      answer: async (question) => answerMember(this.asControlNode(), { now: () => this.uptimeMs }, question),
    });
  }

  /**
   * Serves clients and tools; resolves with where clients are served, in the order of the listeners. Rejects, and lets go of
   * everything, with `StorageDamaged`, `DiskError`, `ListenFailed`, and what certificates have against them.
   */
  async start(): Promise<readonly Address[]> {
    try {
      const { runtime, nodename } = this.options;
      // First, so that tools can wait for a start that takes long.
      if (runtime !== null)
        this.control = await ControlServer.listen(runtime.socketOf(nodename), runtime.cookie(), this.controlled());
      await this.openPeers();
      const bound = await this.startApplication();
      this.booted = true;
      return bound;
    } catch (error) {
      this.kill();
      throw error;
    }
  }

  /** Orderly; resolves when everything is on disk, or when the disk has failed. */
  async stop(): Promise<void> {
    await this.stopApplication();
    this.node.close(() => undefined);
    this.leave();
  }

  /** At once: what was not confirmed may be lost. */
  kill(): void {
    this.node.kill();
    this.bound = null;
    this.leave();
  }

  private leave(): void {
    this.control?.close();
    for (const lock of this.locks.splice(0)) lock.release();
  }

  // --- the node in its cluster ---

  private newNode(): ClusterNode {
    const { nodename, dataFolder, runtime, log, prepare, broker, peers } = this.options;
    const world = new LiveWorld({ log });
    return new ClusterNode(world, {
      self: nodename,
      cookie: peers === undefined || runtime === null ? '' : runtime.cookie(),
      addressOf: (other) => runtime?.peerOf(nodename, other) ?? null,
      notes: dataFolder === null ? new MemoryNotePad() : new ClusterNotes(dataFolder),
      begin: () => this.begin(world),
      broker: { messageMemory: messageMemory(), ...broker, nodeName: nodename },
      ...(prepare === undefined ? {} : { prepare }),
      serve: (made, done) => this.serve(made, done),
      ...peers?.settings,
    });
  }

  private begin(world: LiveWorld): Ground {
    const { dataFolder } = this.options;
    if (dataFolder === null) return { world, storage: new MemoryStorage(), end: () => undefined };
    const disk = new LiveDisk(dataFolder);
    const storage = openLogStorage(world, disk, { failed: (error) => this.fall(error) });
    return { world, storage, end: () => disk.close() };
  }

  /** Without peers the node is in no cluster, and nobody can reach it but clients and tools. */
  private async openPeers(): Promise<void> {
    const { peers, runtime, nodename } = this.options;
    if (peers === undefined || runtime === null) return;
    const { at } = peers;
    this.peersAt = await new Promise<Address>((resolve, reject) => {
      this.node.open(at, (error, to) => (to === null ? reject(new ListenFailed(at, error as Error)) : resolve(to)));
    });
    runtime.announce(nodename, this.peersAt);
  }

  private facts(): MemberFacts {
    const clients = this.asControlNode().listeners.map(({ host, port, tls }) => {
      const protocol = tls === null ? ('amqp' as const) : ('amqp/ssl' as const);
      return { host, port, protocol };
    });
    const others = this.peersAt === null ? [] : [{ ...this.peersAt, protocol: 'clustering' as const }];
    return { version: `Warren ${VERSION}`, listeners: [...others, ...clients], alarms: this.node.broker?.alarms ?? [] };
  }

  // --- the application ---

  private async startApplication(): Promise<readonly Address[]> {
    const started = new Promise<void>((resolve, reject) => {
      this.node.startApp((error) => (error === null ? resolve() : reject(error)));
    });
    const failure = await Promise.race([started, this.fallen]);
    if (failure !== undefined) throw failure;
    return this.bound ?? [];
  }

  /** All listeners, or none. */
  private async serve(broker: Broker, done: (error: Error | null) => void): Promise<void> {
    const bound: Address[] = [];
    try {
      for (const listener of this.listeners) bound.push(await this.listen(broker, listener));
    } catch (error) {
      done(error as Error);
      return;
    }
    // A port that the system chose is kept when the application is started again.
    this.listeners = this.listeners.map((listener, i) => ({
      ...listener,
      at: { ...listener.at, port: (bound[i] as Address).port },
    }));
    this.bound = bound;
    for (const tell of [...this.awaiting]) tell();
    done(null);
  }

  private async listen(broker: Broker, { at, tls }: ListenAt): Promise<Address> {
    const bound = new Promise<Address>((resolve, reject) => {
      broker.listen(at, (error, to) => (to === null ? reject(new ListenFailed(at, error as Error)) : resolve(to)), tls);
    });
    const outcome = await Promise.race([bound, this.fallen]);
    if (outcome instanceof Error) throw outcome;
    return outcome;
  }

  /** Resolves with true once the application serves, with false after so many milliseconds. */
  private whenStarted(limitMs: number): Promise<boolean> {
    if (this.serving) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (started: boolean): void => {
        clearTimeout(timer);
        this.awaiting.delete(tell);
        resolve(started);
      };
      const tell = (): void => end(true);
      const timer = setTimeout(() => end(false), limitMs);
      this.awaiting.add(tell);
    });
  }

  /** The application serves clients; between two of its lives, and while it begins one, it does not. */
  private get serving(): boolean {
    return this.bound !== null && this.node.broker !== null;
  }

  private async stopApplication(): Promise<void> {
    const stopped = new Promise<void>((resolve) => this.node.stopApp(resolve));
    this.bound = null;
    await Promise.race([stopped, this.fallen]);
  }

  /** Everything goes but the lock. */
  private forgetAll(): void {
    const { dataFolder } = this.options;
    if (dataFolder === null) return;
    for (const name of fs.readdirSync(dataFolder)) {
      if (!isLockFile(name)) fs.rmSync(path.join(dataFolder, name), { recursive: true, force: true });
    }
  }

  // --- tools ---

  private controlled(): Controlled {
    const { nodename } = this.options;
    const node = this.asControlNode();
    const self = this;
    return {
      nodename,
      get ending() {
        return self.ending;
      },
      run: ({ tool, args, folder, input }) => {
        const target: ControlTarget = { nodes: [node], now: () => this.uptimeMs, files: filesSeenFrom(folder), input };
        return runTool(tool, args, target);
      },
      snapshot: (vhost, at) => this.snapshot(vhost, at),
      setAlarm: (resource, on) => this.node.broker?.setAlarm(resource, on),
    };
  }

  private snapshot(vhost: string, at: number): Snapshot {
    const { node } = this;
    const broker = node.broker?.snapshot(vhost, at);
    const state = broker === undefined ? 'app stopped' : 'running';
    const self: NodeSnapshot = { name: node.self, state, ...portrait(node.view, node.partitions) };
    return { at, vhost, connections: [], exchanges: [], queues: [], bindings: [], consumers: [], ...broker, nodes: [self] };
  }

  private get uptimeMs(): number {
    return performance.now() - this.startedAt;
  }

  private asControlNode(): ControlNode {
    const self = this;
    const { nodename, places, plugins, setLogLevel } = this.options;
    return {
      name: nodename.split('@', 1)[0] as string,
      nodename,
      osPid: process.pid,
      version: `Warren ${VERSION}`,
      machine: thisMachine(),
      get broker() {
        return self.serving ? self.node.broker : null;
      },
      get appStopped() {
        return !self.serving;
      },
      get booting() {
        return !self.booted;
      },
      get listeners() {
        return self.listeners.map(({ at: { host, port }, certificates = null }) => ({ host, port, tls: certificates }));
      },
      get uptimeMs() {
        return self.uptimeMs;
      },
      ...(places === undefined ? {} : { places }),
      ...(plugins === undefined ? {} : { plugins }),
      ...(setLogLevel === undefined ? {} : { setLogLevel: (level) => setLogLevel(thresholdOf(level)) }),
      ...(self.options.peers === undefined ? {} : { cluster: self.cluster }),
      get mirrors() {
        return self.node.application?.mirrors ?? undefined;
      },
      get quorum() {
        return self.node.application?.quorum ?? undefined;
      },
      lifecycle: {
        stopApp: () => self.stopApplication(),
        startApp: async () => {
          if (!self.serving) await self.startApplication();
        },
        whenStarted: (limitMs) => self.whenStarted(limitMs),
        reset: () => self.cluster.leave(true),
        stop: async () => {
          await self.stopApplication();
          self.node.close(() => undefined);
          self.ending = true;
          void self.leaveLater();
        },
      },
    };
  }

  /** The tool that stopped the node hears so before the process ends. */
  private async leaveLater(): Promise<void> {
    await this.control?.quiet(LAST_WORDS_MS);
    this.leave();
    this.end();
  }
}

function thresholdOf(level: string): LogLevel {
  const found = LOG_LEVELS.find((known) => known === level);
  if (found === undefined) throw new Error(`'${level}' is no level of the log; there are ${LOG_LEVELS.join(', ')}.`);
  return found;
}
