/**
 * What consumers and gets of this node have of a quorum queue: deliveries that came, those that wait for room, and what is to be
 * told of them. A delivery has a place of its own here (`Held.position`), which stands for consumer and number.
 */
import type { ChannelConsumer } from '../../broker/channel-consumer';
import type { ProtocolError } from '../../broker/errors';
import type { Message } from '../../broker/message';
import type { Consumer } from '../../broker/queue/consumer';
import type { Answer } from '../../broker/queue/queue';
import type { World } from '../../world/world';
import { withDeliveryCount } from './machine/delivered';
import { MessageReader } from '../remote/message-octets';
import { UNLIMITED_PREFETCH } from './machine/settings';
import type { QuorumClient } from './quorum-client';
import type { Delivered, Item, ItemOf } from './quorum-wire';

const NEVER = Number.POSITIVE_INFINITY;
/** Deliveries that a place has room for beside the hand's id; places below are of gets. */
const PLACES = 2 ** 32;

interface Waiting {
  readonly delivery: number;
  readonly returns: number;
  readonly message: Message;
}

/** A consumer of a channel of this node. */
class Hand {
  /** Its number in the queue; null before that is known. */
  number: number | null = null;
  next = 0;
  /** Asked what it may have missed. */
  resuming = false;
  /** Another leader has come since it asked to be one: under the one before it may have been sent something already. */
  overtaken = false;
  /** Its channel has ended before its number was known. */
  closed = false;
  /** The queue was told that it goes; until that is certain it is still handed what comes. */
  leaving = false;
  /** Deliveries that its channel has not ended yet. */
  held = 0;
  /** It is no consumer of the queue any more. */
  cancelled = false;
  readonly waiting: Waiting[] = [];
  readonly reader = new MessageReader();

  constructor(
    /** Among the hands of this node. */
    readonly id: number,
    readonly consumer: ChannelConsumer,
    /** What tells it from the node's other consumers. */
    readonly tag: string,
    readonly subscribed: Answer<void>,
  ) {}
}

export type Ending = 'settle' | 'discard' | 'return' | 'reject';

/** Deliveries of one consumer that are to be told of, by what became of them. */
type Endings = { [K in Ending]: number[] };

export class QuorumHands {
  private readonly byConsumer = new Map<Consumer, Hand>();
  private readonly byTag = new Map<string, Hand>();
  private readonly byNumber = new Map<number, Hand>();
  private readonly byId = new Map<number, Hand>();
  /** Of gets: each has a consumer of its own. */
  private readonly gets = new Map<number, readonly [consumer: number, delivery: number]>();
  private lastGet = 0;
  private lastId = 0;
  private endings = new Map<number, Endings>();
  /** Numbers of those whose channels have ended, of which the queue is to be told. */
  private left = new Set<number>();
  private armed = false;

  constructor(
    private readonly client: QuorumClient,
    private readonly world: World,
    private readonly send: (item: Item) => void,
  ) {}

  list(): readonly Consumer[] {
    return [...this.byConsumer.keys()];
  }

  /** The consumer's number in the queue; null if it has none yet. */
  numberOf(consumer: Consumer): number | null {
    return this.byConsumer.get(consumer)?.number ?? null;
  }

  // --- consumers ---

  add(consumer: ChannelConsumer, subscribed: Answer<void>): void {
    const id = ++this.lastId;
    const tag = `${id} ${consumer.tag}`;
    const hand = new Hand(id, consumer, tag, subscribed);
    this.byId.set(id, hand);
    this.byConsumer.set(consumer, hand);
    this.byTag.set(tag, hand);
    const credit = consumer.noAck || consumer.prefetch === 0 ? UNLIMITED_PREFETCH : consumer.prefetch;
    const { priority } = consumer;
    this.client.request((session) => ({ type: 'subscribe', session, tag, credit, priority }));
  }

  subscribed(tag: string, number: number): void {
    const hand = this.byTag.get(tag);
    if (hand === undefined || hand.number !== null) return;
    hand.number = number;
    this.byNumber.set(number, hand);
    hand.resuming = hand.overtaken;
    if (hand.closed) {
      this.leave(hand, number);
      return;
    }
    hand.subscribed();
    // Not before its client knows of it: a leader on this node answers at once, with what it may have missed.
    if (hand.overtaken) this.askAgain(number, hand);
  }

  /** `done`: nothing comes to it any more. */
  cancelled(consumer: Consumer, done: () => void): void {
    const hand = this.byConsumer.get(consumer);
    if (hand === undefined || hand.number === null) done();
    else this.cancel(hand, done);
  }

  /** Its channel has ended. */
  remove(consumer: Consumer): void {
    const hand = this.byConsumer.get(consumer);
    if (hand === undefined) return;
    this.byConsumer.delete(consumer);
    if (hand.number === null) hand.closed = true;
    else this.leave(hand, hand.number);
  }

  /** The queue takes back all that it holds, whether it has come here or not: nothing of it is of use here any more. */
  private leave(hand: Hand, number: number): void {
    hand.waiting.length = 0;
    this.byTag.delete(hand.tag);
    this.byNumber.delete(number);
    this.byId.delete(hand.id);
    this.leaves(number);
  }

  private leaves(number: number): void {
    this.left.add(number);
    this.arm();
  }

  private cancel(hand: Hand, done: () => void): void {
    const consumer = hand.number as number;
    hand.leaving = true;
    this.client.request(
      () => ({ type: 'cancel', consumer }),
      () => {
        this.giveBackWaiting(hand);
        this.byConsumer.delete(hand.consumer);
        this.byTag.delete(hand.tag);
        this.byNumber.delete(consumer);
        hand.cancelled = true;
        this.forgetIfDone(hand);
        done();
      },
    );
  }

  /** What it holds may be settled after it was cancelled. */
  private forgetIfDone({ id, cancelled, held }: Hand): void {
    if (cancelled && held === 0) this.byId.delete(id);
  }

  private giveBackWaiting({ number, waiting }: Hand): void {
    for (const { delivery } of waiting.splice(0)) this.ending(number as number, delivery, 'return');
  }

  // --- deliveries ---

  deliver({ consumer, delivery: first, again, messages }: ItemOf<'deliver'>): void {
    const hand = this.byNumber.get(consumer);
    if (hand === undefined || hand.resuming !== again) return;
    for (let i = Math.max(0, hand.next - first); i < messages.length; i++) {
      const delivery = first + i;
      hand.next = delivery + 1;
      const { returns, octets } = messages[i] as Delivered;
      const read = hand.reader.read(octets);
      // On its first way to a consumer a message is as it was published; basic.get alone says 0 (RabbitMQ).
      const message = returns === 0 ? read : withDeliveryCount(read, returns);
      if (hand.waiting.length === 0 && hand.consumer.ready) this.hand(hand, delivery, returns, message);
      else hand.waiting.push({ delivery, returns, message });
    }
    if (hand.waiting.length > 0) this.pump(hand);
  }

  /** What the leader before may have sent, and never came. */
  resume(): void {
    for (const hand of this.byTag.values()) if (hand.number === null) hand.overtaken = true;
    for (const [consumer, hand] of this.byNumber) this.askAgain(consumer, hand);
  }

  private askAgain(consumer: number, hand: Hand): void {
    hand.resuming = true;
    this.send({ do: 'resume', consumer, from: hand.next });
  }

  resumed(consumer: number, next: number | null): void {
    const hand = this.byNumber.get(consumer);
    if (hand === undefined) return;
    hand.resuming = false;
    if (next !== null) hand.next = next;
  }

  ready(consumer: Consumer): void {
    const hand = this.byConsumer.get(consumer);
    if (hand !== undefined) this.pump(hand);
  }

  private pump(hand: Hand): void {
    const { consumer, waiting } = hand;
    let taken = 0;
    for (; taken < waiting.length && consumer.ready; taken++) {
      const { delivery, returns, message } = waiting[taken] as Waiting;
      this.hand(hand, delivery, returns, message);
    }
    waiting.splice(0, taken);
    consumer.parked = waiting.length > 0;
  }

  private hand(hand: Hand, delivery: number, returns: number, message: Message): void {
    const { consumer, id } = hand;
    const place = id * PLACES + delivery;
    hand.held++;
    consumer.deliver(message, place, returns > 0, NEVER);
    if (consumer.noAck) this.end(place, 'settle');
  }

  /** The place of what a channel has asked for and got. */
  placeOfGet(consumer: number, delivery: number): number {
    this.gets.set(++this.lastGet, [consumer, delivery]);
    return this.lastGet;
  }

  // --- what became of them ---

  /** The channel that held it has ended: whoever it was that held it leaves, with all that he holds. */
  leaveWith(place: number): void {
    const get = this.gets.get(place);
    if (get !== undefined) {
      this.gets.delete(place);
      this.leaves(get[0]);
      return;
    }
    const hand = this.byId.get(Math.floor(place / PLACES));
    if (hand !== undefined) this.leave(hand, hand.number as number);
  }

  end(place: number, how: Ending): void {
    if (place < PLACES) {
      this.endGet(place, how);
      return;
    }
    const id = Math.floor(place / PLACES);
    const hand = this.byId.get(id);
    if (hand === undefined) return;
    hand.held--;
    this.forgetIfDone(hand);
    this.ending(hand.number as number, place - id * PLACES, how);
  }

  private endGet(place: number, how: Ending): void {
    const get = this.gets.get(place);
    if (get === undefined) return;
    this.gets.delete(place);
    this.ending(get[0], get[1], how);
  }

  private ending(consumer: number, delivery: number, how: Ending): void {
    let endings = this.endings.get(consumer);
    if (endings === undefined) {
      endings = { settle: [], discard: [], return: [], reject: [] };
      this.endings.set(consumer, endings);
    }
    endings[how].push(delivery);
    this.arm();
  }

  private arm(): void {
    if (this.armed) return;
    this.armed = true;
    this.world.turn.atEnd(this.tell);
  }

  private readonly tell = (): void => {
    this.armed = false;
    const { endings, left } = this;
    this.endings = new Map();
    this.left = new Set();
    for (const [consumer, { settle, discard, return: back, reject }] of endings) {
      if (settle.length > 0) this.client.request(() => ({ type: 'settle', consumer, deliveries: settle }));
      if (discard.length > 0) this.client.request(() => ({ type: 'discard', consumer, deliveries: discard }));
      if (back.length > 0) this.client.request(() => ({ type: 'return', consumer, deliveries: back }));
      if (reject.length > 0) this.client.request(() => ({ type: 'return', consumer, deliveries: reject }), null, true);
    }
    // Behind what their channels said of their deliveries in the same turn; and all at once, for none of them is to get what
    // another one held. In the order in which they came, which is the order of their numbers.
    const consumers = [...left].sort((one, other) => one - other);
    if (consumers.length > 0) this.client.request(() => ({ type: 'leave', consumers }));
  };

  // --- ends ---

  /** The node has another session from now on: its consumers get nothing any more; who has only asked to be one asks again. */
  begunAnew(): void {
    for (const hand of this.takeAll()) {
      if (hand.number === null) this.add(hand.consumer, hand.subscribed);
      else if (!hand.leaving) hand.consumer.cancelledByServer();
    }
  }

  /** The queue is gone: all are told that they get nothing any more. */
  dismiss(gone: ProtocolError): void {
    for (const hand of this.takeAll()) {
      if (hand.number === null) hand.subscribed(gone);
      else if (!hand.leaving) hand.consumer.cancelledByServer();
    }
  }

  private takeAll(): readonly Hand[] {
    const hands = [...this.byConsumer.values()];
    this.byConsumer.clear();
    this.byTag.clear();
    this.byNumber.clear();
    this.byId.clear();
    this.gets.clear();
    return hands;
  }
}
