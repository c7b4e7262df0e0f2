/**
 * The part of a node that keeps quorum queues: their groups, and what is said between nodes about them.
 *
 * A group is founded by the node that declares the queue. It tells those that it has chosen, and who is told founds its member
 * when it has the definition, too. Only one that comes while the application runs counts, and is noted on disk until then: so a
 * node that learns of the queue when it starts, because it was away or has lost its disk, is no member until it is added.
 */
import type { QueueAttributes } from '../../broker/queue/queue';
import type { Vhost } from '../../broker/vhost';
import type { QueuePartsHost } from '../application';
import type { ClusterPart } from '../part';
import type { PeerMessage } from '../links/peer-frames';
import { checkQuorumDeclaration } from './machine/declaration';
import { QuorumMember } from './quorum-member';
import { QuorumQueue } from './quorum-queue';
import { type Item, QuorumWire } from './quorum-wire';
import { RaftHost } from '../raft/host/raft-host';
import type { Message } from '../raft/messages';

/** Members of a queue, unless `x-quorum-initial-group-size` says otherwise. */
const GROUP_SIZE = 3;

/** Messages of Raft that are kept for a member that is to be founded. */
const EARLY_MAX = 16;

/** What is known of a group that this node has no queue of yet. */
interface Founding {
  members: readonly string[] | null;
  /** What came too early. */
  readonly messages: Message[];
  readonly items: Array<readonly [from: string, item: Item]>;
}

export class QuorumPart implements ClusterPart {
  readonly queues = new Map<string, QuorumQueue>();
  private readonly raft: RaftHost;
  private readonly wire: QuorumWire;
  private readonly foundings = new Map<string, Founding>();

  constructor(private readonly host: QueuePartsHost) {
    const { self, world, storage } = host;
    const send = host.send.bind(host);
    this.raft = new RaftHost({
      self,
      world,
      storage,
      send,
      stray: (group, message) => this.early(group, message),
    });
    this.wire = new QuorumWire({ self, send }, world.turn, (from, group, item) => this.heard(from, group, item));
    // By then the node has restored its definitions.
    world.turn.atEnd(() => this.raft.dropOthers());
  }

  /** Throws 406 for what a quorum queue cannot be. The queue is led by the node that declares it. */
  homeOf(vhost: Vhost, attributes: Omit<QueueAttributes, 'home' | 'id'>): string {
    const { name, durable, autoDelete, owner, args } = attributes;
    checkQuorumDeclaration({ name, vhost: vhost.name, durable, exclusive: owner !== null, autoDelete, args });
    return this.host.self;
  }

  queue(vhost: Vhost, attributes: QueueAttributes): QuorumQueue {
    const part = this;
    const { self, world } = this.host;
    const queue: QuorumQueue = new QuorumQueue(vhost, attributes, {
      self,
      world,
      get running() {
        return part.host.running;
      },
      send: (to, group, item) => this.wire.send(to, group, item),
      forget: ({ id }) => this.forget(id),
      join: (joining, member) => this.join(joining, member),
      leave: (leaving) => this.leave(leaving),
    });
    this.queues.set(attributes.id, queue);
    // Before the broker is there, it restores what it had.
    if ((this.host.broker as unknown) === undefined) this.restore(queue);
    else this.found(queue);
    return queue;
  }

  private restore(queue: QuorumQueue): void {
    const member = new QuorumMember(queue);
    try {
      const group = this.raft.restore(queue.id, member);
      if (group === null) return;
      member.group = group;
      queue.member = member;
      const { voters } = group.members;
      if (voters.length === 1 && voters[0] === group.memberId) group.step({ kind: 'campaign' });
    } catch (error) {
      this.host.world.log.write('error', `queue '${queue.name}' has no member here: ${(error as Error).message}`);
    }
  }

  private found(queue: QuorumQueue): void {
    const { self } = this.host;
    const founding = this.foundings.get(queue.id);
    const declared = founding?.members == null && queue.home === self;
    if (!declared && founding?.members == null) {
      this.raft.expect(queue.id);
      return;
    }
    this.foundings.delete(queue.id);
    const members = declared ? this.choose(queue) : (founding?.members as readonly string[]);
    queue.knows(members);
    if (declared) for (const node of members) if (node !== self) this.wire.send(node, queue.id, { do: 'found', members });
    if (members.includes(self)) {
      const member = new QuorumMember(queue);
      const group = this.raft.found(queue.id, members, member);
      member.group = group;
      queue.member = member;
      // When those who are told are sure to know the queue.
      if (declared) this.host.world.turn.atEnd(() => group.step({ kind: 'campaign' }));
      for (const message of founding?.messages ?? []) group.step({ kind: 'message', message });
    }
    for (const [from, item] of founding?.items ?? []) queue.heard(from, item);
  }

  /** What an earlier member had here is of no use to a new one. */
  private join(queue: QuorumQueue, memberName: string): void {
    this.leave(queue);
    const member = new QuorumMember(queue);
    member.group = this.raft.join(queue.id, memberName, member);
    queue.member = member;
  }

  private leave(queue: QuorumQueue): void {
    queue.member?.end();
    queue.member = null;
    this.raft.destroy(queue.id);
  }

  /** This node first, then others that run. */
  private choose({ args }: QuorumQueue): readonly string[] {
    const { self, running } = this.host;
    const size = Number(args.get('x-quorum-initial-group-size')?.value ?? GROUP_SIZE);
    return [self, ...running.filter((name) => name !== self)].slice(0, size);
  }

  private founding(group: string): Founding {
    let known = this.foundings.get(group);
    if (known === undefined) {
      known = { members: null, messages: [], items: [] };
      this.foundings.set(group, known);
    }
    return known;
  }

  private early(group: string, message: Message): void {
    if (this.queues.has(group) && !this.raft.expects(group)) return;
    const { messages } = this.founding(group);
    if (messages.length < EARLY_MAX) messages.push(message);
  }

  private forget(group: string): void {
    this.queues.delete(group);
    this.foundings.delete(group);
    this.raft.destroy(group);
  }

  // --- other nodes ---

  message(from: string, { type }: PeerMessage, body: Buffer): void {
    if (type === 'raft.batch') this.raft.message(from, body);
    else this.wire.receive(from, body);
  }

  private heard(from: string, group: string, item: Item): void {
    const queue = this.queues.get(group);
    if (item.do === 'found') {
      // Leaders say it again: it may have got lost. Who was a member once, and has forgotten it, is none.
      if (queue !== undefined && !this.raft.expects(group)) return;
      this.founding(group).members = item.members;
      if (queue !== undefined) this.found(queue);
    } else if (queue !== undefined) queue.heard(from, item);
    else if (item.do === 'leads') this.founding(group).items.push([from, item]);
    else if (item.do === 'request') this.wire.send(from, group, { do: 'leadsNot' });
  }

  nodeUp(name: string): void {
    for (const queue of this.queues.values()) queue.nodeUp(name);
  }

  nodeDown(name: string): void {
    this.wire.nodeDown(name);
    this.raft.nodeDown(name);
    for (const queue of this.queues.values()) queue.nodeDown(name);
  }

  stop(): void {
    this.raft.end();
    for (const queue of this.queues.values()) queue.member?.end();
  }
}
