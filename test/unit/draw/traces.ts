/** Traces to draw as sequence diagrams: what the golden files, the properties and the gallery share. */
import type { TraceEvent } from '../../../lib/trace/events';
import { trace } from './broker-parts';
import {
  ack,
  API,
  at,
  confirm,
  COURIER,
  deliver,
  INEQUIVALENT,
  INVOICER,
  opened,
  publish,
  REPLY_ADDRESS,
  routed,
  type Timed,
} from './trace-parts';

import { NODE_TRACES } from './traces-nodes';

export interface Scenario {
  readonly events: readonly TraceEvent[];
  readonly follow?: string;
  readonly title?: string;
  readonly since?: number;
}

export const TRACES: Readonly<Record<string, () => Scenario>> = {
  nothing: () => ({ events: [] }),

  hello: () => ({
    events: trace([
      at(10, opened(API, 'sender')),
      { type: 'channel.opened', connection: API, channel: 1 },
      { type: 'queue.declared', vhost: '/', queue: 'hello', durable: false, exclusive: false, autoDelete: false },
      at(18, opened(INVOICER, 'receiver')),
      {
        type: 'consumer.added',
        connection: INVOICER,
        channel: 1,
        consumerTag: 'c1',
        queue: 'hello',
        noAck: false,
        exclusive: false,
        priority: 0,
        prefetch: 0,
      },
      at(25, publish(API, '', 'hello', 1)),
      routed('', 'hello', 1, ['hello']),
      deliver(INVOICER, 'hello', 1, 1),
      at(29, ack(INVOICER, 1)),
      { type: 'settled', vhost: '/', queue: 'hello', message: 1, label: 'm-1' },
    ]),
  }),

  'wire-only': () => ({
    events: trace([
      opened(API, 'order-api'),
      publish(API, 'orders', 'order.paid', 0, { label: 'A', publishSeq: 1 }),
      confirm(API, 1),
      { ...deliver(INVOICER, 'billing', 1, 0), label: 'A' } as Timed,
      ack(INVOICER, 1),
      publish(API, 'orders', 'order.lost', 0, { label: 'B', publishSeq: 2, mandatory: true }),
      {
        type: 'return',
        connection: API,
        channel: 1,
        exchange: 'orders',
        routingKey: 'order.lost',
        code: 312,
        text: 'NO_ROUTE',
        message: 0,
        label: 'B',
      },
      confirm(API, 2),
    ]),
  }),

  redelivery: () => ({
    title: 'One message, three deliveries: where m-17 doubles',
    follow: 'm-17',
    events: trace([
      at(12_390, opened(API, 'order-api')),
      at(12_391, opened(INVOICER, 'invoicer')),
      at(12_400, publish(API, 'orders', 'order.paid', 17, { publishSeq: 17 })),
      routed('orders', 'order.paid', 17, ['billing']),
      at(12_404, deliver(INVOICER, 'billing', 1, 17)),
      at(12_405, confirm(API, 17)),
      at(12_420, { type: 'connection.closed', connection: INVOICER, by: 'network', code: 0, text: '' }),
      { type: 'requeued', vhost: '/', queue: 'billing', message: 17, label: 'm-17' },
      at(17_640, opened(INVOICER, 'invoicer')),
      at(17_655, deliver(INVOICER, 'billing', 1, 17, true)),
      at(17_700, ack(INVOICER, 1)),
      at(17_800, publish(API, 'orders', 'order.paid', 17, { publishSeq: 18 })),
      routed('orders', 'order.paid', 17, ['billing']),
      deliver(INVOICER, 'billing', 2, 17),
      ack(INVOICER, 2),
    ]),
  }),

  'dead-letters': () => ({
    events: trace([
      opened(API, 'api'),
      opened(INVOICER, 'worker'),
      publish(API, 'jobs', 'work', 1),
      routed('jobs', 'work', 1, ['work']),
      deliver(INVOICER, 'work', 1, 1),
      { type: 'reject', connection: INVOICER, channel: 1, deliveryTag: 1, multiple: false, requeue: false },
      {
        type: 'dead-lettered',
        vhost: '/',
        queue: 'work',
        reason: 'rejected',
        exchange: 'dlx',
        routingKey: 'work',
        message: 1,
        label: 'm-1',
      },
      routed('dlx', 'work', 1, ['parked']),
      publish(API, 'jobs', 'work', 2),
      routed('jobs', 'work', 2, ['work']),
      at(17_500, {
        type: 'dead-lettered',
        vhost: '/',
        queue: 'work',
        reason: 'expired',
        exchange: 'dlx',
        routingKey: 'work',
        message: 2,
        label: 'm-2',
      }),
      routed('dlx', 'work', 2, ['parked']),
      {
        type: 'dead-lettered',
        vhost: '/',
        queue: 'work',
        reason: 'maxlen',
        exchange: 'nowhere',
        routingKey: 'work',
        message: 3,
        label: 'm-3',
      },
    ]),
  }),

  losses: () => ({
    events: trace([
      opened(API, 'api'),
      publish(API, 'orders', 'paid', 1),
      routed('orders', 'paid', 1, ['short']),
      publish(API, 'orders', 'unknown', 2),
      { type: 'dropped', vhost: '/', queue: '', reason: 'unroutable', message: 2, label: 'm-2' },
      publish(API, 'orders', 'paid', 3),
      routed('orders', 'paid', 3, ['short']),
      { type: 'dropped', vhost: '/', queue: 'short', reason: 'maxlen', message: 1, label: 'm-1' },
      confirm(API, 3, 'nack'),
      deliver(INVOICER, 'short', 1, 3),
    ]),
  }),

  repeats: () => ({
    events: trace([
      opened(API, 'loader'),
      opened(INVOICER, 'taker'),
      ...Array.from({ length: 316 }, (_, i) => [
        publish(API, 'orders', 'paid', i + 1, { publishSeq: i + 1 }),
        routed('orders', 'paid', i + 1, ['billing']),
        confirm(API, i + 1),
        deliver(INVOICER, 'billing', i + 1, i + 1),
        ack(INVOICER, i + 1),
      ]).flat(),
      {
        type: 'channel.closed',
        connection: API,
        channel: 1,
        by: 'server',
        code: 404,
        text: "NOT_FOUND - no exchange 'order' in vhost '/'",
      },
    ]),
  }),

  errors: () => ({
    events: trace([
      opened(API, 'api'),
      { type: 'channel.opened', connection: API, channel: 1 },
      { type: 'channel.opened', connection: API, channel: 2 },
      { type: 'exchange.declared', vhost: '/', exchange: 'orders', kind: 'topic' },
      { type: 'queue.declared', vhost: '/', queue: 'billing', durable: true, exclusive: false, autoDelete: false },
      { type: 'binding.added', vhost: '/', source: 'orders', destination: 'billing', toQueue: true, routingKey: 'order.#' },
      { ...publish(API, 'orders', 'order.paid', 1), channel: 2 } as Timed,
      routed('orders', 'order.paid', 1, ['billing']),
      {
        type: 'channel.closed',
        connection: API,
        channel: 1,
        by: 'server',
        code: 406,
        text: INEQUIVALENT,
      },
      { type: 'connection.blocked', connection: API, reason: 'low on memory' },
      { type: 'connection.unblocked', connection: API },
      { type: 'queue.purged', vhost: '/', queue: 'billing', messages: 1 },
      { type: 'queue.deleted', vhost: '/', queue: 'billing', reason: 'deleted', messages: 0 },
      { type: 'connection.closed', connection: API, by: 'client', code: 200, text: 'Goodbye' },
    ]),
  }),

  killed: () => ({
    events: trace([
      opened(API, 'api'),
      publish(API, '', 'jobs', 1),
      routed('', 'jobs', 1, ['jobs']),
      { type: 'note', text: 'now somebody pulls the plug' },
      { type: 'node.killed' },
      { type: 'connection.closed', connection: API, by: 'network', code: 0, text: '' },
      { type: 'command', line: 'rabbitmqctl -n rabbit1 status', exitCode: 69 },
      at(20_000, { type: 'node.started' }),
      at(20_050, opened(API, 'api')),
      publish(API, '', 'jobs', 2),
      routed('', 'jobs', 2, ['jobs']),
      { type: 'fault', fault: 'cut', target: 'rabbit1' },
      at(26_000, { type: 'healed', fault: 'cut', target: 'rabbit1' }),
    ]),
  }),

  'connection-closed': () => ({
    events: trace([
      opened(API, 'courier'),
      opened(INVOICER, 'office'),
      publish(INVOICER, '', 'jobs', 1),
      routed('', 'jobs', 1, ['jobs']),
      deliver(API, 'jobs', 1, 1),
      { ...publish(API, '', 'done', 2), channel: 2 } as Timed,
      routed('', 'done', 2, ['done']),
      { type: 'connection.closed', connection: API, by: 'server', code: 320, text: 'CONNECTION_FORCED - maintenance' },
      publish(INVOICER, '', 'jobs', 3),
      routed('', 'jobs', 3, ['jobs']),
      { type: 'connection.closed', connection: INVOICER, by: 'client', code: 200, text: 'Goodbye' },
    ]),
  }),

  refused: () => ({
    events: trace([
      opened(API, 'office'),
      publish(API, '', 'jobs', 1),
      routed('', 'jobs', 1, ['jobs']),
      {
        type: 'connection.refused',
        connection: INVOICER,
        name: 'stranger',
        user: 'guest',
        vhost: 'green',
        code: 530,
        text: 'NOT_ALLOWED - vhost green not found',
      },
    ]),
  }),

  'connection-lost': () => ({
    events: trace([
      opened(API, 'courier'),
      publish(API, '', 'jobs', 1),
      routed('', 'jobs', 1, ['jobs']),
      { ...deliver(API, 'jobs', 1, 1), channel: 2 } as Timed,
      { type: 'connection.closed', connection: API, by: 'network', code: 0, text: '' },
    ]),
  }),

  'two-channels': () => ({
    title: 'An operator closes connections',
    events: trace([
      opened(API, 'staff'),
      { type: 'channel.opened', connection: API, channel: 1 },
      { type: 'channel.opened', connection: API, channel: 2 },
      { type: 'connection.closed', connection: API, by: 'server', code: 320, text: 'CONNECTION_FORCED - update at noon' },
      { type: 'command', line: 'rabbitmqctl close_all_connections -p outlet "update at noon"', exitCode: 0 },
    ]),
  }),

  'held-together': () => ({
    follow: 'm-2',
    events: trace([
      opened(API, 'warehouse'),
      ...[1, 2, 3].flatMap((i) => [publish(API, '', 'parcels', i), routed('', 'parcels', i, ['parcels'])]),
      opened(INVOICER, 'courier-1'),
      ...[1, 2, 3].map((i) => deliver(INVOICER, 'parcels', i, i)),
      ack(INVOICER, 1),
      at(12_500, { type: 'connection.closed', connection: INVOICER, by: 'network', code: 0, text: '' }),
      at(13_500, opened(COURIER, 'courier-2')),
      ...[2, 3].map((i) => deliver(COURIER, 'parcels', i, i, true)),
      ack(COURIER, 2),
    ]),
  }),

  restarted: () => ({
    events: trace([
      opened(API, 'plain'),
      { type: 'queue.declared', vhost: '/', queue: 'parcels', durable: false, exclusive: false, autoDelete: false },
      publish(API, '', 'parcels', 1),
      routed('', 'parcels', 1, ['parcels']),
      { type: 'node.killed' },
      { type: 'connection.closed', connection: API, by: 'network', code: 0, text: '' },
      at(12_700, { type: 'node.started' }),
      at(12_750, opened(INVOICER, 'steady')),
      { type: 'queue.declared', vhost: '/', queue: 'parcels', durable: false, exclusive: false, autoDelete: false },
      deliver(INVOICER, 'parcels', 1, 2),
      opened(COURIER, 'warehouse'),
      publish(COURIER, '', 'parcels', 2),
      routed('', 'parcels', 2, ['parcels']),
    ]),
  }),

  'many-clients': () => {
    const clients = Array.from({ length: 20 }, (_, i) => `10.0.0.${i}:4000 -> 127.0.0.1:5672`);
    const lines = clients.map((client, i) => [
      opened(client, `web-${i}`),
      publish(client, i % 3 === 0 ? 'a' : 'b', `key.${i}`, i + 1),
      routed(i % 3 === 0 ? 'a' : 'b', `key.${i}`, i + 1, [`q${i % 4}`]),
      deliver(clients[(i * 7) % 20] as string, `q${i % 4}`, i + 1, i + 1),
    ]);
    return { events: trace(lines.flat()) };
  },

  rpc: () => ({
    events: trace([
      opened(API, 'caller'),
      opened(INVOICER, 'server'),
      publish(API, '', 'rpc', 1),
      routed('', 'rpc', 1, ['rpc']),
      deliver(INVOICER, 'rpc', 1, 1),
      publish(INVOICER, '', 'amq.gen-1', 2),
      routed('', 'amq.gen-1', 2, ['amq.gen-1']),
      ack(INVOICER, 1),
      deliver(API, 'amq.gen-1', 1, 2),
    ]),
  }),

  'direct-reply': () => ({
    events: trace([
      opened(API, 'caller'),
      opened(INVOICER, 'server'),
      {
        type: 'consumer.added',
        connection: API,
        channel: 1,
        consumerTag: 'c1',
        queue: 'amq.rabbitmq.reply-to',
        noAck: true,
        exclusive: false,
        priority: 0,
        prefetch: 0,
      },
      publish(API, '', 'rpc', 1),
      routed('', 'rpc', 1, ['rpc']),
      deliver(INVOICER, 'rpc', 1, 1),
      publish(INVOICER, '', REPLY_ADDRESS, 2),
      routed('', REPLY_ADDRESS, 2, []),
      deliver(API, 'amq.rabbitmq.reply-to', 1, 2),
      ack(INVOICER, 1),
    ]),
  }),

  fanout: () => ({
    events: trace([
      opened(API, 'newsroom'),
      opened(INVOICER, 'reader'),
      publish(API, 'news', '', 1),
      routed('news', '', 1, ['r1', 'r2', 'r3']),
      deliver(INVOICER, 'r1', 1, 1),
      deliver(INVOICER, 'r2', 2, 1),
      deliver(INVOICER, 'r3', 3, 1),
      ack(INVOICER, 3, true),
    ]),
  }),

  hostile: () => {
    const evil = '<script>alert(1)</script>';
    return {
      follow: evil,
      events: trace([
        opened(API, evil),
        publish(API, evil, '</text><image href="x">', 1, { label: evil }),
        routed(evil, 'x', 1, ['\u0000\ud800\u202e']),
        { type: 'note', text: '--></svg><b onmouseover="x">' },
        { type: 'command', line: 'echo "&amp;" > \'x\'', exitCode: 1 },
      ]),
    };
  },

  ...NODE_TRACES,
};
