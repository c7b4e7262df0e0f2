/** Nodes with a disk, links and a host of groups each, on the simulated world. */
import { strict as assert } from 'node:assert';
import { Peers } from '../../../lib/cluster/links/peers';
import type { GroupUser, RaftGroup } from '../../../lib/cluster/raft/host/raft-group';
import { RaftHost } from '../../../lib/cluster/raft/host/raft-host';
import { ENTRY, type Entry, type Snapshot } from '../../../lib/cluster/raft/log';
import type { Refusal, Request } from '../../../lib/cluster/raft/effects';
import { type LogStorage, openLogStorage } from '../../../lib/storage/log-storage';
import { SimWorld } from '../../../lib/world/sim';
import { SimDisk } from '../../../lib/world/sim-disk';

const PORT = 25672;

/** Remembers the commands in order; its snapshot is all of them. */
export class Words implements GroupUser {
  words: string[] = [];
  refusals: Array<[Request, Refusal]> = [];

  apply(_index: number, { kind, data }: Entry): void {
    if (kind === ENTRY.command) this.words.push(data.toString());
  }

  restore({ data }: Snapshot): void {
    this.words = data.length === 0 ? [] : data.toString().split(' ');
  }

  changed(): void {}

  membersChanged(): void {}

  refused(request: Request, reason: Refusal): void {
    this.refusals.push([request, reason]);
  }

  copied(): void {}

  transferAborted(): void {}
}

export class RaftNode {
  host!: RaftHost;
  storage!: LogStorage;
  peers!: Peers;
  readonly users = new Map<string, Words>();
  private disk: SimDisk;

  constructor(
    private readonly sim: SimWorld,
    readonly name: string,
    private readonly others: readonly string[],
    seed: number,
  ) {
    this.disk = new SimDisk(seed);
    this.start();
  }

  start(): void {
    const { name } = this;
    const world = this.sim.host(name);
    this.storage = openLogStorage(world, this.disk.mount(world), {
      failed: (error) => {
        throw error;
      },
    });
    this.peers = new Peers(
      world,
      { self: name, cookie: 'crumbs', addressOf: (other) => ({ host: other, port: PORT }) },
      {
        up: () => undefined,
        down: (other) => this.host.nodeDown(other),
        message: (from, _message, body) => this.host.message(from, body),
      },
    );
    const send = this.peers.send.bind(this.peers);
    this.host = new RaftHost({ self: name, world, storage: this.storage, send });
    this.peers.listen({ host: '0.0.0.0', port: PORT }, (error) => assert.equal(error, null));
    for (const other of this.others) this.peers.connect(other, () => undefined);
    this.users.clear();
    for (const id of [...this.storage.journals()]) this.host.restore(id, this.user(id));
  }

  user(id: string): Words {
    const user = new Words();
    this.users.set(id, user);
    return user;
  }

  group(id: string): RaftGroup {
    return this.host.group(id) as RaftGroup;
  }

  crash(): void {
    this.host.end();
    this.sim.crash(this.name);
    this.disk.crash('machine');
  }

  wipe(seed: number): void {
    this.disk = new SimDisk(seed);
  }
}

export class RaftNodes {
  readonly sim: SimWorld;
  readonly nodes: readonly RaftNode[];

  constructor(seed: number, count = 3) {
    this.sim = new SimWorld(seed);
    const names = Array.from({ length: count }, (_, i) => `rabbit${i + 1}`);
    this.nodes = names.map(
      (name, i) =>
        new RaftNode(
          this.sim,
          name,
          names.filter((other) => other !== name),
          seed * 10 + i,
        ),
    );
    this.sim.runUntil(() => this.nodes.every(({ peers }) => peers.up.length === count - 1));
  }

  found(id: string): void {
    const names = this.nodes.map(({ name }) => name);
    for (const node of this.nodes) node.host.found(id, names, node.user(id));
  }

  /** Runs until one of those that run leads, and knows what is committed. */
  leader(id: string, among: readonly RaftNode[] = this.nodes): RaftNode {
    let found: RaftNode | undefined;
    this.sim.runUntil(() => {
      found = among.find((node) => node.group(id)?.isLeader);
      return found !== undefined;
    });
    return found as RaftNode;
  }

  /** Runs until all of these have applied so many words. */
  applied(id: string, count: number, among: readonly RaftNode[] = this.nodes): void {
    this.sim.runUntil(() => among.every(({ users }) => (users.get(id)?.words.length ?? 0) >= count));
  }
}
