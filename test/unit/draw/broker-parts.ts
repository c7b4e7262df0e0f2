/** Snapshots and traces for tests, one builder for each thing that a broker has. */
import type { EventBody, TraceEvent } from '../../../lib/trace/events';
import type {
  BindingSnapshot,
  ChannelSnapshot,
  ConnectionSnapshot,
  ConsumerSnapshot,
  ExchangeSnapshot,
  QueueSnapshot,
  Snapshot,
} from '../../../lib/trace/snapshot';

export function snapshot(parts: Partial<Snapshot> = {}): Snapshot {
  const base: Snapshot = {
    at: 12_400,
    vhost: '/',
    nodes: [{ name: 'rabbit1', state: 'running' }],
    connections: [],
    exchanges: [],
    queues: [],
    bindings: [],
    consumers: [],
  };
  return { ...base, ...parts };
}

let port = 49_152;

/** Ports are counted anew, so that a broker made twice is the same. */
export function resetPorts(): void {
  port = 49_152;
}

export function connection(
  name: string,
  channels: readonly Partial<ChannelSnapshot>[] = [{}],
  more: Partial<ConnectionSnapshot> = {},
): ConnectionSnapshot {
  const full = channels.map(
    (channel, i): ChannelSnapshot => ({
      channel: i + 1,
      prefetch: 0,
      globalPrefetch: 0,
      confirm: false,
      tx: false,
      unacked: 0,
      unconfirmed: 0,
      published: channel.publishedTo === undefined ? 0 : 3,
      publishedTo: [],
      ...channel,
    }),
  );
  const id = `127.0.0.1:${port++} -> 127.0.0.1:5672`;
  return { connection: id, name, node: 'rabbit1', user: 'guest', state: 'running', channels: full, ...more };
}

export function exchange(name: string, kind = 'direct', more: Partial<ExchangeSnapshot> = {}): ExchangeSnapshot {
  return { name, kind, durable: true, autoDelete: false, internal: false, alternateExchange: null, ...more };
}

export function queue(name: string, ready = 0, unacked = 0, more: Partial<QueueSnapshot> = {}): QueueSnapshot {
  return {
    name,
    kind: 'classic',
    node: 'rabbit1',
    durable: true,
    exclusive: false,
    autoDelete: false,
    arguments: {},
    ready,
    unacked,
    consumers: 0,
    deadLetterExchange: null,
    deadLetterRoutingKey: null,
    ...more,
  };
}

export function binding(
  source: string,
  destination: string,
  routingKey = '',
  more: Partial<BindingSnapshot> = {},
): BindingSnapshot {
  return { source, destination, toQueue: true, routingKey, arguments: {}, ...more };
}

export function consumer(queueName: string, owner: ConnectionSnapshot, more: Partial<ConsumerSnapshot> = {}): ConsumerSnapshot {
  return {
    queue: queueName,
    consumerTag: `amq.ctag-${queueName}`,
    connection: owner.connection,
    channel: 1,
    noAck: false,
    exclusive: false,
    active: true,
    priority: 0,
    prefetch: 10,
    unacked: 0,
    ...more,
  };
}

/** Events one after another, a millisecond apart unless `at` is given. */
export function trace(bodies: ReadonlyArray<EventBody & { at?: number }>, from = 12_400): TraceEvent[] {
  let at = from - 1;
  return bodies.map((body, i) => {
    at = body.at ?? at + 1;
    return { ...body, seq: i + 1, at, node: 'rabbit1' } as TraceEvent;
  });
}

/** The predeclared exchanges, as every vhost has them. */
export const PREDECLARED: readonly ExchangeSnapshot[] = [
  exchange('', 'direct'),
  exchange('amq.direct', 'direct'),
  exchange('amq.fanout', 'fanout'),
  exchange('amq.headers', 'headers'),
  exchange('amq.match', 'headers'),
  exchange('amq.rabbitmq.trace', 'topic', { internal: true }),
  exchange('amq.topic', 'topic'),
];

/** A broker to draw, and how. */
export interface Broker {
  readonly snapshot: Snapshot;
  readonly recent?: readonly TraceEvent[];
  readonly follow?: string;
  readonly title?: string;
  readonly predeclared?: boolean;
  readonly lastSeen?: number;
}

/** A broker that is the same each time it is made. */
export function broker(make: () => Broker): () => Broker {
  return () => {
    resetPorts();
    return make();
  };
}

export function publishOf(
  owner: ConnectionSnapshot,
  exchangeName: string,
  routingKey: string,
  label: string,
  message: number,
): EventBody {
  const place = { connection: owner.connection, channel: 1 };
  return {
    type: 'publish',
    ...place,
    exchange: exchangeName,
    routingKey,
    mandatory: false,
    persistent: true,
    bodyBytes: 5,
    publishSeq: 0,
    label,
    message,
  };
}
