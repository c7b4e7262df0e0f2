/** A connection as a tap hears it, for tests: frames of both sides without sockets. */
import { FRAME_BODY, FRAME_HEADER, PROTOCOL_HEADER } from '../../../lib/amqp/constants';
import { type FieldTable, tableOf } from '../../../lib/amqp/field-table';
import { encodeMethod, frame } from '../../../lib/amqp/method-codec';
import type { ArgsOf, MethodName } from '../../../lib/amqp/methods';
import { encodeHeaderPayload, type Properties } from '../../../lib/amqp/properties';
import { MessageBook } from '../../../lib/lab/message-book';
import type { RelayLine } from '../../../lib/lab/relay-line';
import { WireTap } from '../../../lib/lab/wire-tap';
import type { WireEvent } from '../../../lib/trace/events';

export const NAME = '127.0.0.1:50000 -> 127.0.0.1:5672';

/** One tapped connection: what each side sends, and the events that come of it. */
export class Wire {
  readonly line = { nodeSideName: NAME, clientName: '' } as RelayLine;
  readonly events: WireEvent[] = [];
  readonly tap: WireTap;

  constructor(numbers: { last: number } = { last: 0 }, book = new MessageBook()) {
    this.tap = new WireTap(this.line, { book, nextMessage: () => ++numbers.last, emit: (event) => this.events.push(event) });
  }

  client<N extends MethodName>(channel: number, name: N, args: Partial<ArgsOf<N>> = {}, content?: Content): this {
    return this.send('client', channel, name, args, content);
  }

  node<N extends MethodName>(channel: number, name: N, args: Partial<ArgsOf<N>> = {}, content?: Content): this {
    return this.send('node', channel, name, args, content);
  }

  /** The handshake, as far as the tap cares. */
  open(): this {
    return this.introduce().client(0, 'connection.open', { virtualHost: '/' }).node(0, 'connection.open-ok', { knownHosts: '' });
  }

  /** Its beginning: the client says who it is. */
  introduce(properties: Record<string, unknown> = { connection_name: 'order-api', product: 'amqplib' }): this {
    this.tap.onBytes('client', Buffer.from(PROTOCOL_HEADER));
    return this.client(0, 'connection.start-ok', {
      clientProperties: tableOf(properties),
      mechanism: 'PLAIN',
      response: Buffer.from('\0alice\0secret'),
      locale: 'en_US',
    });
  }

  channel(number: number): this {
    return this.client(number, 'channel.open', { outOfBand: '' }).node(number, 'channel.open-ok', { channelId: Buffer.alloc(0) });
  }

  publish(body: string, args: Partial<ArgsOf<'basic.publish'>> = {}, properties: Properties = {}): this {
    return this.client(1, 'basic.publish', { exchange: '', routingKey: 'q', ...args }, { body, properties });
  }

  deliver(body: string, args: Partial<ArgsOf<'basic.deliver'>> = {}, properties: Properties = {}): this {
    const full = { consumerTag: 'c', redelivered: false, exchange: '', routingKey: 'q', deliveryTag: ++this.deliveries, ...args };
    return this.node(1, 'basic.deliver', full, { body, properties });
  }
  private deliveries = 0;

  consume(queue: string, consumerTag = 'c', args: Partial<ArgsOf<'basic.consume'>> = {}): this {
    return this.client(1, 'basic.consume', { queue, consumerTag, ...args }).node(1, 'basic.consume-ok', { consumerTag });
  }

  of<T extends WireEvent['type']>(type: T): Extract<WireEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<WireEvent, { type: T }> => event.type === type);
  }

  private send<N extends MethodName>(
    from: 'client' | 'node',
    channel: number,
    name: N,
    args: Partial<ArgsOf<N>>,
    content?: Content,
  ): this {
    this.tap.onBytes(from, encodeMethod(channel, name, { ...DEFAULTS, ...args } as ArgsOf<N>));
    if (content === undefined) return this;
    const body = Buffer.from(content.body);
    this.tap.onBytes(from, frame(FRAME_HEADER, channel, encodeHeaderPayload(body.length, content.properties ?? {})));
    if (body.length > 0) this.tap.onBytes(from, frame(FRAME_BODY, channel, body));
    return this;
  }
}

interface Content {
  readonly body: string;
  readonly properties?: Properties;
}

/** Whatever a test does not say. */
const DEFAULTS = {
  ticket: 0,
  arguments: new Map() as FieldTable,
  queue: '',
  consumerTag: '',
  nowait: false,
  noAck: false,
  noLocal: false,
  exclusive: false,
  mandatory: false,
  immediate: false,
  multiple: false,
  requeue: true,
  passive: false,
  durable: false,
  autoDelete: false,
  prefetchSize: 0,
  global: false,
  messageCount: 0,
  consumerCount: 0,
  redelivered: false,
  exchange: '',
  routingKey: '',
  classId: 0,
  methodId: 0,
  capabilities: '',
  insist: false,
};

export const REF = { connection: NAME, channel: 1 };
