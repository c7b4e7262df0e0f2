/** Nodes of a cluster on simulated hosts, each with a disk that outlives its process. */
import { strict as assert } from 'node:assert';
import type { Broker } from '../../../lib/broker/broker';
import { ClusterCommands } from '../../../lib/cluster/membership/cluster-commands';
import { ClusterNode } from '../../../lib/cluster/cluster-node';
import type { ClusterNodeOptions } from '../../../lib/cluster/cluster-node-options';
import type { Standing } from '../../../lib/cluster/links/neighbours';
import { MemoryNotePad } from '../../../lib/cluster/membership/notes';
import { openLogStorage } from '../../../lib/storage/log-storage';
import { type LogLine, SimWorld } from '../../../lib/world/sim';
import { SimDisk } from '../../../lib/world/sim-disk';

const PORT = 25672;

export class SimCluster {
  readonly sim: SimWorld;
  readonly log: LogLine[] = [];
  readonly nodes: readonly SimNode[];

  constructor(seed: number, names: readonly string[], options: Partial<ClusterNodeOptions> = {}) {
    this.sim = new SimWorld(seed, { onLog: (line) => this.log.push(line) });
    this.nodes = names.map((name, i) => new SimNode(this.sim, name, seed * 10 + i, options));
  }

  /** Starts all, and joins them to the first. */
  static async joined(seed: number, names: readonly string[], options: Partial<ClusterNodeOptions> = {}): Promise<SimCluster> {
    const cluster = new SimCluster(seed, names, options);
    for (const node of cluster.nodes) node.start();
    for (const node of cluster.nodes.slice(1)) await node.joins(cluster.nodes[0] as SimNode);
    return cluster;
  }

  linesOf(host: string): string[] {
    return this.log.filter((line) => line.host === host).map(({ text }) => text);
  }
}

export class SimNode {
  notes = new MemoryNotePad();
  node!: ClusterNode;
  commands!: ClusterCommands<object>;
  private disk: SimDisk;

  constructor(
    readonly sim: SimWorld,
    readonly name: string,
    private readonly seed: number,
    private readonly options: Partial<ClusterNodeOptions>,
  ) {
    this.disk = new SimDisk(seed);
  }

  /** Another node, that does not run, with the disk of this one. */
  as(name: string): SimNode {
    const other = new SimNode(this.sim, name, this.seed, this.options);
    other.disk = this.disk;
    other.notes = this.notes;
    return other;
  }

  get self(): string {
    return `${this.name}@localhost`;
  }

  get broker(): Broker {
    assert.ok(this.node.broker !== null, `${this.name} does not run`);
    return this.node.broker;
  }

  /** The process; its application is not started. */
  boot(): void {
    const host = this.sim.host(this.name);
    const world = host;
    this.node = new ClusterNode(world, {
      self: this.self,
      cookie: 'crumbs',
      addressOf: (name) => ({ host: name.split('@')[0] as string, port: PORT }),
      notes: this.notes,
      begin: () => {
        const storage = openLogStorage(world, this.disk.mount(host), { failed: (error) => assert.fail(error) });
        return { world, storage, end: () => undefined };
      },
      broker: { nodeName: this.name },
      ...this.options,
    });
    this.commands = new ClusterCommands({
      node: this.node,
      wipe: async () => {
        this.disk = new SimDisk(this.seed);
      },
      facts: () => ({ name: this.name }),
    });
    this.node.open({ host: '0.0.0.0', port: PORT }, (error) => assert.equal(error, null));
  }

  /** Process and application; returns when it serves. */
  start(): void {
    this.boot();
    this.startApp();
  }

  startApp(): void {
    const outcome = this.starting();
    this.sim.runUntil(() => outcome.ended);
    if (outcome.error !== null) throw outcome.error;
  }

  /** A start that may take long, or fail. */
  starting(): { ended: boolean; error: Error | null } {
    const outcome = { ended: false, error: null as Error | null };
    this.node.startApp((error) => Object.assign(outcome, { ended: true, error }));
    return outcome;
  }

  stopApp(): void {
    let stopped = false;
    this.node.stopApp(() => {
      stopped = true;
    });
    this.sim.runUntil(() => stopped);
  }

  /** Application and process, in order. */
  stop(): void {
    this.stopApp();
    this.node.close(() => undefined);
    this.crash();
  }

  crash(): void {
    this.node.kill();
    this.sim.crash(this.name);
    this.disk.crash('process');
  }

  /** Waits, in virtual time, for what the tools do. */
  async tool<T>(call: Promise<T>): Promise<T> {
    let over = false;
    const ended = call.finally(() => {
      over = true;
    });
    ended.catch(() => undefined);
    for (let i = 0; !over && i < 20000; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (!over) this.sim.runFor(1);
    }
    return ended;
  }

  async joins(other: SimNode, kind: 'disc' | 'ram' = 'disc'): Promise<void> {
    this.stopApp();
    await this.tool(this.commands.join(other.self, kind));
    this.startApp();
  }

  standing(of: SimNode): Standing | null {
    return this.node.neighbours.standing(of.self);
  }
}
