/**
 * What can be known about one channel by listening to its wire: turns its methods into wire events and keeps the little
 * that is needed to name things (which queue a consumer tag stands for, which message a delivery tag).
 */
import type { MethodName, ArgsOf, Method } from '../amqp/methods';
import { labelOf } from '../broker/label';
import { Destination } from '../broker/destination';
import { buildMessage, type Message } from '../broker/message';
import { TRANSIENT } from '../broker/traits';
import type { ChannelRef, MessageRef, WireEvent } from '../trace/events';
import type { BookedDelivery, MessageBook } from './message-book';

/** How the copy that labels are read from is cut; nobody sees it. */
const FRAME_MAX = 131072;

/** What a channel tells about itself beyond RabbitMQ's own listings. */
export interface ChannelFacts {
  readonly published: number;
  /** Most recent last, at most 4. */
  readonly publishedTo: readonly string[];
  /** Unacknowledged deliveries of each consumer tag. */
  unackedOf(consumerTag: string): number;
}

export interface ChannelContext {
  readonly connection: string;
  readonly book: MessageBook;
  nextMessage(): number;
  emit(event: WireEvent): void;
}

interface Outstanding {
  readonly booked: BookedDelivery;
  readonly consumerTag: string;
}

interface Consumer {
  readonly queue: string;
  readonly noAck: boolean;
}

type ContentMethod = Extract<Method, { name: 'basic.publish' | 'basic.return' | 'basic.deliver' | 'basic.get-ok' }>;

const RECENT_EXCHANGES = 4;

export class WireChannel implements ChannelFacts {
  published = 0;
  publishedTo: string[] = [];
  private readonly ref: ChannelRef;
  /** 0 until confirm.select; then the number of the last publish. */
  private publishSeq = 0;
  private confirms = false;
  private prefetch = 0;
  /** An empty queue name in a later method means this one (spec, queue.declare). */
  private lastQueue = '';
  private readonly consumers = new Map<string, Consumer>();
  private readonly outstanding = new Map<number, Outstanding>();
  /** Requests whose replies do not repeat what was asked; replies come in the order of the requests. */
  private readonly askedConsume: ArgsOf<'basic.consume'>[] = [];
  private readonly askedGet: ArgsOf<'basic.get'>[] = [];

  constructor(
    number: number,
    private readonly context: ChannelContext,
  ) {
    this.ref = { connection: context.connection, channel: number };
  }

  unackedOf(consumerTag: string): number {
    let count = 0;
    for (const delivery of this.outstanding.values()) if (delivery.consumerTag === consumerTag) count++;
    return count;
  }

  /** A method without content. */
  handle(from: 'client' | 'node', { name, args }: Method): void {
    const handlers = from === 'client' ? this.fromClient : this.fromNode;
    (handlers as Record<string, ((args: unknown) => void) | undefined>)[name]?.(args);
  }

  /** A method with its content. */
  handleContent(method: ContentMethod, header: Buffer, bodies: readonly Buffer[]): void {
    const { exchange, routingKey } = method.args;
    const id = method.name === 'basic.publish' ? this.context.nextMessage() : 0;
    const message = buildMessage(header, bodies, FRAME_MAX, Destination.of(exchange, routingKey), TRANSIENT, id);
    if (method.name === 'basic.publish') this.publish(method.args, message);
    else if (method.name === 'basic.return') this.returned(method.args, message);
    else if (method.name === 'basic.deliver') this.deliver(method.args, message);
    else this.got(method.args, message);
  }

  /** The channel is gone: what was delivered and not acknowledged is in its queues again. */
  ended(): void {
    this.requeue(() => true);
  }

  private readonly fromClient: { [N in MethodName]?: (args: ArgsOf<N>) => void } = {
    'queue.declare': ({ queue, nowait }) => {
      if (nowait) this.lastQueue = queue;
    },
    'basic.qos': ({ prefetchCount, global }) => {
      if (!global) this.prefetch = prefetchCount;
    },
    'basic.consume': (args) => {
      if (args.nowait) this.consumerAdded(args, args.consumerTag);
      else this.askedConsume.push(args);
    },
    'basic.cancel': ({ consumerTag, nowait }) => {
      if (nowait) this.consumerCancelled(consumerTag, 'client');
    },
    'basic.get': (args) => this.askedGet.push(args),
    'basic.ack': ({ deliveryTag, multiple }) => {
      this.settle(deliveryTag, multiple);
      this.context.emit({ type: 'ack', deliveryTag, multiple, ...this.ref });
    },
    'basic.nack': ({ deliveryTag, multiple, requeue }) => this.rejected(deliveryTag, multiple, requeue),
    'basic.reject': ({ deliveryTag, requeue }) => this.rejected(deliveryTag, false, requeue),
    'basic.recover': () => this.requeue(() => true),
    'basic.recover-async': () => this.requeue(() => true),
  };

  private readonly fromNode: { [N in MethodName]?: (args: ArgsOf<N>) => void } = {
    'queue.declare-ok': ({ queue }) => {
      this.lastQueue = queue;
    },
    'confirm.select-ok': () => {
      this.confirms = true;
    },
    'basic.consume-ok': ({ consumerTag }) => {
      const asked = this.askedConsume.shift();
      if (asked !== undefined) this.consumerAdded(asked, consumerTag);
    },
    'basic.cancel-ok': ({ consumerTag }) => this.consumerCancelled(consumerTag, 'client'),
    'basic.cancel': ({ consumerTag }) => this.consumerCancelled(consumerTag, 'server'),
    'basic.get-empty': () => {
      this.askedGet.shift();
    },
    'basic.ack': ({ deliveryTag, multiple }) => {
      this.context.emit({ type: 'confirm', outcome: 'ack', publishSeq: deliveryTag, multiple, ...this.ref });
    },
    'basic.nack': ({ deliveryTag, multiple }) => {
      this.context.emit({ type: 'confirm', outcome: 'nack', publishSeq: deliveryTag, multiple, ...this.ref });
    },
  };

  private publish({ exchange, routingKey, mandatory }: ArgsOf<'basic.publish'>, message: Message): void {
    this.published++;
    this.publishedTo = [...this.publishedTo.filter((name) => name !== exchange), exchange].slice(-RECENT_EXCHANGES);
    if (this.confirms) this.publishSeq++;
    this.context.book.published(message);
    this.context.emit({
      type: 'publish',
      exchange,
      routingKey,
      mandatory,
      persistent: message.properties().deliveryMode === 2,
      bodyBytes: message.bodySize,
      publishSeq: this.publishSeq,
      ...this.ref,
      ...reference(message),
    });
  }

  private returned({ exchange, routingKey, replyCode, replyText }: ArgsOf<'basic.return'>, message: Message): void {
    message.id = this.context.book.cameOut(message, `returns of ${this.ref.connection} ${this.ref.channel}`, false).message;
    this.context.emit({
      type: 'return',
      exchange,
      routingKey,
      code: replyCode,
      text: replyText,
      ...this.ref,
      ...reference(message),
    });
  }

  private deliver(args: ArgsOf<'basic.deliver'>, message: Message): void {
    const { consumerTag, deliveryTag, redelivered, exchange, routingKey } = args;
    const consumer = this.consumers.get(consumerTag);
    const queue = consumer?.queue ?? '';
    this.comesOut(message, queue, redelivered, deliveryTag, consumerTag, consumer?.noAck ?? false);
    const bodyBytes = message.bodySize;
    const where = { consumerTag, deliveryTag, redelivered, queue, exchange, routingKey };
    this.context.emit({ type: 'deliver', ...where, bodyBytes, ...this.ref, ...reference(message) });
  }

  private got({ deliveryTag, redelivered }: ArgsOf<'basic.get-ok'>, message: Message): void {
    const asked = this.askedGet.shift();
    const queue = asked?.queue || this.lastQueue;
    this.comesOut(message, queue, redelivered, deliveryTag, '', asked?.noAck ?? false);
    this.context.emit({ type: 'get', queue, deliveryTag, redelivered, ...this.ref, ...reference(message) });
  }

  private comesOut(
    message: Message,
    queue: string,
    redelivered: boolean,
    tag: number,
    consumerTag: string,
    noAck: boolean,
  ): void {
    const booked = this.context.book.cameOut(message, `queue ${queue}`, redelivered);
    message.id = booked.message;
    if (!noAck) this.outstanding.set(tag, { booked, consumerTag });
  }

  private rejected(deliveryTag: number, multiple: boolean, requeue: boolean): void {
    if (requeue) this.requeue((tag) => covers(deliveryTag, multiple, tag));
    else this.settle(deliveryTag, multiple);
    this.context.emit({ type: 'reject', deliveryTag, multiple, requeue, ...this.ref });
  }

  private settle(deliveryTag: number, multiple: boolean): void {
    if (!multiple) {
      this.outstanding.delete(deliveryTag);
      return;
    }
    for (const tag of [...this.outstanding.keys()]) if (covers(deliveryTag, multiple, tag)) this.outstanding.delete(tag);
  }

  private requeue(which: (tag: number) => boolean): void {
    for (const [tag, delivery] of [...this.outstanding]) {
      if (!which(tag)) continue;
      this.outstanding.delete(tag);
      this.context.book.wentBack(delivery.booked);
    }
  }

  private consumerAdded(asked: ArgsOf<'basic.consume'>, consumerTag: string): void {
    const queue = asked.queue || this.lastQueue;
    const { noAck, exclusive } = asked;
    const priority = Number(asked.arguments.get('x-priority')?.value ?? 0);
    this.consumers.set(consumerTag, { queue, noAck });
    this.context.emit({
      type: 'consumer.added',
      consumerTag,
      queue,
      noAck,
      exclusive,
      priority,
      prefetch: this.prefetch,
      ...this.ref,
    });
  }

  private consumerCancelled(consumerTag: string, by: 'client' | 'server'): void {
    const queue = this.consumers.get(consumerTag)?.queue ?? '';
    this.consumers.delete(consumerTag);
    this.context.emit({ type: 'consumer.cancelled', consumerTag, queue, by, ...this.ref });
  }
}

/** Tag 0 with `multiple` means all outstanding ones (spec, basic.ack). */
function covers(deliveryTag: number, multiple: boolean, tag: number): boolean {
  return multiple ? deliveryTag === 0 || tag <= deliveryTag : tag === deliveryTag;
}

function reference(message: Message): MessageRef {
  return { message: message.id, label: labelOf(message) };
}

const WITH_CONTENT: ReadonlySet<MethodName> = new Set(['basic.publish', 'basic.return', 'basic.deliver', 'basic.get-ok']);

export function hasContent(method: Method): method is ContentMethod {
  return WITH_CONTENT.has(method.name);
}
