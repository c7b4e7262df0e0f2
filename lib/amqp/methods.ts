/**
 * Every method of AMQP 0-9-1 with RabbitMQ's extensions, as data: ids, fields in wire order, who may send it.
 * Types of decoded arguments are derived from this table; the reader and writer of cold methods walk it.
 */
import type { FieldTable } from './field-table';

export type WireType = 'bit' | 'octet' | 'short' | 'long' | 'longlong' | 'shortstr' | 'longstr' | 'table' | 'timestamp';

interface MethodShape {
  /** Class and method number. */
  readonly id: readonly [number, number];
  readonly fields: Readonly<Record<string, WireType>>;
  /** Sent by: client, server or both. */
  readonly from: 'c' | 's' | 'cs';
  /** Carries a content header and body. */
  readonly content?: true;
}

export const METHODS = {
  'connection.start': {
    id: [10, 10],
    from: 's',
    fields: {
      versionMajor: 'octet',
      versionMinor: 'octet',
      serverProperties: 'table',
      mechanisms: 'longstr',
      locales: 'longstr',
    },
  },
  'connection.start-ok': {
    id: [10, 11],
    from: 'c',
    fields: { clientProperties: 'table', mechanism: 'shortstr', response: 'longstr', locale: 'shortstr' },
  },
  'connection.secure': { id: [10, 20], from: 's', fields: { challenge: 'longstr' } },
  'connection.secure-ok': { id: [10, 21], from: 'c', fields: { response: 'longstr' } },
  'connection.tune': { id: [10, 30], from: 's', fields: { channelMax: 'short', frameMax: 'long', heartbeat: 'short' } },
  'connection.tune-ok': { id: [10, 31], from: 'c', fields: { channelMax: 'short', frameMax: 'long', heartbeat: 'short' } },
  'connection.open': { id: [10, 40], from: 'c', fields: { virtualHost: 'shortstr', capabilities: 'shortstr', insist: 'bit' } },
  'connection.open-ok': { id: [10, 41], from: 's', fields: { knownHosts: 'shortstr' } },
  'connection.close': {
    id: [10, 50],
    from: 'cs',
    fields: { replyCode: 'short', replyText: 'shortstr', classId: 'short', methodId: 'short' },
  },
  'connection.close-ok': { id: [10, 51], from: 'cs', fields: {} },
  'connection.blocked': { id: [10, 60], from: 's', fields: { reason: 'shortstr' } },
  'connection.unblocked': { id: [10, 61], from: 's', fields: {} },
  'connection.update-secret': { id: [10, 70], from: 'c', fields: { newSecret: 'longstr', reason: 'shortstr' } },
  'connection.update-secret-ok': { id: [10, 71], from: 's', fields: {} },

  'channel.open': { id: [20, 10], from: 'c', fields: { outOfBand: 'shortstr' } },
  'channel.open-ok': { id: [20, 11], from: 's', fields: { channelId: 'longstr' } },
  'channel.flow': { id: [20, 20], from: 'cs', fields: { active: 'bit' } },
  'channel.flow-ok': { id: [20, 21], from: 'cs', fields: { active: 'bit' } },
  'channel.close': {
    id: [20, 40],
    from: 'cs',
    fields: { replyCode: 'short', replyText: 'shortstr', classId: 'short', methodId: 'short' },
  },
  'channel.close-ok': { id: [20, 41], from: 'cs', fields: {} },

  'access.request': {
    id: [30, 10],
    from: 'c',
    fields: { realm: 'shortstr', exclusive: 'bit', passive: 'bit', active: 'bit', write: 'bit', read: 'bit' },
  },
  'access.request-ok': { id: [30, 11], from: 's', fields: { ticket: 'short' } },

  'exchange.declare': {
    id: [40, 10],
    from: 'c',
    fields: {
      ticket: 'short',
      exchange: 'shortstr',
      type: 'shortstr',
      passive: 'bit',
      durable: 'bit',
      autoDelete: 'bit',
      internal: 'bit',
      nowait: 'bit',
      arguments: 'table',
    },
  },
  'exchange.declare-ok': { id: [40, 11], from: 's', fields: {} },
  'exchange.delete': {
    id: [40, 20],
    from: 'c',
    fields: { ticket: 'short', exchange: 'shortstr', ifUnused: 'bit', nowait: 'bit' },
  },
  'exchange.delete-ok': { id: [40, 21], from: 's', fields: {} },
  'exchange.bind': {
    id: [40, 30],
    from: 'c',
    fields: {
      ticket: 'short',
      destination: 'shortstr',
      source: 'shortstr',
      routingKey: 'shortstr',
      nowait: 'bit',
      arguments: 'table',
    },
  },
  'exchange.bind-ok': { id: [40, 31], from: 's', fields: {} },
  'exchange.unbind': {
    id: [40, 40],
    from: 'c',
    fields: {
      ticket: 'short',
      destination: 'shortstr',
      source: 'shortstr',
      routingKey: 'shortstr',
      nowait: 'bit',
      arguments: 'table',
    },
  },
  'exchange.unbind-ok': { id: [40, 51], from: 's', fields: {} },

  'queue.declare': {
    id: [50, 10],
    from: 'c',
    fields: {
      ticket: 'short',
      queue: 'shortstr',
      passive: 'bit',
      durable: 'bit',
      exclusive: 'bit',
      autoDelete: 'bit',
      nowait: 'bit',
      arguments: 'table',
    },
  },
  'queue.declare-ok': { id: [50, 11], from: 's', fields: { queue: 'shortstr', messageCount: 'long', consumerCount: 'long' } },
  'queue.bind': {
    id: [50, 20],
    from: 'c',
    fields: {
      ticket: 'short',
      queue: 'shortstr',
      exchange: 'shortstr',
      routingKey: 'shortstr',
      nowait: 'bit',
      arguments: 'table',
    },
  },
  'queue.bind-ok': { id: [50, 21], from: 's', fields: {} },
  'queue.purge': { id: [50, 30], from: 'c', fields: { ticket: 'short', queue: 'shortstr', nowait: 'bit' } },
  'queue.purge-ok': { id: [50, 31], from: 's', fields: { messageCount: 'long' } },
  'queue.delete': {
    id: [50, 40],
    from: 'c',
    fields: { ticket: 'short', queue: 'shortstr', ifUnused: 'bit', ifEmpty: 'bit', nowait: 'bit' },
  },
  'queue.delete-ok': { id: [50, 41], from: 's', fields: { messageCount: 'long' } },
  'queue.unbind': {
    id: [50, 50],
    from: 'c',
    fields: { ticket: 'short', queue: 'shortstr', exchange: 'shortstr', routingKey: 'shortstr', arguments: 'table' },
  },
  'queue.unbind-ok': { id: [50, 51], from: 's', fields: {} },

  'basic.qos': { id: [60, 10], from: 'c', fields: { prefetchSize: 'long', prefetchCount: 'short', global: 'bit' } },
  'basic.qos-ok': { id: [60, 11], from: 's', fields: {} },
  'basic.consume': {
    id: [60, 20],
    from: 'c',
    fields: {
      ticket: 'short',
      queue: 'shortstr',
      consumerTag: 'shortstr',
      noLocal: 'bit',
      noAck: 'bit',
      exclusive: 'bit',
      nowait: 'bit',
      arguments: 'table',
    },
  },
  'basic.consume-ok': { id: [60, 21], from: 's', fields: { consumerTag: 'shortstr' } },
  'basic.cancel': { id: [60, 30], from: 'cs', fields: { consumerTag: 'shortstr', nowait: 'bit' } },
  'basic.cancel-ok': { id: [60, 31], from: 'cs', fields: { consumerTag: 'shortstr' } },
  'basic.publish': {
    id: [60, 40],
    from: 'c',
    content: true,
    fields: { ticket: 'short', exchange: 'shortstr', routingKey: 'shortstr', mandatory: 'bit', immediate: 'bit' },
  },
  'basic.return': {
    id: [60, 50],
    from: 's',
    content: true,
    fields: { replyCode: 'short', replyText: 'shortstr', exchange: 'shortstr', routingKey: 'shortstr' },
  },
  'basic.deliver': {
    id: [60, 60],
    from: 's',
    content: true,
    fields: {
      consumerTag: 'shortstr',
      deliveryTag: 'longlong',
      redelivered: 'bit',
      exchange: 'shortstr',
      routingKey: 'shortstr',
    },
  },
  'basic.get': { id: [60, 70], from: 'c', fields: { ticket: 'short', queue: 'shortstr', noAck: 'bit' } },
  'basic.get-ok': {
    id: [60, 71],
    from: 's',
    content: true,
    fields: { deliveryTag: 'longlong', redelivered: 'bit', exchange: 'shortstr', routingKey: 'shortstr', messageCount: 'long' },
  },
  'basic.get-empty': { id: [60, 72], from: 's', fields: { clusterId: 'shortstr' } },
  'basic.ack': { id: [60, 80], from: 'cs', fields: { deliveryTag: 'longlong', multiple: 'bit' } },
  'basic.reject': { id: [60, 90], from: 'c', fields: { deliveryTag: 'longlong', requeue: 'bit' } },
  'basic.recover-async': { id: [60, 100], from: 'c', fields: { requeue: 'bit' } },
  'basic.recover': { id: [60, 110], from: 'c', fields: { requeue: 'bit' } },
  'basic.recover-ok': { id: [60, 111], from: 's', fields: {} },
  'basic.nack': { id: [60, 120], from: 'cs', fields: { deliveryTag: 'longlong', multiple: 'bit', requeue: 'bit' } },

  'confirm.select': { id: [85, 10], from: 'c', fields: { nowait: 'bit' } },
  'confirm.select-ok': { id: [85, 11], from: 's', fields: {} },
  'tx.select': { id: [90, 10], from: 'c', fields: {} },
  'tx.select-ok': { id: [90, 11], from: 's', fields: {} },
  'tx.commit': { id: [90, 20], from: 'c', fields: {} },
  'tx.commit-ok': { id: [90, 21], from: 's', fields: {} },
  'tx.rollback': { id: [90, 30], from: 'c', fields: {} },
  'tx.rollback-ok': { id: [90, 31], from: 's', fields: {} },
} as const satisfies Record<string, MethodShape>;

export type MethodName = keyof typeof METHODS;

interface ValueOf {
  bit: boolean;
  octet: number;
  short: number;
  long: number;
  /** Exact up to 2^53; more never occurs (delivery tags count from 1). */
  longlong: number;
  shortstr: string;
  longstr: Buffer;
  table: FieldTable;
  timestamp: number;
}

export type ArgsOf<N extends MethodName> = {
  -readonly [K in keyof (typeof METHODS)[N]['fields']]: (typeof METHODS)[N]['fields'][K] extends WireType
    ? ValueOf[(typeof METHODS)[N]['fields'][K]]
    : never;
};

/** A decoded method: `name` tells the type of `args`. */
export type Method = { [N in MethodName]: { readonly name: N; readonly args: ArgsOf<N> } }[MethodName];

/** Class and method number in one 32-bit integer, as they stand on the wire. */
export function methodId(name: MethodName): number {
  const [classId, id] = METHODS[name].id;
  return classId * 0x10000 + id;
}

const NAME_BY_ID = new Map<number, MethodName>((Object.keys(METHODS) as MethodName[]).map((name) => [methodId(name), name]));

/** The method with these 32 bits, or undefined. */
export function methodName(id: number): MethodName | undefined {
  return NAME_BY_ID.get(id);
}

export function shapeOf(name: MethodName): MethodShape {
  return METHODS[name];
}

type Fields = ReadonlyArray<readonly [name: string, type: WireType]>;

const FIELDS = new Map<MethodName, Fields>(
  Object.entries(METHODS).map(([name, { fields }]) => [name as MethodName, Object.entries(fields)]),
);

/** The arguments of a method, in wire order: asked for every frame. */
export function fieldsOf(name: MethodName): Fields {
  return FIELDS.get(name) as Fields;
}
