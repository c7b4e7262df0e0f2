/**
 * A node that is this process: a broker with a storage in a folder that it locks, and a control socket under its name.
 *
 *   open: lock the name, lock the folder ─▶ storage ─▶ broker ─▶ listen ─▶ control socket
 *
 * A disk that fails ends the node at once: what clients were told is kept is on it, and nobody knows more.
 */
import type { BrokerApi, BrokerOptions } from '../broker/api';
import { createBroker } from '../broker/broker';
import { VERSION } from '../broker/handshake';
import type { ControlNode, ControlTarget } from '../control/target';
import { openLogStorage } from '../storage/log-storage';
import { LiveDisk } from '../world/live-disk';
import { LiveWorld } from '../world/live';
import type { Address, Log, TlsOptions } from '../world/world';
import { ControlServer } from './control-server';
import { FolderLock } from './folder-lock';
import type { RuntimeFolder } from './runtime-folder';
import { runTool } from './tools';

export interface LocalNodeOptions {
  /** `rabbit1@host`. */
  readonly nodename: string;
  /** Of the node's own; null: everything ends with the process. */
  readonly dataFolder: string | null;
  /** Where tools find the node; null: they do not. */
  readonly runtime: RuntimeFolder | null;
  readonly log: Log;
  readonly broker: Omit<BrokerOptions, 'nodeName' | 'storage' | 'trace'>;
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

export class LocalNode {
  readonly broker: BrokerApi;
  /** Resolves if the disk fails, with the reason. The node is down then. */
  readonly fallen: Promise<Error>;
  private readonly locks: readonly FolderLock[];
  private readonly target: ControlTarget;
  private readonly startedAt = performance.now();
  private control: ControlServer | null = null;
  private port = 0;

  /**
   * Locks and reads what there is; nobody is served yet. Throws `FolderInUse`, `StorageDamaged`, `DiskError`, and what the
   * certificates and options have against them.
   */
  constructor(private readonly options: LocalNodeOptions) {
    const { nodename, dataFolder, runtime, log } = options;
    const who = `node ${nodename}`;
    const world = new LiveWorld({ log });
    let fail: (error: Error) => void = () => undefined;
    this.fallen = new Promise((resolve) => {
      fail = (error) => {
        this.broker.kill();
        resolve(error);
      };
    });
    const locks: FolderLock[] = [];
    try {
      if (runtime !== null) locks.push(FolderLock.take(runtime.nodeFolder(nodename), who));
      if (dataFolder !== null) locks.push(FolderLock.take(dataFolder, who));
      const storage =
        dataFolder === null
          ? {}
          : { storage: openLogStorage(world, new LiveDisk(dataFolder), { failed: (error) => fail(error) }) };
      this.broker = createBroker(world, { ...options.broker, nodeName: nodename, ...storage });
    } catch (error) {
      for (const lock of locks) lock.release();
      throw error;
    }
    this.locks = locks;
    this.target = { nodes: [this.asControlNode()], now: () => performance.now() - this.startedAt };
  }

  /** Serves clients at one more address. Rejects with `ListenFailed`, or with why the disk failed. */
  async listen(at: Address, tls?: TlsOptions): Promise<Address> {
    const bound = new Promise<Address>((resolve, reject) => {
      this.broker.listen(at, (error, to) => (to === null ? reject(new ListenFailed(at, error as Error)) : resolve(to)), tls);
    });
    const outcome = await Promise.race([bound, this.fallen]);
    if (outcome instanceof Error) throw outcome;
    if (tls === undefined) this.port ||= outcome.port;
    return outcome;
  }

  /** Lets tools and labs reach the node. */
  async openControl(): Promise<void> {
    const { runtime, nodename } = this.options;
    if (runtime === null) return;
    this.control = await ControlServer.listen(runtime.socketOf(nodename), runtime.cookie(), {
      nodename,
      run: (tool, args) => runTool(tool, args, this.target),
      snapshot: (vhost, at) => this.broker.snapshot(vhost, at),
      setAlarm: (resource, on) => this.broker.setAlarm(resource, on),
    });
  }

  /** Orderly; resolves when everything is on disk, or when the disk has failed. */
  async stop(): Promise<void> {
    await Promise.race([new Promise<void>((resolve) => this.broker.stop(resolve)), this.fallen]);
    this.leave();
  }

  /** At once: what was not confirmed may be lost. */
  kill(): void {
    this.broker.kill();
    this.leave();
  }

  private leave(): void {
    this.control?.close();
    for (const lock of this.locks) lock.release();
  }

  private asControlNode(): ControlNode {
    const { broker, options } = this;
    const port = (): number => this.port;
    const uptime = (): number => performance.now() - this.startedAt;
    return {
      name: options.nodename.split('@', 1)[0] as string,
      nodename: options.nodename,
      broker,
      get port() {
        return port();
      },
      osPid: process.pid,
      get uptimeMs() {
        return uptime();
      },
      version: `Warren ${VERSION}`,
    };
  }
}
