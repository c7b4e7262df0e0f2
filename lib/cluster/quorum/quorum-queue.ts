/**
 * A quorum queue as the channels of a node see it. Whether the node is a member or not, what they want goes to the leader
 * (quorum-client.ts); a member also keeps the log and may lead (quorum-member.ts).
 */
import type { FieldTable } from '../../amqp/field-table';
import type { ChannelConsumer } from '../../broker/channel-consumer';
import type { ClusterPort } from '../../broker/cluster-port';
import { called, notFound, ProtocolError } from '../../broker/errors';
import type { Binding } from '../../broker/exchange/exchange';
import { labelOf } from '../../broker/label';
import type { Message } from '../../broker/message';
import type { Ruling } from '../../broker/policies';
import type { Consumer } from '../../broker/queue/consumer';
import {
  ACCEPTED,
  type Answer,
  type Counts,
  type DeleteConditions,
  type DeletionReason,
  type Held,
  type Outcome,
  PENDING,
  type Queue,
  type QueueAttributes,
  type Quorum,
  REJECTED,
  type Stock,
  type Taken,
} from '../../broker/queue/queue';
import type { Receipt } from '../../broker/queue/receipt';
import { type QueueSettings, settingsOf } from '../../broker/queue/settings';
import type { Vhost } from '../../broker/vhost';
import type { DeathReason, EventBody } from '../../trace/events';
import type { World } from '../../world/world';
import { checkQuorumConsumer, checkQuorumDeletion } from './machine/declaration';
import type { QuorumConfig } from './machine/config';
import { quorumConfigOf } from './machine/settings';
import { type ClientHost, QuorumClient } from './quorum-client';
import { type AdminHost, QuorumAdmin } from './quorum-admin';
import { type Mourner, QuorumBurials } from './quorum-burials';
import { hear } from './quorum-heard';
import { QuorumHands } from './quorum-hands';
import type { MemberHost, QuorumMember } from './quorum-member';
import { tellForwarded } from '../remote/message-teller';
import { QuorumQuestions } from './quorum-questions';
import type { Item } from './quorum-wire';
import type { RaftGroup } from '../raft/host/raft-group';
import { nodeOf } from '../raft/host/raft-ids';

/** What the part of the node that makes quorum queues does for each. */
export interface QuorumQueueHost {
  readonly self: string;
  readonly world: World;
  readonly running: readonly string[];
  send(to: string, group: string, item: Item): void;
  /** The queue is deleted. */
  forget(queue: QuorumQueue): void;
  /** The node becomes a member of this name, or is none any more. */
  join(queue: QuorumQueue, member: string): void;
  leave(queue: QuorumQueue): void;
}

export class QuorumQueue implements Queue, ClientHost, MemberHost, AdminHost {
  readonly kind = 'quorum';
  readonly reachable = true;
  readonly untilOver = true;
  readonly mirrors = null;
  readonly name: string;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly owner = null;
  readonly args: FieldTable;
  readonly home: string;
  readonly id: string;
  readonly ref: { readonly vhost: string; readonly queue: string };
  settings: QueueSettings;
  ruling: Ruling | null;
  readonly incoming = new Set<Binding>();
  gone = false;
  receipt: Receipt | null = null;
  /** Null on a node that is no member. */
  member: QuorumMember | null = null;
  /** The node that leads, or did when one was last heard of. */
  lastLeader: string;
  /** Ids, as far as this node knows. */
  private known: readonly string[] = [];
  readonly client: QuorumClient;
  readonly hands: QuorumHands;
  readonly questions: QuorumQuestions;
  private readonly burials: QuorumBurials = new QuorumBurials(this);
  readonly admin: QuorumAdmin = new QuorumAdmin(this);

  constructor(
    readonly vhost: Vhost,
    attributes: QueueAttributes,
    private readonly host: QuorumQueueHost,
  ) {
    this.name = attributes.name;
    this.durable = attributes.durable;
    this.autoDelete = attributes.autoDelete;
    this.args = attributes.args;
    this.home = attributes.home;
    this.id = attributes.id;
    this.ref = { vhost: vhost.name, queue: attributes.name };
    this.ruling = vhost.host.ruling(vhost.name, 'quorum queue', attributes.name);
    this.settings = settingsOf(attributes.args, this.ruling?.definition ?? null);
    this.client = new QuorumClient(this);
    this.hands = new QuorumHands(this.client, host.world, (item) => this.toLeader(item));
    this.questions = new QuorumQuestions(this, this.client, this.hands, (item) => this.toLeader(item));
    this.lastLeader = attributes.home;
  }

  // --- for the parts of the queue ---

  get self(): string {
    return this.host.self;
  }

  get world(): World {
    return this.host.world;
  }

  get running(): readonly string[] {
    return this.host.running;
  }

  get tracing(): boolean {
    return this.vhost.host.trace.active;
  }

  get wanted(): QuorumConfig {
    return quorumConfigOf(this.args, this.ruling?.definition ?? null);
  }

  get sessionKey(): string {
    return this.client.key;
  }

  /** Ids of the members; empty if nobody has told yet. */
  get members(): readonly string[] {
    const members = this.member?.group.members;
    const now = members === undefined ? [] : [...members.voters, ...members.learners];
    return now.length === 0 ? this.known : now;
  }

  /** The node that leads; null while none is known. */
  get leader(): string | null {
    return this.client.leader;
  }

  get state(): 'running' | 'down' {
    return this.hasMajority ? 'running' : 'down';
  }

  get quorum(): Quorum {
    const members = this.members.map(nodeOf).sort();
    return { leader: this.leader, members: members.map((node) => ({ node, online: this.running.includes(node) })) };
  }

  get group(): RaftGroup | null {
    return this.member?.group ?? null;
  }

  get hasMajority(): boolean {
    const { members } = this;
    const up = members.filter((id) => this.running.includes(nodeOf(id))).length;
    return members.length === 0 || up > members.length / 2;
  }

  emit(event: EventBody): void {
    this.vhost.host.emit(event);
  }

  send(to: string, item: Item): void {
    if (to !== this.self) this.group?.stir();
    this.host.send(to, this.id, item);
  }

  private toLeader(item: Item): void {
    if (this.client.leader !== null) this.send(this.client.leader, item);
  }

  /** `leader`: if that is known, too. */
  knows(members: readonly string[], leader: string | null = null): void {
    this.known = members;
    if (leader !== null) this.lastLeader = leader;
  }

  heard(from: string, item: Item): void {
    hear(this, from, item);
  }

  /** The leader here is asked for something; if there is none, the other node is told. */
  asked(from: string, ask: (leader: NonNullable<QuorumMember['leader']>) => void): void {
    const leader = this.member?.leader ?? null;
    if (leader?.ready) ask(leader);
    else this.send(from, { do: 'leadsNot' });
  }

  led(): void {
    this.hands.resume();
  }

  sessionLost(): void {
    this.questions.sessionLost();
    this.hands.begunAnew();
  }

  deposed(): void {
    this.lost(this.self);
    this.admin.deposed();
  }

  /** It does not lead any more. */
  lost(node: string): void {
    if (this.client.leader !== node) return;
    this.client.leaderLost(node);
    this.questions.leaderLost();
  }

  nodeUp(name: string): void {
    this.member?.leader?.nodeUp(name);
  }

  nodeDown(name: string): void {
    this.member?.leader?.nodeDown(name);
    this.lost(name);
    this.client.reconsider();
    this.admin.nodeDown();
  }

  join(member: string): void {
    this.host.join(this, member);
  }

  leave(): void {
    this.host.leave(this);
  }

  // --- messages in ---

  publish(message: Message, confirm: boolean, publisher?: object): Outcome {
    const { client } = this;
    if (client.refuses(publisher)) return REJECTED;
    this.receipt = client.publish(message, confirm);
    if (client.leader !== null && client.leader !== this.self) tellForwarded(this, client.leader, message);
    return confirm ? PENDING : ACCEPTED;
  }

  get congested(): boolean {
    return this.client.congested;
  }

  whenRelieved(fn: () => void): void {
    this.client.whenRelieved(fn);
  }

  // --- questions ---

  count(answer: Answer<Counts>): void {
    this.questions.count(answer);
  }

  get(noAck: boolean, answer: Answer<Taken | null>): void {
    this.questions.get(noAck, answer);
  }

  purge(answer: Answer<number>): void {
    this.questions.purge(answer);
  }

  delete(conditions: DeleteConditions, answer: Answer<number>): void {
    checkQuorumDeletion(this.name, this.vhost.name, conditions);
    this.count((counts) => {
      const messages = counts instanceof ProtocolError ? 0 : counts.messages;
      const make = (): void => {
        if (!this.gone) this.vhost.deleteQueue(this, 'deleted');
      };
      // The cluster has made the queue.
      (this.vhost.host.cluster as ClusterPort).change(make, () => answer(messages));
    });
  }

  // --- consumers ---

  addConsumer(consumer: Consumer, answer: Answer<void>): void {
    const own = consumer as ChannelConsumer;
    checkQuorumConsumer(this.name, this.vhost.name, own.args, own.channel.globalPrefetch > 0);
    this.hands.add(own, answer);
  }

  cancelConsumer(consumer: Consumer, answer: Answer<void>): void {
    this.hands.cancelled(consumer, () => answer());
  }

  removeConsumer(consumer: Consumer): void {
    this.hands.remove(consumer);
  }

  consumerReady(consumer: Consumer): void {
    this.hands.ready(consumer);
  }

  listConsumers(): readonly Consumer[] {
    return this.hands.list();
  }

  isActive(consumer: Consumer): boolean {
    const number = this.hands.numberOf(consumer);
    return this.member?.machine.consumers().find((one) => one.consumer === number)?.active ?? true;
  }

  settle(held: Held): void {
    this.hands.end(held.position, 'settle');
    if (this.tracing) this.emit({ type: 'settled', ...this.where(held.message) });
  }

  reject({ position }: Held): void {
    this.hands.end(position, 'discard');
  }

  /** `ended`: their channel has. */
  requeue(held: readonly Held[], ended = false): void {
    for (const { position, message } of held) {
      if (ended) this.hands.leaveWith(position);
      else this.hands.end(position, 'reject');
      if (this.tracing) this.emit({ type: 'requeued', ...this.where(message) });
    }
  }

  private where(message: Message): { vhost: string; queue: string; message: number; label: string } {
    return { ...this.ref, message: message.id, label: labelOf(message) };
  }

  // --- dead letters ---

  bury(message: Message, reason: DeathReason, mourner: Mourner | null): void {
    this.burials.bury(message, reason, mourner);
  }

  buried(position: number, kept: boolean): void {
    this.burials.buried(position, kept);
  }

  // --- for operators ---

  get readyCount(): number {
    return this.member?.machine.ready ?? 0;
  }

  get unackedCount(): number {
    return this.member?.machine.unacked ?? 0;
  }

  get consumerCount(): number {
    return this.member?.machine.consumerCount ?? this.hands.list().length;
  }

  get stock(): Stock {
    return { readyBytes: this.member?.machine.readyBytes ?? 0, shelved: 0, diskReads: 0, diskWrites: 0 };
  }

  readyInMemory(): readonly Message[] {
    return [];
  }

  // --- the queue's own life ---

  applyPolicy(ruling: Ruling | null): void {
    this.ruling = ruling;
    this.settings = settingsOf(this.args, this.ruling?.definition ?? null);
    this.member?.leader?.configure();
  }

  /** RabbitMQ does not renew x-expires when the queue is declared again. */
  touch(): void {}

  beforeStop(): void {}

  leaveTo(): void {}

  expired(): void {
    if (!this.gone) this.vhost.deleteQueue(this, 'expired');
  }

  destroy(reason: DeletionReason): number {
    const messages = this.readyCount;
    this.gone = true;
    this.member?.end();
    this.hands.dismiss(notFound(`no ${called('queue', this.name, this.vhost.name)}`));
    this.client.end();
    this.questions.end();
    this.host.forget(this);
    this.emit({ type: 'queue.deleted', ...this.ref, reason, messages });
    return messages;
  }
}
