/**
 * The state of a quorum queue, and the steps that commands share. Every change of it is a command's (apply.ts), so all members
 * that applied the same log are in the same state.
 *
 * Invariant: until it is gone, a message that was taken in is in exactly one place: the backlog, a consumer's hands, the outbox.
 */
import type { DeathReason } from '../../../trace/events';
import { QuorumBacklog } from './backlog';
import type { QuorumConfig } from './config';
import { DeadLetterOutbox } from './dead-letter-outbox';
import type { Effect } from './effects';
import { Entry, NEVER, type Place } from './entry';
import type { BatchCursor } from './message-batch';
import { type QuorumConsumer, Roster } from './roster';

/** A full queue refuses until it is filled to this part of its limits, so that publishers are not switched on and off. */
const ROOM_AGAIN = 0.8;

export class QuorumState {
  backlog = new QuorumBacklog();
  outbox = new DeadLetterOutbox();
  readonly roster: Roster;
  /** Messages in consumers' hands, and octets of their bodies. */
  heldCount = 0;
  heldBytes = 0;
  /** When the queue was last used, for `x-expires`: milliseconds since 1970. */
  lastUsed = 0;

  constructor(public config: QuorumConfig) {
    this.roster = new Roster(config.singleActive);
  }

  // --- messages in ---

  take(index: number, { at, bodySize, ttl }: BatchCursor, time: number): void {
    this.backlog.push(new Entry(index, at, bodySize, this.expiryOf(ttl, time), 0));
  }

  private expiryOf(own: number | null, time: number): number {
    const { messageTtl } = this.config;
    const ttl = own === null ? messageTtl : messageTtl === null ? own : Math.min(own, messageTtl);
    if (ttl === null) return NEVER;
    // Whatever nobody takes within its millisecond is gone after it.
    return time + Math.max(1, ttl);
  }

  // --- messages out ---

  /** Hands out what is ready to those who have room, after what is due has expired. */
  deliver(time: number, out: Effect[]): void {
    const { backlog, roster } = this;
    for (;;) {
      this.expire(time, out);
      if (backlog.length === 0) return;
      const consumer = roster.next();
      if (consumer === null) return;
      const { number, session } = consumer;
      const [delivery, entry] = this.hand(consumer);
      roster.enqueue(consumer);
      const { index, at, returns } = entry;
      out.push({ type: 'deliver', session: session.number, consumer: number, delivery, index, at, returns });
    }
  }

  /** The first ready message, which must be there, goes to this consumer. */
  hand(consumer: QuorumConsumer): readonly [delivery: number, entry: Entry] {
    const entry = this.backlog.take() as Entry;
    const delivery = consumer.nextDelivery++;
    consumer.held.set(delivery, entry);
    this.heldCount++;
    this.heldBytes += entry.size;
    return [delivery, entry];
  }

  /** Out of the consumer's hands; undefined if it does not hold it. */
  private takeBack(consumer: QuorumConsumer, delivery: number): Entry | undefined {
    const entry = consumer.held.get(delivery);
    if (entry === undefined) return undefined;
    consumer.held.delete(delivery);
    this.heldCount--;
    this.heldBytes -= entry.size;
    return entry;
  }

  // --- what consumers do with messages ---

  settle(consumer: QuorumConsumer, deliveries: readonly number[], time: number): void {
    for (const delivery of deliveries) {
      const entry = this.takeBack(consumer, delivery);
      if (entry !== undefined) this.backlog.release(entry);
    }
    this.handsFree(consumer, time);
  }

  discard(consumer: QuorumConsumer, deliveries: readonly number[], time: number, out: Effect[]): void {
    for (const delivery of deliveries) {
      const entry = this.takeBack(consumer, delivery);
      if (entry !== undefined) this.die(entry, 'rejected', out);
    }
    this.handsFree(consumer, time);
  }

  giveBack(consumer: QuorumConsumer, deliveries: Iterable<number>, time: number, out: Effect[]): void {
    for (const delivery of deliveries) {
      const entry = this.takeBack(consumer, delivery);
      if (entry !== undefined) this.comeBack(entry, out);
    }
    this.handsFree(consumer, time);
  }

  private comeBack(entry: Entry, out: Effect[]): void {
    entry.returns++;
    const { deliveryLimit } = this.config;
    if (deliveryLimit !== null && entry.returns > deliveryLimit) this.die(entry, 'delivery_limit', out);
    else this.backlog.putBack(entry);
  }

  /** The message has a new place in the log. False if the consumer does not hold it. */
  requeue(consumer: QuorumConsumer, delivery: number, { index, at }: Place, time: number): boolean {
    const entry = this.takeBack(consumer, delivery);
    if (entry === undefined) return false;
    this.backlog.release(entry);
    this.backlog.push(new Entry(index, at, entry.size, entry.expiresAt, entry.returns + 1));
    this.handsFree(consumer, time);
    return true;
  }

  /** The consumer may have room, or may be done with. */
  handsFree(consumer: QuorumConsumer, time: number): void {
    if (!consumer.cancelled && !consumer.once) this.roster.enqueue(consumer);
    else if (consumer.held.size === 0) this.dismiss(consumer, time);
  }

  /** It must hold nothing. */
  dismiss(consumer: QuorumConsumer, time: number): void {
    this.roster.remove(consumer);
    this.lastUsed = time;
  }

  // --- ends ---

  /** Ends a message that is in nobody's hands and not ready any more. */
  private die(entry: Entry, reason: DeathReason, out: Effect[]): void {
    const { deadLettering } = this.config;
    if (deadLettering === 'at-least-once') {
      this.outbox.add({ entry, reason });
      return;
    }
    const { index, at, returns } = entry;
    out.push({ type: deadLettering === 'none' ? 'dropped' : 'dead', index, at, reason, returns });
    this.backlog.release(entry);
  }

  /** Only what would be delivered next expires. */
  expire(time: number, out: Effect[]): void {
    for (;;) {
      const first = this.backlog.first();
      if (first === undefined || first.expiresAt > time) return;
      this.backlog.take();
      this.die(first, 'expired', out);
    }
  }

  // --- limits ---

  /** Drops what is too much, or tells those who publish to stop, or to go on. */
  limit(out: Effect[]): void {
    const { maxLength, maxBytes, overflow } = this.config;
    if (maxLength === null && maxBytes === null) return;
    if (overflow === 'drop-head') {
      for (;;) {
        if (!this.isFull()) return;
        const first = this.backlog.take();
        if (first === undefined) return;
        this.die(first, 'maxlen', out);
      }
    }
    if (this.isFull()) this.refusePublishes(true, out);
    else if (this.hasRoomAgain()) this.refusePublishes(false, out);
  }

  /** More than the limits allow: a queue that refuses has taken one too many before it does. */
  isFull(): boolean {
    const { maxLength, maxBytes } = this.config;
    const [length, bytes] = this.counted();
    return (maxLength !== null && length > maxLength) || (maxBytes !== null && bytes > maxBytes);
  }

  private hasRoomAgain(): boolean {
    const { maxLength, maxBytes } = this.config;
    const [length, bytes] = this.counted();
    const room = (limit: number | null, filled: number): boolean => limit === null || filled <= Math.floor(limit * ROOM_AGAIN);
    return room(maxLength, length) && room(maxBytes, bytes);
  }

  private counted(): readonly [length: number, bytes: number] {
    return [this.backlog.length + this.outbox.length, this.backlog.bytes + this.outbox.bytes];
  }

  private refusePublishes(refuse: boolean, out: Effect[]): void {
    for (const session of this.roster.sessions.values()) {
      if (session.refused === refuse) continue;
      session.refused = refuse;
      out.push({ type: 'refuse', session: session.number, refuse });
    }
  }

  /**
   * Whoever was refused stays so when the queue is not to refuse any more: only one that refuses tells of room (RabbitMQ 3.10.8).
   */
  configure(config: QuorumConfig, time: number, out: Effect[]): void {
    if (this.config.deadLettering === 'at-least-once' && config.deadLettering !== 'at-least-once') {
      for (const { entry, reason } of this.outbox.empty()) {
        out.push({ type: 'dropped', index: entry.index, at: entry.at, reason, returns: entry.returns });
        this.backlog.release(entry);
      }
    }
    this.config = { ...config, singleActive: this.config.singleActive };
    this.lastUsed = time;
  }
}
