/** Events and clients that the traces to draw are made of. */
import type { EventBody } from '../../../lib/trace/events';

export type Timed = EventBody & { at?: number };

export const API = '127.0.0.1:50001 -> 127.0.0.1:5672';
export const INVOICER = '127.0.0.1:50002 -> 127.0.0.1:5672';
export const COURIER = '127.0.0.1:50003 -> 127.0.0.1:5672';

export const REPLY_ADDRESS = 'amq.rabbitmq.reply-to.HCepuqFowmKI1FfBpT+ZdAzvKCsXYape.nOExZKBE0tAB5ExvCldMIg==';

export const INEQUIVALENT =
  "PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'billing' in vhost '/': " +
  "received 'false' but current is 'true'";

export function opened(connection: string, name: string): Timed {
  return { type: 'connection.opened', connection, name, user: 'guest', vhost: '/', product: 'amqplib' };
}

export function publish(
  connection: string,
  exchange: string,
  routingKey: string,
  message: number,
  more: Partial<Extract<EventBody, { type: 'publish' }>> = {},
): Timed {
  const base = { mandatory: false, persistent: true, bodyBytes: 8, publishSeq: 0 };
  return { type: 'publish', connection, channel: 1, exchange, routingKey, message, label: `m-${message}`, ...base, ...more };
}

export function routed(exchange: string, routingKey: string, message: number, queues: readonly string[]): Timed {
  return { type: 'routed', vhost: '/', exchange, routingKey, message, label: `m-${message}`, queues };
}

export function deliver(connection: string, queue: string, deliveryTag: number, message: number, redelivered = false): Timed {
  const rest = { consumerTag: 'c1', exchange: '', routingKey: queue, bodyBytes: 8 };
  return { type: 'deliver', connection, channel: 1, queue, deliveryTag, redelivered, message, label: `m-${message}`, ...rest };
}

export function ack(connection: string, deliveryTag: number, multiple = false): Timed {
  return { type: 'ack', connection, channel: 1, deliveryTag, multiple };
}

export function confirm(connection: string, publishSeq: number, outcome: 'ack' | 'nack' = 'ack', multiple = false): Timed {
  return { type: 'confirm', connection, channel: 1, publishSeq, outcome, multiple };
}

export function at(time: number, event: Timed): Timed {
  return { ...event, at: time };
}
