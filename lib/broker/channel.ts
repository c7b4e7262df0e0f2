/**
 * One channel: its state, what its methods share, and its end. The methods themselves are in methods/, a file a class;
 * publishing is in publisher.ts, delivering in channel-consumer.ts.
 */
import type { ReplyCode } from '../amqp/constants';
import { FRAME_END, FRAME_METHOD } from '../amqp/constants';
import { encodeMethod, encodeMethodPayload } from '../amqp/method-codec';
import type { ArgsOf, MethodName } from '../amqp/methods';
import { methodId } from '../amqp/methods';
import type { Storage } from '../storage/storage';
import type { EventBody } from '../trace/events';
import type { TraceSink } from '../trace/sink';
import type { Link } from '../world/world';
import type { AccessControl } from './access';
import type { ChannelConsumer } from './channel-consumer';
import { ChannelWait } from './channel-wait';
import type { Confirms, ConfirmWriter } from './confirms';
import type { Connection } from './connection';
import { writeWithContent } from './content-writer';
import { accessRefused, called, homeDown, lockedQueue, notFound, preconditionFailed } from './errors';
import type { Exchange } from './exchange/exchange';
import type { Operation, TopicOperation } from './grant';
import { labelOf } from './label';
import type { Message } from './message';
import { Publisher } from './publisher';
import type { Held, Queue } from './queue/queue';
import { type Delivery, Unacked } from './unacked';
import type { Vhost } from './vhost';

const ACK = methodId('basic.ack');

/** Acknowledgements that wait for their transaction. */
interface PendingAck {
  readonly deliveries: readonly Delivery[];
  readonly outcome: 'ack' | 'requeue' | 'reject';
}

export class Channel implements ConfirmWriter {
  /** False from the moment either side began to close it. */
  open = true;
  lastDeliveryTag = 0;
  readonly unacked = new Unacked();
  readonly consumers = new Map<string, ChannelConsumer>();
  /** For consumers started from now on (basic.qos global=false). */
  prefetch = 0;
  /** For the channel as a whole (basic.qos global=true). */
  globalPrefetch = 0;
  /** What counts against that limit: unacknowledged deliveries to consumers, and what was unacknowledged when it was set. */
  private consumed = 0;
  confirms: Confirms | null = null;
  /** The acknowledgements of the running transaction; null outside tx mode. */
  tx: PendingAck[] | null = null;
  /** Declared last on this channel: what an empty queue name stands for. */
  lastQueue = '';
  readonly publisher: Publisher;
  readonly wait: ChannelWait;
  readonly link: Link;
  readonly vhost: Vhost;
  readonly access: AccessControl;
  readonly storage: Storage;
  readonly trace: TraceSink;
  readonly user: string;
  readonly frameMax: number;
  readonly maxMessageSize: number;
  readonly ref: { readonly connection: string; readonly channel: number };

  constructor(
    readonly connection: Connection,
    readonly number: number,
  ) {
    const { host, session } = connection;
    this.link = connection.link;
    this.vhost = session.vhost;
    this.user = session.user;
    this.frameMax = session.frameMax;
    this.access = host.access;
    this.storage = host.storage;
    this.trace = host.trace;
    this.maxMessageSize = host.maxMessageSize;
    this.ref = { connection: connection.name, channel: number };
    this.wait = new ChannelWait(connection.channels.waitPort(this));
    this.publisher = new Publisher(this, connection.arrival, host.replies);
  }

  emit(event: EventBody): void {
    this.connection.host.emit(event);
  }

  // --- writing ---

  send<N extends MethodName>(name: N, args: ArgsOf<N>): void {
    this.wait.write(encodeMethod(this.number, name, args));
  }

  writeConfirm(method: number, tag: number, multiple: boolean): void {
    if (!this.open) return;
    // basic.nack has a second bit, requeue; it means nothing here, but RabbitMQ sets it.
    const at = this.link.reserve(21);
    const { out } = this.link;
    out[at] = FRAME_METHOD;
    out.writeUInt16BE(this.number, at + 1);
    out.writeUInt32BE(13, at + 3);
    out.writeUInt32BE(method, at + 7);
    out.writeUInt32BE(Math.floor(tag / 0x100000000), at + 11);
    out.writeUInt32BE(tag % 0x100000000, at + 15);
    out[at + 19] = (multiple ? 1 : 0) | (method === ACK ? 0 : 2);
    out[at + 20] = FRAME_END;
    if (this.trace.active) {
      this.emit({ type: 'confirm', ...this.ref, outcome: method === ACK ? 'ack' : 'nack', publishSeq: tag, multiple });
    }
  }

  returnMessage(message: Message, reply: ReplyCode): void {
    const { exchange, routingKey } = message.destination;
    const args = { replyCode: reply.code, replyText: reply.name, exchange, routingKey };
    writeWithContent(this.link, this.number, encodeMethodPayload('basic.return', args), message, this.frameMax);
    if (!this.trace.active) return;
    const text = { code: reply.code, text: reply.name };
    this.emit({ type: 'return', ...this.ref, message: message.id, label: labelOf(message), exchange, routingKey, ...text });
  }

  // --- looking things up, with RabbitMQ's refusals ---

  check(operation: Operation, kind: 'queue' | 'exchange', name: string): void {
    if (this.access.allows(this.user, this.vhost.name, operation, name === '' ? 'amq.default' : name)) return;
    const shown = name === '' && kind === 'exchange' ? 'amq.default' : name;
    throw accessRefused(`access to ${called(kind, shown, this.vhost.name)} refused for user '${this.user}'`);
  }

  /** Topic permissions are asked for topic exchanges only, after the exchange was found. */
  checkTopic(operation: TopicOperation, { kind, name }: Exchange, routingKey: string): void {
    if (kind !== 'topic' || this.access.allowsTopic(this.user, this.vhost.name, operation, name, routingKey)) return;
    const where = `'${name}' in vhost '${this.vhost.name}'`;
    throw accessRefused(`access to topic '${routingKey}' in exchange ${where} refused for user '${this.user}'`);
  }

  /** An empty name stands for the queue declared last on this channel. */
  queueName(name: string): string {
    if (name !== '') return name;
    if (this.lastQueue === '') throw notFound('no previously declared queue');
    return this.lastQueue;
  }

  /** Throws 404, also for a queue whose node is away, and 405 for another connection's exclusive queue. */
  queue(name: string): Queue {
    const queue = this.vhost.queues.get(name);
    if (queue === undefined) throw notFound(`no ${called('queue', name, this.vhost.name)}`);
    if (!queue.reachable) throw homeDown(queue);
    if (queue.owner !== null && queue.owner !== this.connection) throw lockedQueue(name, this.vhost.name);
    return queue;
  }

  // --- the window of the channel ---

  /** basic.qos global=true; 0 for no limit. */
  limit(prefetchCount: number): void {
    // What basic.get holds counts too when a limit is first set, but nothing that it gets later (RabbitMQ).
    if (this.globalPrefetch === 0) this.consumed = this.unacked.count;
    this.globalPrefetch = prefetchCount;
  }

  /** True while the limit lets more through. It holds all consumers of the channel, those without acknowledgement too. */
  get windowOpen(): boolean {
    return this.globalPrefetch === 0 || this.consumed < this.globalPrefetch;
  }

  /** How many more; Infinity without a limit. */
  get windowRoom(): number {
    return this.globalPrefetch === 0 ? Number.POSITIVE_INFINITY : this.globalPrefetch - this.consumed;
  }

  countDelivery(): void {
    this.consumed++;
  }

  // --- acknowledgements ---

  /** basic.ack, basic.nack, basic.reject. Tag 0 with `multiple` means all so far. */
  acknowledge(tag: number, multiple: boolean, outcome: PendingAck['outcome']): void {
    const deliveries = this.taken(tag, multiple);
    if (this.tx !== null) this.tx.push({ deliveries, outcome });
    else this.finish(deliveries, outcome);
  }

  private taken(tag: number, multiple: boolean): readonly Delivery[] {
    if (multiple && tag === 0) return this.unacked.takeAll();
    if (multiple) {
      const all = this.unacked.takeUpTo(tag);
      if (all !== null) return all;
    } else {
      const one = this.unacked.take(tag);
      if (one !== null) return [one];
    }
    throw preconditionFailed(`unknown delivery tag ${tag}`);
  }

  private finish(deliveries: readonly Delivery[], outcome: PendingAck['outcome']): void {
    if (outcome === 'requeue') this.giveBack(deliveries, false);
    else {
      for (const delivery of deliveries) {
        this.release(delivery);
        if (outcome === 'ack') delivery.queue.settle(delivery);
        else delivery.queue.reject(delivery);
      }
    }
    this.wakeConsumers();
  }

  private release({ consumer }: Delivery): void {
    if (consumer === null) return;
    consumer.unackedCount = Math.max(0, consumer.unackedCount - 1);
    this.consumed--;
  }

  /** Requeues, each queue's messages together. */
  private giveBack(deliveries: readonly Delivery[], ended: boolean): void {
    const byQueue = new Map<Queue, Held[]>();
    for (const delivery of deliveries) {
      this.release(delivery);
      const own = byQueue.get(delivery.queue);
      if (own === undefined) byQueue.set(delivery.queue, [delivery]);
      else own.push(delivery);
    }
    for (const [queue, held] of byQueue) queue.requeue(held, ended);
  }

  /** basic.recover requeue=true. */
  recover(): void {
    this.giveBack(this.unacked.takeAll(), false);
    this.wakeConsumers();
  }

  /** Something may have made room: an acknowledgement, a drained socket, a new qos. */
  wakeConsumers(): void {
    for (const consumer of this.consumers.values()) {
      if (consumer.parked && consumer.ready) consumer.queue.consumerReady(consumer);
    }
  }

  /** Answers false if a queue refused a message of the transaction; the others have theirs all the same. */
  commit(answer: (whole: boolean) => void): void {
    const acks = this.tx ?? [];
    this.tx = [];
    this.publisher.commit(answer);
    for (const { deliveries, outcome } of acks) this.finish(deliveries, outcome);
  }

  /** Publishes are forgotten; acknowledged deliveries are unacknowledged again. */
  rollback(): void {
    const acks = this.tx ?? [];
    this.tx = [];
    this.publisher.rollback();
    this.unacked.restore(acks.flatMap(({ deliveries }) => [...deliveries]));
  }

  // --- consumers ---

  /** Unacknowledged deliveries of a cancelled consumer stay with the channel. */
  cancelByClient(consumer: ChannelConsumer, done: () => void): void {
    this.wait.ask<void>(
      (answer) => consumer.queue.cancelConsumer(consumer, answer),
      () => {
        this.consumers.delete(consumer.tag);
        this.emit({
          type: 'consumer.cancelled',
          ...this.ref,
          consumerTag: consumer.tag,
          queue: consumer.queue.name,
          by: 'client',
        });
        done();
      },
    );
  }

  cancelByServer(consumer: ChannelConsumer): void {
    this.consumers.delete(consumer.tag);
    this.emit({ type: 'consumer.cancelled', ...this.ref, consumerTag: consumer.tag, queue: consumer.queue.name, by: 'server' });
    if (!this.connection.session.cancelNotify) return;
    // After the answer to whatever made the queue go (RabbitMQ).
    this.connection.host.world.turn.atEnd(() => {
      if (this.open) this.send('basic.cancel', { consumerTag: consumer.tag, nowait: true });
    });
  }

  /** The end, however it came: consumers go, what is unacknowledged returns to its queues. */
  close(): void {
    this.open = false;
    this.connection.host.replies.unregister(this);
    // No cancel is on the wire here, so none is told: a tap before a real RabbitMQ sees none either.
    for (const consumer of this.consumers.values()) consumer.queue.removeConsumer(consumer);
    this.consumers.clear();
    const pending = (this.tx ?? []).flatMap(({ deliveries }) => [...deliveries]);
    this.tx = null;
    this.unacked.restore(pending);
    this.giveBack(this.unacked.takeAll(), true);
  }
}
