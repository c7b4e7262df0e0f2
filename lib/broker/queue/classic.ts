/**
 * The classic queue: one place, FIFO (or by priority), with RabbitMQ's time-to-live, length limits, dead letters and expiry.
 *
 * A message that finds the backlog empty and a consumer ready goes straight through and is never stored. Otherwise it waits
 * in the backlog, and the queue is drained at the end of any turn in which something woke it.
 */
import type { DeathReason } from '../../trace/events';
import type { Message } from '../message';
import type { Ruling } from '../policies';
import type { Vhost } from '../vhost';
import { Alarm } from './alarm';
import type { Backlog, ReadyMessages } from './backlog';
import type { Consumer } from './consumer';
import { ConsumerGroup } from './consumer-group';
import { deleteHere } from './deletion';
import { expiryOf } from './expiry';
import { DefinedQueue } from './defined-queue';
import { Fifo } from './fifo';
import type { Inheritance } from './inheritance';
import { Keeping } from './keeping';
import { LengthLimit } from './length-limit';
import { Pacing } from './pacing';
import { Paging } from './paging';
import { PriorityBacklog } from './priority-backlog';
import {
  ACCEPTED,
  REJECTED,
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
import { tellOf } from './queue-events';
import { settingsOf, type QueueSettings } from './settings';
import { lanesBehind, storeId } from './store-lanes';

const NEVER = Number.POSITIVE_INFINITY;
/** Position of a message that the queue never took. */
const NOWHERE = -1;

export class ClassicQueue extends DefinedQueue implements Queue {
  readonly reachable = true;
  readonly state = 'running';
  unackedCount = 0;
  readonly keeping: Keeping;
  private readonly pacing = new Pacing();
  private readonly backlog: Backlog;
  private readonly consumers: ConsumerGroup;
  private readonly paging: Paging;
  private limit: LengthLimit;
  private awake = false;
  /** Rings when the head is due. */
  private readonly headTimer: Alarm;
  /** Rings when the queue has not been used for too long. */
  private readonly idleTimer: Alarm;

  /** `copy`: what this node kept as a mirror; default: what an earlier life of the node left in the storage. */
  constructor(vhost: Vhost, attributes: QueueAttributes, copy?: Inheritance) {
    super(vhost, attributes);
    const { maxPriority } = this.settings;
    const lanes = maxPriority + 1;
    const store = copy?.store ?? vhost.host.storage.queue(storeId(this), lanes, attributes.durable);
    this.keeping = new Keeping(store, attributes.durable);
    const { shelf } = this.keeping;
    const found = copy === undefined ? (store?.recovered() ?? []) : (copy.found ?? lanesBehind(copy.held, lanes));
    this.backlog = maxPriority > 0 ? new PriorityBacklog(maxPriority, shelf, found) : new Fifo(shelf, 0, 1, found[0]);
    this.paging = new Paging(this.backlog, shelf === null ? null : vhost.host.memoryBudget);
    this.consumers = new ConsumerGroup(this.settings.singleActiveConsumer);
    const { clock } = vhost.host.world;
    this.headTimer = new Alarm(clock, () => this.watchHead());
    this.idleTimer = new Alarm(clock, () => this.vhost.deleteQueue(this, 'expired'));
    this.limit = new LengthLimit(this.settings);
    if (copy !== undefined) this.backlog.putBack(copy.held);
    this.touch();
    // What an earlier node left may be due.
    this.wake();
  }

  get readyCount(): number {
    return this.backlog.length;
  }

  get congested(): boolean {
    return this.pacing.congested || this.keeping.congested;
  }

  get untilOver(): boolean {
    return this.keeping.congested;
  }

  whenRelieved(fn: () => void): void {
    (this.pacing.congested ? this.pacing : this.keeping).whenRelieved(fn);
  }

  get receipt(): Receipt | null {
    return this.keeping.receipt;
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
    if (this.vhost.host.trace.active) tellOf({ type: 'enqueued', depth: backlog.length }, kept, this);
    const outcome = this.keeping.keep(kept, position, expiresAt, backlog.shelves, confirm);
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
    const outcome = this.keeping.keep(kept, position, expiresAt, false, confirm);
    this.holds(kept, position, expiresAt);
    consumer.deliver(kept, position, false, expiresAt);
    return outcome;
  }

  // --- for operators ---

  get stock(): Stock {
    const { backlog, keeping } = this;
    const shelved = backlog.length - backlog.inMemory().length;
    return { readyBytes: backlog.bytes, shelved, diskReads: keeping.shelf?.reads ?? 0, diskWrites: keeping.writes };
  }

  readyInMemory(): readonly Message[] {
    // A head that lies on the shelf is fetched by this.
    this.backlog.headExpiresAt();
    return this.backlog.inMemory();
  }

  get ready(): ReadyMessages {
    return this.backlog;
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
      if (position !== NOWHERE) this.keeping.leaves(position);
      host.deadLetters.add(this, message, position, reason);
    } else {
      this.keeping.forget(position);
      if (host.trace.active) tellOf({ type: 'dropped', reason }, message, this);
    }
  }

  buried(position: number): void {
    this.keeping.buried(position);
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
    if (this.gone || this.keeping.still) return;
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
    if (consumer.noAck) this.keeping.forget(position);
    else this.holds(message, position, expiresAt);
    consumer.deliver(message, position, redelivered, expiresAt);
  }

  private holds(message: Message, position: number, expiresAt: number): void {
    this.unackedCount++;
    this.keeping.delivered(message, position, expiresAt);
  }

  count(answer: Answer<Counts>): void {
    answer({ messages: this.readyCount, consumers: this.consumerCount });
  }

  get(noAck: boolean, answer: Answer<Taken | null>): void {
    this.touch();
    this.watchHead();
    const { backlog } = this;
    if (!backlog.take()) {
      answer(null);
      return;
    }
    const message = backlog.message as Message;
    const { position, redelivered, expiresAt } = backlog;
    if (noAck) this.keeping.forget(position);
    else this.holds(message, position, expiresAt);
    // The next in line may be due, and then takes the place of this one in the backlog's fields.
    this.watchHead();
    answer({ message, position, redelivered, expiresAt, remaining: backlog.length });
  }

  settle(held: Held): void {
    this.unackedCount--;
    if (this.gone) return;
    this.keeping.forget(held.position);
    if (this.vhost.host.trace.active) tellOf({ type: 'settled' }, held.message, this);
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
    this.keeping.returned(held);
    if (this.vhost.host.trace.active) {
      for (const { message } of held) tellOf({ type: 'requeued' }, message, this);
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
    while (backlog.take()) this.keeping.forget(backlog.position);
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
    this.keeping.noteRedelivered(this.backlog.returnedPositions());
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
    this.paging.end();
    this.keeping.end();
  }

  destroy(reason: DeletionReason): number {
    const lost = this.backlog.length;
    this.end();
    for (const consumer of this.consumers.list()) consumer.cancelledByServer();
    const { host, name } = this.vhost;
    host.emit({ type: 'queue.deleted', vhost: name, queue: this.name, reason, messages: lost });
    return lost;
  }
}
