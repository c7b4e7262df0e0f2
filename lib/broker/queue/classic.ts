/**
 * The classic queue: one place, FIFO (or by priority), with RabbitMQ's time-to-live, length limits, dead letters and expiry.
 *
 * A message that finds the backlog empty and a consumer ready goes straight through and is never stored. Otherwise it waits
 * in the backlog, and the queue is drained at the end of any turn in which something woke it.
 */
import type { QueueStore } from '../../storage/storage';
import type { DeathReason } from '../../trace/events';
import { labelOf } from '../label';
import type { Message } from '../message';
import type { Ruling } from '../policies';
import type { Vhost } from '../vhost';
import { Alarm } from './alarm';
import type { Backlog } from './backlog';
import type { Consumer } from './consumer';
import { ConsumerGroup } from './consumer-group';
import { deleteHere } from './deletion';
import { expiryOf } from './expiry';
import { DefinedQueue } from './defined-queue';
import { Fifo } from './fifo';
import { LengthLimit } from './length-limit';
import { Pacing } from './pacing';
import { Paging } from './paging';
import { PriorityBacklog } from './priority-backlog';
import {
  ACCEPTED,
  REJECTED,
  WAITING,
  type Answer,
  type Counts,
  type DeleteConditions,
  type DeletionReason,
  type Held,
  type Outcome,
  type Queue,
  type QueueAttributes,
  type Stock,
  type Taken,
} from './queue';
import type { Receipt } from './receipt';
import type { Replication } from './replication';
import { settingsOf, type QueueSettings } from './settings';
import { lanesBehind, storeId } from './store-lanes';
import { StoreShelf } from './store-shelf';

const NEVER = Number.POSITIVE_INFINITY;
/** Position of a message that the queue never took. */
const NOWHERE = -1;

export class ClassicQueue extends DefinedQueue implements Queue {
  readonly reachable = true;
  readonly state = 'running';
  unackedCount = 0;
  /** Null unless the queue is mirrored. */
  replication: Replication | null = null;
  private readonly pacing = new Pacing();
  private readonly backlog: Backlog;
  private readonly consumers: ConsumerGroup;
  private readonly store: QueueStore | null;
  private readonly shelf: StoreShelf | null;
  private diskWrites = 0;
  private readonly paging: Paging;
  private limit: LengthLimit;
  private awake = false;
  /** Rings when the head is due. */
  private readonly headTimer: Alarm;
  /** Rings when the queue has not been used for too long. */
  private readonly idleTimer: Alarm;

  /** `copy`: what this node kept as a mirror; default: what an earlier life of the node left in the storage. */
  constructor(vhost: Vhost, attributes: QueueAttributes, copy?: readonly Held[]) {
    super(vhost, attributes);
    const { maxPriority } = this.settings;
    const lanes = maxPriority + 1;
    this.store = vhost.host.storage.queue(storeId(this), lanes, attributes.durable);
    this.shelf = this.store === null ? null : new StoreShelf(this.store);
    const found = copy === undefined ? (this.store?.recovered() ?? []) : lanesBehind(copy, lanes);
    this.backlog = maxPriority > 0 ? new PriorityBacklog(maxPriority, this.shelf, found) : new Fifo(this.shelf, 0, 1, found[0]);
    this.paging = new Paging(this.backlog, this.store === null ? null : vhost.host.memoryBudget);
    this.consumers = new ConsumerGroup(this.settings.singleActiveConsumer);
    const { clock } = vhost.host.world;
    this.headTimer = new Alarm(clock, () => this.watchHead());
    this.idleTimer = new Alarm(clock, () => this.vhost.deleteQueue(this, 'expired'));
    this.limit = new LengthLimit(this.settings);
    if (copy !== undefined) this.backlog.putBack(copy);
    this.touch();
    // What an earlier node left may be due.
    this.wake();
  }

  get readyCount(): number {
    return this.backlog.length;
  }

  get congested(): boolean {
    return this.pacing.congested || this.replication?.congested === true;
  }

  whenRelieved(fn: () => void): void {
    if (this.pacing.congested || this.replication === null) this.pacing.whenRelieved(fn);
    else this.replication.whenRelieved(fn);
  }

  get receipt(): Receipt | null {
    return this.replication === null ? null : this.replication.receipt;
  }

  get consumerCount(): number {
    return this.consumers.size;
  }

  // --- messages in ---

  publish(message: Message, confirm: boolean): Outcome {
    if (this.limit.refuses && !this.limit.hasRoom(this.backlog, message.bodySize)) return this.refuse(message);
    if (this.backlog.length === 0) {
      const consumer = this.consumers.next();
      if (consumer !== null) return this.passThrough(message, consumer, confirm);
    }
    const kept = message.keep();
    const { backlog } = this;
    const expiresAt = expiryOf(kept, this.settings, this.vhost.host.world.clock);
    const position = backlog.push(kept, expiresAt);
    this.pacing.grew(backlog.length, this.consumers);
    if (this.vhost.host.trace.active) this.traceEnqueued(kept);
    const outcome = this.keep(kept, position, expiresAt, backlog.shelves, confirm);
    this.paging.grew();
    if (this.limit.drops) this.dropOverflow();
    this.watchHead();
    return outcome;
  }

  private passThrough(message: Message, consumer: Consumer, confirm: boolean): Outcome {
    const position = this.backlog.pass(message);
    if (consumer.noAck) {
      consumer.deliver(message, position, false, NEVER);
      return ACCEPTED;
    }
    const kept = message.keep();
    const expiresAt = expiryOf(kept, this.settings, this.vhost.host.world.clock);
    const outcome = this.keep(kept, position, expiresAt, false, confirm);
    this.unackedCount++;
    if (this.replication !== null) this.replication.delivered({ message: kept, position, expiresAt });
    consumer.deliver(kept, position, false, expiresAt);
    return outcome;
  }

  /** `shelved`: memory does not have it, so the store must. */
  private keep(message: Message, position: number, expiresAt: number, shelved: boolean, confirm: boolean): Outcome {
    let own: Outcome = ACCEPTED;
    if (this.store !== null && (shelved || (this.durable && message.traits.persistent))) {
      this.diskWrites++;
      if (this.store.append(position, message, expiresAt)) own = WAITING;
    }
    return this.replication === null ? own : this.replication.appended(message, position, expiresAt, own, confirm);
  }

  private forget(position: number): void {
    this.store?.remove(position);
    if (this.replication !== null) this.replication.removed(position);
  }

  // --- for operators ---

  get stock(): Stock {
    const { backlog, diskWrites } = this;
    const shelved = backlog.length - backlog.inMemory().length;
    return { readyBytes: backlog.bytes, shelved, diskReads: this.shelf?.reads ?? 0, diskWrites };
  }

  readyInMemory(): readonly Message[] {
    // A head that lies on the shelf is fetched by this.
    this.backlog.headExpiresAt();
    return this.backlog.inMemory();
  }

  /** By lane, the position that the next message gets. */
  get ends(): readonly number[] {
    return this.backlog.ends;
  }

  /** Calls back for each ready message, those on the shelf too. */
  eachReady(visit: (held: Held) => void): void {
    this.backlog.each(visit);
  }

  // --- messages that have no place ---

  private refuse(message: Message): Outcome {
    if (this.settings.overflow === 'reject-publish-dlx') this.die(message.keep(), NOWHERE, 'maxlen');
    return REJECTED;
  }

  private dropOverflow(): void {
    while (this.limit.isExceeded(this.backlog)) if (!this.dropHead('maxlen')) break;
  }

  private dropHead(reason: DeathReason): boolean {
    if (!this.backlog.take()) return false;
    this.die(this.backlog.message as Message, this.backlog.position, reason);
    return true;
  }

  /** A dead letter stays in the storage until it is where it goes (`buried`). */
  private die(message: Message, position: number, reason: DeathReason): void {
    const { host } = this.vhost;
    if (this.settings.deadLetterExchange !== null) {
      if (position !== NOWHERE) this.replication?.removed(position);
      host.deadLetters.add(this, message, position, reason);
    } else {
      this.forget(position);
      if (host.trace.active) host.emit({ type: 'dropped', ...this.where(message), reason });
    }
  }

  buried(position: number): void {
    this.store?.remove(position);
  }

  // --- time to live ---

  /** Only the head expires (RabbitMQ's rule for classic queues): drops it if it is due, else waits until it is. */
  private watchHead(): void {
    let due = this.backlog.headExpiresAt();
    if (due === NEVER) return;
    const now = this.vhost.host.world.clock.now();
    while (due <= now) {
      this.dropHead('expired');
      due = this.backlog.headExpiresAt();
    }
    this.headTimer.setTo(due);
  }

  // --- messages out ---

  wake(): void {
    if (this.awake || this.backlog.length === 0) return;
    this.awake = true;
    this.vhost.host.world.turn.atEnd(this.drain);
  }

  private readonly drain = (): void => {
    this.awake = false;
    if (this.gone || this.replication?.still === true) return;
    const { backlog } = this;
    this.watchHead();
    const now = this.vhost.host.world.clock.now();
    while (backlog.length > 0) {
      if (backlog.headExpiresAt() <= now) {
        this.dropHead('expired');
        continue;
      }
      const consumer = this.consumers.next();
      if (consumer === null || !backlog.take()) break;
      this.hand(backlog.message as Message, consumer);
    }
    this.pacing.shrank(backlog.length);
    this.watchHead();
  };

  private hand(message: Message, consumer: Consumer): void {
    const { position, redelivered, expiresAt } = this.backlog;
    this.backlog.message = null;
    if (consumer.noAck) this.forget(position);
    else this.holds(message, position, expiresAt);
    consumer.deliver(message, position, redelivered, expiresAt);
  }

  private holds(message: Message, position: number, expiresAt: number): void {
    this.unackedCount++;
    if (this.replication !== null) this.replication.delivered({ message, position, expiresAt });
  }

  count(answer: Answer<Counts>): void {
    answer({ messages: this.readyCount, consumers: this.consumerCount });
  }

  get(noAck: boolean, answer: Answer<Taken | null>): void {
    answer(this.take(noAck));
  }

  private take(noAck: boolean): Taken | null {
    this.touch();
    this.watchHead();
    const { backlog } = this;
    if (!backlog.take()) return null;
    const message = backlog.message as Message;
    const { position, redelivered, expiresAt } = backlog;
    if (noAck) this.forget(position);
    else this.holds(message, position, expiresAt);
    // The next in line may be due, and then takes the place of this one in the backlog's fields.
    this.watchHead();
    return { message, position, redelivered, expiresAt, remaining: backlog.length };
  }

  settle(held: Held): void {
    this.unackedCount--;
    if (this.gone) return;
    this.forget(held.position);
    if (this.vhost.host.trace.active) this.vhost.host.emit({ type: 'settled', ...this.where(held.message) });
  }

  reject(held: Held): void {
    this.unackedCount--;
    if (this.gone) return;
    this.die(held.message, held.position, 'rejected');
  }

  requeue(held: readonly Held[]): void {
    this.unackedCount -= held.length;
    if (this.gone || held.length === 0) return;
    this.backlog.putBack(held);
    this.replication?.returned(held);
    if (this.vhost.host.trace.active) {
      for (const one of held) this.vhost.host.emit({ type: 'requeued', ...this.where(one.message) });
    }
    if (this.limit.drops) this.dropOverflow();
    this.watchHead();
    this.wake();
  }

  delete(conditions: DeleteConditions, answer: Answer<number>): void {
    deleteHere(this, conditions, answer);
  }

  purge(answer: Answer<number>): void {
    const { backlog } = this;
    const purged = backlog.length;
    while (backlog.take()) this.forget(backlog.position);
    backlog.clear();
    this.vhost.host.emit({ type: 'queue.purged', vhost: this.vhost.name, queue: this.name, messages: purged });
    answer(purged);
  }

  // --- consumers ---

  addConsumer(consumer: Consumer, answer: Answer<void>): void {
    this.consumers.add(consumer, this);
    this.idleTimer.cancel();
    this.wake();
    answer();
  }

  cancelConsumer(consumer: Consumer, answer: Answer<void>): void {
    this.removeConsumer(consumer);
    answer();
  }

  removeConsumer(consumer: Consumer): void {
    const before = this.consumers.size;
    this.consumers.remove(consumer);
    if (this.gone || this.consumers.size === before) return;
    if (this.consumers.size === 0) {
      if (this.autoDelete) this.vhost.deleteQueue(this, 'auto-delete');
      else this.touch();
    } else this.wake();
  }

  consumerReady(consumer: Consumer): void {
    if (this.consumers.unpark(consumer)) this.wake();
  }

  listConsumers(): readonly Consumer[] {
    return this.consumers.list();
  }

  isActive(consumer: Consumer): boolean {
    return this.consumers.isActive(consumer);
  }

  // --- the queue's own life ---

  /** What waits keeps the expiry that it came with. */
  applyPolicy(ruling: Ruling | null): void {
    this.ruling = ruling;
    const { overflow } = this.settings;
    const settings = settingsOf(this.args, ruling?.definition ?? null);
    // RabbitMQ heeds the new lengths before it knows the new overflow: a queue that dropped so far drops once more.
    this.resize({ ...settings, overflow });
    this.resize(settings);
    this.idleTimer.cancel();
    this.touch();
    this.watchHead();
  }

  private resize(settings: QueueSettings): void {
    this.settings = settings;
    this.limit = new LengthLimit(settings);
    if (this.limit.drops) this.dropOverflow();
  }

  touch(): void {
    const { expires } = this.settings;
    if (expires === null || this.consumers.size > 0) return;
    this.idleTimer.setTo(this.vhost.host.world.clock.now() + expires);
  }

  /** The node stops: what was delivered before is noted, so that it is called redelivered after the next start. */
  beforeStop(): void {
    if (!this.durable || this.store === null) return;
    for (const position of this.backlog.returnedPositions()) if (this.store.has(position)) this.store.noteRedelivered(position);
  }

  leaveTo(next: Queue): void {
    this.end();
    for (const consumer of this.consumers.list()) consumer.follow(next);
  }

  private end(): void {
    this.gone = true;
    this.pacing.shrank(0);
    this.headTimer.cancel();
    this.idleTimer.cancel();
    this.backlog.clear();
    this.store?.destroy();
    this.paging.end();
    this.replication?.ended();
    this.replication = null;
  }

  destroy(reason: DeletionReason): number {
    const lost = this.backlog.length;
    this.end();
    for (const consumer of this.consumers.list()) consumer.cancelledByServer();
    const { host, name } = this.vhost;
    host.emit({ type: 'queue.deleted', vhost: name, queue: this.name, reason, messages: lost });
    return lost;
  }

  private where(message: Message): { vhost: string; queue: string; message: number; label: string } {
    return { vhost: this.vhost.name, queue: this.name, message: message.id, label: labelOf(message) };
  }

  private traceEnqueued(message: Message): void {
    this.vhost.host.emit({ type: 'enqueued', ...this.where(message), depth: this.backlog.length });
  }
}
