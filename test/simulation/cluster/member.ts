/** A node of the cluster on its host: the process, its disk and what it wrote down; started again when it gives up starting. */
import type { Broker } from '../../../lib/broker/broker';
import { ClusterNode } from '../../../lib/cluster/cluster-node';
import type { Member as Listed } from '../../../lib/cluster/membership/membership';
import { MemoryNotePad } from '../../../lib/cluster/membership/notes';
import type { PartitionHandling } from '../../../lib/cluster/partitions/partition-handling';
import { StartFailed } from '../../../lib/cluster/membership/start-up';
import { openLogStorage } from '../../../lib/storage/log-storage';
import type { TraceSink } from '../../../lib/trace/sink';
import type { SimWorld } from '../../../lib/world/sim';
import { SimDisk } from '../../../lib/world/sim-disk';

export interface MemberSettings {
  readonly handling: PartitionHandling;
  readonly trace: TraceSink;
  /** A power cut takes everything on the disk with it: for the check of the checker. */
  readonly forgetful: boolean;
}

export type MemberState = 'dead' | 'stopped' | 'waiting' | 'running' | 'paused';

export const COOKIE = 'crumbs';
/** Octets that a node may count on. */
export const MEMORY = 1 << 30;
const PEERS = 25672;
const CLIENTS = 5672;
/** Lab milliseconds of silence after which a node counts as down. */
export const TICK_TIME = 4000;
const PATIENCE = { retryTimeout: 2000, retryLimit: 3 };
/** Milliseconds after which a node that gave up is started again. */
const AGAIN = 1000;
/** Small, so that segments fill and are cleaned. */
const SEGMENT = 16 << 10;

/** All are members from the beginning. */
export class Member {
  readonly disk: SimDisk;
  node: ClusterNode | null = null;
  /** Somebody wants it to run. */
  private wanted = false;
  private readonly notes = new MemoryNotePad();
  /** Octets that its process uses, of `MEMORY`. */
  memoryUsed = 0;
  /** Its next process reads it. */
  cookie = COOKIE;
  /** Starts that it gave up. */
  gaveUp = 0;

  constructor(
    readonly sim: SimWorld,
    readonly name: string,
    members: readonly string[],
    seed: number,
    private readonly settings: MemberSettings,
    /** What it was doing has changed. */
    private readonly changed: (state: MemberState) => void,
  ) {
    this.disk = new SimDisk(seed);
    const listed = members.map((member): Listed => ({ name: `${member}@localhost`, kind: 'disc' }));
    // As after a power cut that has hit all of them.
    const running = listed.map(({ name }) => name).filter((name) => name !== this.self);
    this.notes.write({ view: { self: this.self, members: listed, running }, forced: false });
  }

  get self(): string {
    return `${this.name}@localhost`;
  }

  /** Null unless it serves. */
  get broker(): Broker | null {
    return this.node?.broker ?? null;
  }

  start(): void {
    this.wanted = true;
    if (this.node !== null) return;
    const host = this.sim.host(this.name);
    const node = new ClusterNode(host, {
      self: this.self,
      cookie: this.cookie,
      addressOf: (name) => ({ host: name.split('@')[0] as string, port: PEERS }),
      notes: this.notes,
      begin: () => {
        const failed = (): void => host.turn.atEnd(() => this.crash('process'));
        const storage = openLogStorage(host, this.disk.mount(host), { segmentBytes: SEGMENT, failed });
        return { world: host, storage, end: () => undefined };
      },
      broker: {
        nodeName: this.name,
        users: [{ name: 'guest', password: 'guest' }],
        trace: this.settings.trace,
        resources: { memoryTotal: MEMORY, memoryUsed: () => this.memoryUsed, diskFree: () => Infinity },
      },
      serve: (broker, done) => broker.listen({ host: '0.0.0.0', port: CLIENTS }, done),
      patience: PATIENCE,
      tickTime: TICK_TIME,
      partitionHandling: this.settings.handling,
    });
    this.node = node;
    node.watchers.add(() => this.changed(stateOf(node)));
    node.open({ host: '0.0.0.0', port: PEERS }, (error) => {
      if (error !== null) throw error;
    });
    this.startApp();
  }

  /** Of a node that is there, and whose application does not run. */
  startApp(): void {
    const { node } = this;
    node?.startApp((error) => {
      if (error === null || this.node !== node || !this.wanted) return;
      if (!(error instanceof StartFailed)) throw error;
      this.gaveUp++;
      // Its process ends with it.
      this.crash('process');
      this.sim.scheduler.at(this.sim.now + AGAIN, null, () => {
        if (this.wanted) this.start();
      });
    });
  }

  /** Others still reach it. */
  stopApp(done: () => void): void {
    if (this.node === null) done();
    else this.node.stopApp(done);
  }

  /** Orderly: application, then process. */
  stop(done: () => void = () => undefined): void {
    this.wanted = false;
    const { node } = this;
    if (node === null) {
      done();
      return;
    }
    node.stopApp(() => {
      if (this.node !== node) return;
      node.close(() => undefined);
      this.end('stopped');
      done();
      if (this.wanted) this.start();
    });
  }

  /** `machine`: what was not synced may be gone, torn or out of order. */
  crash(what: 'process' | 'machine'): void {
    if (this.node === null) return;
    this.end('dead');
    this.disk.crash(what);
    this.disk.mend();
    if (what === 'machine' && this.settings.forgetful) this.disk.empty();
  }

  private end(state: MemberState): void {
    const { node } = this;
    this.node = null;
    node?.kill();
    this.sim.crash(this.name);
    this.changed(state);
  }
}

function stateOf(node: ClusterNode): MemberState {
  if (node.appState === 'running') return 'running';
  return node.appState === 'stopped' ? 'paused' : 'waiting';
}
