/** Node rabbit1 of a cluster of three as the tools see it: its replicated queues do at once what they are asked. */
import type { BrokerApi } from '../../../../lib/broker/api';
import type { ClusterControl } from '../../../../lib/control/cluster-control';
import type { MirrorControl } from '../../../../lib/control/mirror-control';
import type { QueueName, QuorumControl } from '../../../../lib/control/quorum-control';
import type { ControlNode, ControlTarget } from '../../../../lib/control/target';
import type { QueueSnapshot } from '../../../../lib/trace/snapshot';

const NODES = ['rabbit1@localhost', 'rabbit2@localhost', 'rabbit3@localhost'];
const LOG = { lastIndex: 8, commitIndex: 8, snapshotIndex: null, term: 1, machineVersion: 2 };

export class FakeCluster {
  /** `known`: other queues than the replicated ones. */
  constructor(
    private readonly api: { readonly [name in keyof BrokerApi]?: unknown } = {},
    private readonly known?: readonly QueueSnapshot[],
  ) {}

  running = [...NODES];
  quorum = { vhost: '/', name: 'qq', leader: 'rabbit1@localhost', members: [...NODES] };
  mirrored = { vhost: '/', name: 'ha-q', master: 'rabbit1@localhost', mirror: 'rabbit3@localhost', synchronised: false };

  stop(node: string): void {
    this.running = this.running.filter((other) => other !== node);
    const { master, mirror } = this.mirrored;
    if (master === node) this.mirrored = { ...this.mirrored, master: mirror, mirror: node };
  }

  target(): ControlTarget {
    const node: ControlNode = {
      name: 'rabbit1',
      nodename: 'rabbit1@localhost',
      broker: this.broker(),
      listeners: [],
      osPid: 1,
      uptimeMs: 0,
      version: 'Fake 1',
      cluster: this.cluster(),
      quorum: this.quorumControl(),
      mirrors: this.mirrorControl(),
    };
    return { nodes: [node], now: () => 0 };
  }

  private cluster(): ClusterControl {
    const unused = (): never => {
      throw new Error('No command about queues asks for this.');
    };
    const { running } = this;
    return {
      members: NODES.map((name) => ({ name, kind: 'disc' })),
      running,
      partitions: new Map(),
      settled: async () => undefined,
      ask: async () => new Map(),
      ...{ join: unused, leave: unused, forget: unused, forgetOffline: unused, changeKind: unused, rename: unused },
      ...{ seed: unused, forceBoot: unused, whenRunning: unused, facts: unused },
    };
  }

  private online(): string[] {
    return this.quorum.members.filter((node) => this.running.includes(node));
  }

  private quorumControl(): QuorumControl {
    const { quorum } = this;
    return {
      queues: [{ ...quorum, online: this.online() }],
      status: async () =>
        quorum.members.map((node) => {
          if (!this.running.includes(node)) return { node, state: 'noproc', log: null };
          return { node, state: node === quorum.leader ? 'leader' : 'follower', log: LOG };
        }),
      peek: () => null,
      addMember: async (_queue, node) => void quorum.members.push(node),
      removeMember: async (_queue, node) => {
        quorum.members = quorum.members.filter((other) => other !== node);
      },
      transferLeadership: async (_queue, node) => {
        quorum.leader = node;
        return true;
      },
    };
  }

  private mirrorControl(): MirrorControl {
    const { mirrored } = this;
    const { vhost, name, master, mirror, synchronised } = mirrored;
    return {
      queues: [{ vhost, name, master, mirrors: this.running.includes(mirror) ? [{ node: mirror, synchronised }] : [] }],
      sync: async () => {
        mirrored.synchronised = true;
      },
      cancelSync: async () => false,
      transferMaster: async (_queue: QueueName, node) => {
        this.mirrored = { ...mirrored, master: node, mirror: master };
        return true;
      },
    };
  }

  private snapshots(): QueueSnapshot[] {
    const { leader, members } = this.quorum;
    const { master, mirror, synchronised } = this.mirrored;
    const copies = this.running.includes(mirror) ? [{ node: mirror, synchronised }] : [];
    return [
      queue('classic', { kind: 'classic', node: 'rabbit1' }),
      queue('ha-q', { kind: 'mirrored', node: master, mirrors: copies, ready: 5 }),
      queue('qq', {
        kind: 'quorum',
        node: leader,
        leader,
        members: members.map((node) => ({ node, online: this.running.includes(node) })),
        ready: 5,
      }),
    ];
  }

  private broker(): BrokerApi {
    const snapshot = {
      at: 0,
      vhost: '/',
      queues: this.known ?? this.snapshots(),
      ...{ nodes: [], connections: [], exchanges: [], bindings: [], consumers: [] },
    };
    const broker: Partial<BrokerApi> = {
      nodeName: 'rabbit1',
      listVhosts: () => ['/'],
      snapshot: () => snapshot,
      queueDetails: () => [],
      effectivePolicy: () => null,
    };
    return { ...broker, ...this.api } as BrokerApi;
  }
}

export function queue(name: string, told: Partial<QueueSnapshot>): QueueSnapshot {
  return {
    name,
    ...{ kind: 'classic', node: 'rabbit1', durable: true, exclusive: false, autoDelete: false, arguments: {} },
    ...{ ready: 0, unacked: 0, consumers: 0, deadLetterExchange: null, deadLetterRoutingKey: null },
    ...told,
  };
}
