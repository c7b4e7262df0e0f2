/** What the tools do to quorum queues, from any node of the cluster. The port is `QuorumControl` of the tools (lib/control). */
import type { QuorumPart } from './quorum-part';
import type { QuorumQueue } from './quorum-queue';
import type { MemberChange, MemberStatus } from './quorum-wire';
import { type Shown, shownMessage } from './quorum-peek';
import { nodeOf } from '../raft/host/raft-ids';

interface QueueName {
  readonly vhost: string;
  readonly name: string;
}

interface Told extends QueueName {
  readonly leader: string;
  readonly members: readonly string[];
  readonly online: readonly string[];
  readonly deadLetters: number;
}

/** Version of the rules by which RabbitMQ 3.10 applies the log's commands. */
const MACHINE_VERSION = 2;

const STATES = { leader: 'leader', follower: 'follower', preCandidate: 'pre_vote', candidate: 'candidate' } as const;

interface Status {
  readonly node: string;
  readonly state: (typeof STATES)[keyof typeof STATES] | 'noproc';
  readonly log: {
    readonly lastIndex: number;
    readonly commitIndex: number;
    readonly snapshotIndex: number | null;
    readonly term: number;
    readonly machineVersion: number;
  } | null;
}

export class QuorumCommands {
  constructor(
    private readonly part: QuorumPart,
    private readonly host: { readonly running: readonly string[] },
  ) {}

  get queues(): readonly Told[] {
    return [...this.part.queues.values()].map((queue) => {
      const members = queue.members.map(nodeOf);
      const online = members.filter((node) => this.host.running.includes(node));
      const deadLetters = queue.member?.machine.deadLetters ?? 0;
      return { vhost: queue.vhost.name, name: queue.name, leader: queue.lastLeader, members, online, deadLetters };
    });
  }

  async status(name: QueueName): Promise<readonly Status[]> {
    const queue = this.find(name);
    return Promise.all(queue.members.map((id) => this.statusOf(queue, nodeOf(id))));
  }

  private async statusOf(queue: QuorumQueue, node: string): Promise<Status> {
    const status = await new Promise<MemberStatus | null>((resolve) => {
      if (this.host.running.includes(node)) queue.admin.ask(node, resolve);
      else resolve(null);
    });
    if (status === null) return { node, state: 'noproc', log: null };
    const { role, snapshotIndex, ...log } = status;
    const snapshot = snapshotIndex === 0 ? null : snapshotIndex;
    return { node, state: STATES[role], log: { ...log, snapshotIndex: snapshot, machineVersion: MACHINE_VERSION } };
  }

  /** As far as the member here knows; null if it knows no such message, or is not there or does not lead. */
  peek(name: QueueName, position: number, leads: boolean): readonly Shown[] | null {
    const { member } = this.find(name);
    if (leads && !member?.leader) return null;
    const message = member?.peek(position) ?? null;
    return message === null ? null : shownMessage(message);
  }

  addMember(queue: QueueName, node: string): Promise<void> {
    return this.change(queue, 'add', node);
  }

  removeMember(queue: QueueName, node: string): Promise<void> {
    return this.change(queue, 'remove', node);
  }

  async transferLeadership(queue: QueueName, node: string): Promise<boolean> {
    return this.change(queue, 'transfer', node).then(
      () => true,
      () => false,
    );
  }

  private change(name: QueueName, what: MemberChange, node: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.find(name).admin.change(what, node, (refusal) => {
        if (refusal === '') resolve();
        else reject(Object.assign(new Error(refusal), { reason: refusal }));
      });
    });
  }

  private find({ vhost, name }: QueueName): QuorumQueue {
    for (const queue of this.part.queues.values()) if (queue.vhost.name === vhost && queue.name === name) return queue;
    throw Object.assign(new Error('not_found'), { reason: 'not_found' });
  }
}
