/**
 * The firehose of a virtual host: from `rabbitmqctl trace_on` on, a copy of each message that a client publishes or is given goes
 * to the exchange amq.rabbitmq.trace, as `publish.EXCHANGE` or `deliver.QUEUE`, with the headers of RabbitMQ's rabbit_trace.
 *
 * Copies are routed at the end of the turn: a queue that is being drained must not be published to from within.
 */
import { field, type Field, type FieldTable } from '../amqp/field-table';
import type { Properties } from '../amqp/properties';
import type { Channel } from './channel';
import { Destination } from './destination';
import type { Message } from './message';
import type { Queue } from './queue/queue';
import { route } from './routing';
import { TRANSIENT } from './traits';
import type { Vhost } from './vhost';

export const TRACE_EXCHANGE = 'amq.rabbitmq.trace';

/** In the order of the wire; RabbitMQ tells them backwards. */
const PROPERTY_NAMES: ReadonlyArray<readonly [keyof Properties, string]> = [
  ['contentType', 'content_type'],
  ['contentEncoding', 'content_encoding'],
  ['headers', 'headers'],
  ['deliveryMode', 'delivery_mode'],
  ['priority', 'priority'],
  ['correlationId', 'correlation_id'],
  ['replyTo', 'reply_to'],
  ['expiration', 'expiration'],
  ['messageId', 'message_id'],
  ['timestamp', 'timestamp'],
  ['type', 'type'],
  ['userId', 'user_id'],
  ['appId', 'app_id'],
  ['clusterId', 'cluster_id'],
];

export class Firehose {
  private pending: Message[] = [];

  constructor(private readonly vhost: Vhost) {}

  published(channel: Channel, message: Message, queues: readonly Queue[]): void {
    const { exchange } = message.destination;
    // The default exchange routes to a name, whether there is a queue of that name or not.
    const names = exchange === '' ? keysOf(message) : queues.map(({ name }) => name);
    const headers = new Map([...this.told(message), ...client(channel), ['routed_queues', texts(names)] as const]);
    this.copy(message, `publish.${exchange}`, headers);
  }

  delivered(channel: Channel, message: Message, queue: string, redelivered: boolean): void {
    if (message.destination.exchange === TRACE_EXCHANGE) return;
    const again = ['redelivered', field.int(redelivered ? 1 : 0)] as const;
    this.copy(message, `deliver.${queue}`, new Map([...this.told(message), again, ...client(channel)]));
  }

  private told(message: Message): FieldTable {
    return new Map([
      ['exchange_name', field.text(message.destination.exchange)],
      ['routing_keys', texts(keysOf(message))],
      ['properties', field.table(propertiesOf(message))],
      ['node', field.text(this.vhost.host.nodeName)],
    ]);
  }

  private copy(message: Message, routingKey: string, headers: FieldTable): void {
    if (this.pending.length === 0) this.vhost.host.world.turn.atEnd(this.routeAll);
    const copy = message.readdressed(Destination.of(TRACE_EXCHANGE, routingKey), { headers }, { ...TRANSIENT, headers });
    copy.id = 0;
    this.pending.push(copy);
  }

  private readonly routeAll = (): void => {
    const copies = this.pending;
    this.pending = [];
    const exchange = this.vhost.exchanges.get(TRACE_EXCHANGE);
    if (exchange === undefined) return;
    for (const copy of copies) {
      for (const queue of route(this.vhost, exchange, copy.destination.routingKey, copy.traits)) queue.publish(copy, false);
    }
  };
}

function client(channel: Channel): ReadonlyArray<readonly [string, Field]> {
  return [
    ['vhost', field.text(channel.vhost.name)],
    ['connection', field.text(channel.connection.name)],
    ['channel', field.int(channel.number)],
    ['user', field.text(channel.user)],
  ];
}

function keysOf({ destination, traits }: Message): readonly string[] {
  return [destination.routingKey, ...traits.copies];
}

function texts(values: readonly string[]): Field {
  return field.array(values.map(field.text));
}

function propertiesOf(message: Message): FieldTable {
  const properties = message.properties();
  const table: FieldTable = new Map();
  for (const [key, name] of [...PROPERTY_NAMES].reverse()) {
    const value = properties[key];
    if (value !== undefined) table.set(name, propertyField(value));
  }
  return table;
}

function propertyField(value: NonNullable<Properties[keyof Properties]>): Field {
  if (typeof value === 'string') return field.text(value);
  return typeof value === 'number' ? field.int(value) : field.table(value);
}
