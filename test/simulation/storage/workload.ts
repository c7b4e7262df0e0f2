/**
 * A client that does a little of everything to a durable broker and writes down what it was promised: declares, binds,
 * publishes in confirm mode and in transactions, takes, acknowledges, rejects, purges, deletes.
 */
import { tableOf } from '../../../lib/amqp/field-table';
import type { Method } from '../../../lib/amqp/methods';
import type { Properties } from '../../../lib/amqp/properties';
import type { SeededRandom } from '../../../lib/world/random';
import type { SimHost } from '../../../lib/world/sim';
import { bodyOf, type Definitions, EXCHANGE, FOREVER, GRAVE, idOf, NAMES, QUEUES, sizeOf } from './definitions';
import { BrokenPromise, QueueBook, type Copy, type QueueSettings } from './promise-book';
import { RawClient } from './raw-client';

const CONFIRM = 1;
const TX = 2;
const ADMIN = 3;
const GET = 4;
const CONSUME = 5;
const CHANNELS = 5;

interface Taken {
  readonly copy: Copy;
  readonly tag: number;
}

export class Workload {
  readonly client: RawClient;
  private readonly book: Definitions;
  /** By channel: what was taken and not settled, in order of tags. */
  private readonly held = new Map<number, Taken[]>([
    [GET, []],
    [CONSUME, []],
    [TX, []],
  ]);
  private readonly unconfirmed = new Map<number, Copy[]>();
  private nextSeq = 1;
  private committing: Copy[] | null = null;
  /** Published in the transaction that is open: nothing is in a queue before it is committed. */
  private drafted: (() => Copy[])[] = [];
  private asked: (() => void) | null = null;
  private getting: { channel: number; queue: QueueBook; noAck: boolean } | null = null;
  private consuming: { readonly queue: QueueBook; readonly consumerTag: string } | null = null;
  /** By consumer tag; one that was cancelled may still be sent what was on its way. */
  private readonly consumers = new Map<string, QueueBook>();
  private begun = false;
  private marks = 0;
  /** Answers to `askMark` so far. */
  marked = 0;
  /** Asked of the broker and not answered: admin requests, gets, commits. */
  private pending = 0;

  constructor(
    host: SimHost,
    private readonly random: SeededRandom,
    definitions: Definitions,
    private readonly ids: { next: number },
    private readonly now: () => number,
  ) {
    this.book = definitions;
    this.client = new RawClient(host, 'node', CHANNELS, (channel, method, body) => this.heard(channel, method, body));
  }

  /** Sends one thing that is possible now. */
  act(): void {
    if (!this.client.ready || this.client.closed) return;
    if (!this.begun) {
      this.begun = true;
      this.client.send(CONFIRM, 'confirm.select', { nowait: true });
      this.client.send(TX, 'tx.select', {});
      // Before anything can die.
      const bits = { passive: false, durable: true, exclusive: false, autoDelete: false, nowait: true, arguments: new Map() };
      this.client.send(CONFIRM, 'queue.declare', { ticket: 0, queue: GRAVE, ...bits });
    }
    const dice = this.random.int(100);
    if (dice < 50) this.publish();
    else if (dice < 58) this.transact();
    else if (dice < 66) this.get();
    else if (dice < 82) this.settle();
    else if (dice < 88) this.consume();
    else this.administer();
  }

  /** Whether nothing that was asked waits for its answer. */
  get quiet(): boolean {
    return this.pending === 0 && this.unconfirmed.size === 0;
  }

  /** `marked` reaches the number that this returns when everything sent before was done. */
  askMark(): number {
    this.client.send(CONFIRM, 'basic.qos', { prefetchSize: 0, prefetchCount: 0, global: false });
    return ++this.marks;
  }

  // --- publishing ---

  private anyQueue(): QueueBook | null {
    const there = [...this.book.queues.values()];
    return there.length === 0 ? null : (there[this.random.int(there.length)] as QueueBook);
  }

  private publish(): void {
    const burst = this.random.int(8) === 0 ? 12 : 1 + this.random.int(3);
    for (let i = 0; i < burst; i++) {
      const { target, write } = this.draft(CONFIRM);
      if (target.length === 0) return;
      this.unconfirmed.set(this.nextSeq++, write());
    }
  }

  /** A message on its way to where it will be routed now; `write` puts it into the book. */
  private draft(channel: number): { target: QueueBook[]; write: () => Copy[] } {
    const { book, random } = this;
    const spread = book.exchange && random.int(3) === 0;
    const one = this.anyQueue();
    const target = spread ? [...book.bound].flatMap((name) => book.queues.get(name) ?? []) : one === null ? [] : [one];
    if (target.length === 0) return { target, write: () => [] };
    const id = this.ids.next++;
    const properties: Properties = {};
    const persistent = random.int(5) > 0;
    if (persistent) properties.deliveryMode = 2;
    const priority = random.int(5);
    if (random.int(2) === 0) properties.priority = priority;
    const ttl = random.int(12) === 0 ? 5 + random.int(100) : random.int(12) === 0 ? 3_600_000 : FOREVER;
    if (ttl !== FOREVER) properties.expiration = String(ttl);
    this.client.publish(channel, spread ? EXCHANGE : '', (one as QueueBook).name, properties, bodyOf(id, sizeOf(id)));
    const write = (): Copy[] =>
      target.flatMap((queue) => {
        if (book.queues.get(queue.name) !== queue) return [];
        return [this.enter(queue, id, properties.priority ?? 0, persistent, ttl)];
      });
    return { target, write };
  }

  private enter(queue: QueueBook, id: number, priority: number, persistent: boolean, ttl: number): Copy {
    const { settings } = queue;
    const copy: Copy = {
      id,
      order: this.ids.next++,
      priority: Math.min(priority, settings.priorities),
      persistent: persistent && settings.durable,
      expiresAt: this.now() + Math.min(ttl, settings.ttl),
      confirmed: false,
      settled: false,
      rejected: false,
      uncertain: settings.maxLength !== FOREVER,
      delivered: false,
      mayBeDelivered: queue.watched,
    };
    queue.copies.set(id, copy);
    return copy;
  }

  private transact(): void {
    const { client, random } = this;
    if (this.committing !== null) return;
    for (let i = random.int(4); i >= 0; i--) {
      const { target, write } = this.draft(TX);
      if (target.length > 0) this.drafted.push(write);
    }
    const acks = (this.held.get(TX) as Taken[]).splice(0);
    for (const { tag } of acks) client.send(TX, 'basic.ack', { deliveryTag: tag, multiple: false });
    this.pending++;
    if (random.int(4) === 0) {
      this.drafted = [];
      // What was acknowledged in vain is still held by the channel.
      (this.held.get(TX) as Taken[]).push(...acks);
      this.committing = [];
      client.send(TX, 'tx.rollback', {});
      return;
    }
    for (const { copy } of acks) copy.settled = true;
    this.committing = this.drafted.flatMap((write) => write());
    this.drafted = [];
    client.send(TX, 'tx.commit', {});
  }

  // --- taking ---

  private get(): void {
    const queue = this.anyQueue();
    if (queue === null || this.getting !== null) return;
    const channel = this.random.int(4) === 0 && this.committing === null ? TX : GET;
    const noAck = channel === GET && this.random.int(4) === 0;
    for (const copy of queue.copies.values()) copy.mayBeDelivered = true;
    if (noAck) queue.takenUnseen++;
    this.getting = { channel, queue, noAck };
    this.pending++;
    this.client.send(channel, 'basic.get', { ticket: 0, queue: queue.name, noAck });
  }

  private consume(): void {
    const { client } = this;
    if (this.consuming !== null) {
      client.send(CONSUME, 'basic.cancel', { consumerTag: this.consuming.consumerTag, nowait: true });
      this.consuming = null;
      return;
    }
    const queue = this.anyQueue();
    if (queue === null) return;
    const consumerTag = String(this.consumers.size);
    this.consumers.set(consumerTag, queue);
    this.consuming = { queue, consumerTag };
    queue.watched = true;
    for (const copy of queue.copies.values()) copy.mayBeDelivered = true;
    client.send(CONSUME, 'basic.qos', { prefetchSize: 0, prefetchCount: 1 + this.random.int(6), global: false });
    const quiet = { noLocal: false, exclusive: false, nowait: true, arguments: new Map() };
    client.send(CONSUME, 'basic.consume', { ticket: 0, queue: queue.name, consumerTag, noAck: false, ...quiet });
  }

  private settle(): void {
    const { client, random } = this;
    const channel = random.int(2) === 0 ? GET : CONSUME;
    const held = this.held.get(channel) as Taken[];
    if (held.length === 0) return;
    const at = random.int(held.length);
    const { tag } = held[at] as Taken;
    const multiple = random.int(3) === 0;
    const gone = multiple ? held.splice(0, at + 1) : held.splice(at, 1);
    const requeue = random.int(3) === 0;
    if (requeue) {
      client.send(channel, 'basic.nack', { deliveryTag: tag, multiple, requeue: true });
      return;
    }
    for (const { copy } of gone) copy.settled = true;
    if (random.int(5) === 0) {
      for (const { copy } of gone) copy.rejected = true;
      client.send(channel, 'basic.nack', { deliveryTag: tag, multiple, requeue: false });
    } else client.send(channel, 'basic.ack', { deliveryTag: tag, multiple });
  }

  // --- definitions, one at a time ---

  private administer(): void {
    if (this.asked !== null) return;
    const { book, random, client } = this;
    const name = NAMES[random.int(NAMES.length)] as string;
    const queue = book.queues.get(name);
    const dice = random.int(10);
    if (queue === undefined) this.declare(name);
    else if (dice === 0) this.remove(queue);
    else if (dice < 3) {
      for (const copy of queue.copies.values()) {
        // What is with a client is not purged; what may be on its way to one may be.
        if (!copy.mayBeDelivered) copy.settled = true;
        else if (!this.holds(copy)) copy.uncertain = true;
      }
      this.ask(null, () => undefined);
      client.send(ADMIN, 'queue.purge', { ticket: 0, queue: name, nowait: false });
    } else if (!book.exchange) {
      book.exchange = true;
      this.ask(`exchange ${EXCHANGE}`, () => undefined);
      const bits = { passive: false, durable: true, autoDelete: false, internal: false, nowait: false };
      client.send(ADMIN, 'exchange.declare', { ticket: 0, exchange: EXCHANGE, type: 'fanout', ...bits, arguments: new Map() });
    } else if (dice === 3) {
      book.exchange = false;
      book.bound.clear();
      this.ask(`exchange ${EXCHANGE}`, () => undefined);
      client.send(ADMIN, 'exchange.delete', { ticket: 0, exchange: EXCHANGE, ifUnused: false, nowait: false });
    } else this.bind(queue);
  }

  private holds(copy: Copy): boolean {
    for (const list of this.held.values()) if (list.some((taken) => taken.copy === copy)) return true;
    return false;
  }

  private ask(open: string | null, answered: () => void): void {
    this.book.open = open;
    this.pending++;
    this.asked = answered;
  }

  private declare(name: string): void {
    const settings = QUEUES[name] as QueueSettings;
    const queue = new QueueBook(name, settings);
    this.book.queues.set(name, queue);
    this.ask(`queue ${name}`, () => {
      queue.answered = true;
    });
    const args = tableOf({
      ...(settings.priorities > 0 ? { 'x-max-priority': settings.priorities } : {}),
      ...(settings.maxLength !== FOREVER ? { 'x-max-length': settings.maxLength } : {}),
      ...(settings.ttl !== FOREVER ? { 'x-message-ttl': settings.ttl } : {}),
      ...(settings.deadLetters ? { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': GRAVE } : {}),
    });
    const bits = { passive: false, durable: settings.durable, exclusive: false, autoDelete: false, nowait: false };
    this.client.send(ADMIN, 'queue.declare', { ticket: 0, queue: name, ...bits, arguments: args });
  }

  private remove(queue: QueueBook): void {
    const { book } = this;
    book.queues.delete(queue.name);
    book.bound.delete(queue.name);
    for (const copy of queue.copies.values()) copy.uncertain = true;
    book.leaving = queue;
    if (this.consuming?.queue === queue) this.consuming = null;
    this.ask(`queue ${queue.name}`, () => {
      book.leaving = null;
    });
    const { name } = queue;
    this.client.send(ADMIN, 'queue.delete', { ticket: 0, queue: name, ifUnused: false, ifEmpty: false, nowait: false });
  }

  private bind({ name, settings }: QueueBook): void {
    const { book, client } = this;
    this.ask(settings.durable ? `binding ${name}` : null, () => undefined);
    const binding = { ticket: 0, queue: name, exchange: EXCHANGE, routingKey: '', arguments: new Map() };
    if (book.bound.delete(name)) client.send(ADMIN, 'queue.unbind', binding);
    else {
      book.bound.add(name);
      client.send(ADMIN, 'queue.bind', { ...binding, nowait: false });
    }
  }

  // --- what the broker says ---

  private heard(channel: number, method: Method, body: Buffer): void {
    switch (method.name) {
      case 'basic.ack':
      case 'basic.nack':
        this.confirmed(method.args.deliveryTag, method.args.multiple, method.name === 'basic.ack');
        break;
      case 'tx.commit-ok':
        for (const copy of this.committing as Copy[]) copy.confirmed = true;
        this.committed();
        break;
      case 'tx.rollback-ok':
        this.committed();
        break;
      case 'basic.qos-ok':
        if (channel === CONFIRM) this.marked++;
        break;
      case 'basic.get-ok':
      case 'basic.get-empty':
        this.got(method, body);
        break;
      case 'basic.deliver':
        this.take(CONSUME, this.consumers.get(method.args.consumerTag) as QueueBook, method.args.deliveryTag, body);
        break;
      case 'queue.declare-ok':
      case 'queue.delete-ok':
      case 'queue.purge-ok':
      case 'queue.bind-ok':
      case 'queue.unbind-ok':
      case 'exchange.declare-ok':
      case 'exchange.delete-ok':
        this.answered();
        break;
      case 'channel.close':
      case 'connection.close':
        if (method.args.replyCode !== 320) throw new BrokenPromise(`${method.name}: ${method.args.replyText}`);
        break;
    }
  }

  private confirmed(tag: number, multiple: boolean, positive: boolean): void {
    for (const [seq, copies] of this.unconfirmed) {
      if (multiple ? seq > tag : seq !== tag) continue;
      for (const copy of copies) copy.confirmed = positive;
      this.unconfirmed.delete(seq);
    }
  }

  private committed(): void {
    this.committing = null;
    this.pending--;
  }

  private answered(): void {
    const { asked } = this;
    this.asked = null;
    this.book.open = null;
    this.pending--;
    asked?.();
  }

  private got(method: Method, body: Buffer): void {
    const { channel, queue, noAck } = this.getting as { channel: number; queue: QueueBook; noAck: boolean };
    this.getting = null;
    this.pending--;
    if (noAck) queue.takenUnseen--;
    if (method.name !== 'basic.get-ok') return;
    if (!noAck) this.take(channel, queue, method.args.deliveryTag, body);
    else this.copyIn(queue, body).settled = true;
  }

  private copyIn(queue: QueueBook, body: Buffer): Copy {
    const id = idOf(body);
    if (!body.equals(bodyOf(id, sizeOf(id)))) throw new BrokenPromise(`message ${id} is not what was published`);
    const copy = queue.copies.get(id);
    if (copy === undefined) throw new BrokenPromise(`message ${id} came out of ${queue.name}, into which it was not published`);
    copy.delivered = true;
    return copy;
  }

  private take(channel: number, queue: QueueBook, tag: number, body: Buffer): void {
    (this.held.get(channel) as Taken[]).push({ copy: this.copyIn(queue, body), tag });
  }
}
