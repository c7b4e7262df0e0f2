/** Random snapshots, traces and series for properties: any sizes, any names, whatever could come over the wire. */
import fc from 'fast-check';
import type { EventBody, TraceEvent } from '../../../lib/trace/events';
import type { Snapshot } from '../../../lib/trace/snapshot';
import type { PlotMark, PlotSeries } from '../../../lib/draw';

/** Names that hurt: markup, controls, lone surrogates, very long, wide, right to left, only spaces. */
export const NASTY = [
  '<script>alert(1)</script>',
  '</svg></figure>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='x",
  '&amp;&#60;',
  ']]>',
  'a\u0000b\u0008\u001fc',
  '\u202eright-to-left\u2069',
  '\ud83d',
  '\udc00x',
  '\ufffe\uffff\u2028',
  '   ',
  'M'.repeat(300),
  '队列'.repeat(40),
  '😀👩‍👩‍👧‍👦🇩🇪',
  'مرحبا بالعالم',
  'e\u0301\u0301\u0301\u0301',
  '__proto__',
  'constructor',
  '%s %n ${x}',
];

const plain = fc.stringMatching(/^[a-z]{1,8}([.\-_][a-z0-9]{1,6}){0,3}$/);
export const name: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: plain },
  { weight: 1, arbitrary: fc.constantFrom(...NASTY) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
);

const amount = fc.oneof(fc.nat(20), fc.nat(5000), fc.nat(2_000_000_000));
const kinds = fc.constantFrom('direct', 'fanout', 'topic', 'headers', 'x-delayed-message');
const headers = fc.dictionary(
  fc.oneof(plain, fc.constant('x-match')),
  fc.oneof(plain, fc.integer(), fc.boolean(), fc.constant(null)),
  { maxKeys: 4 },
);
const queueArguments = fc.record(
  {
    'x-message-ttl': fc.nat(90_000_000),
    'x-expires': fc.nat(90_000_000),
    'x-max-length': amount,
    'x-max-length-bytes': amount,
    'x-max-priority': fc.integer({ min: 1, max: 255 }),
    'x-overflow': fc.constantFrom('drop-head', 'reject-publish', 'reject-publish-dlx', '<b>'),
    'x-single-active-consumer': fc.boolean(),
  },
  { requiredKeys: [] },
);

interface Sizes {
  readonly clients: number;
  readonly exchanges: number;
  readonly queues: number;
  readonly bindings: number;
  readonly consumers: number;
}

const SIZES: fc.Arbitrary<Sizes> = fc.oneof(
  fc.record({ clients: fc.nat(4), exchanges: fc.nat(3), queues: fc.nat(4), bindings: fc.nat(6), consumers: fc.nat(4) }),
  fc.record({ clients: fc.nat(12), exchanges: fc.nat(10), queues: fc.nat(7), bindings: fc.nat(30), consumers: fc.nat(40) }),
  fc.record({ clients: fc.nat(10), exchanges: fc.nat(6), queues: fc.nat(60), bindings: fc.nat(80), consumers: fc.nat(10) }),
);

/** A snapshot whose parts refer to each other, with some references that lead nowhere. */
export const snapshots: fc.Arbitrary<Snapshot> = SIZES.chain((sizes) =>
  fc
    .record({
      at: fc.nat(7_200_000),
      vhost: fc.oneof(fc.constant('/'), name),
      nodes: fc.array(
        fc.record({ name, state: fc.constantFrom('running', 'running', 'running', 'stopped', 'killed', 'paused') }),
        { minLength: 1, maxLength: 7 },
      ),
      names: fc.uniqueArray(name, { minLength: sizes.exchanges + sizes.queues, maxLength: sizes.exchanges + sizes.queues }),
      predeclared: fc.boolean(),
      seed: fc.nat(),
      clientNames: fc.array(name, { minLength: sizes.clients, maxLength: sizes.clients }),
      arguments: fc.array(queueArguments, { minLength: 5, maxLength: 5 }),
      headers: fc.array(headers, { minLength: 5, maxLength: 5 }),
      kinds: fc.array(kinds, { minLength: 12, maxLength: 12 }),
      amounts: fc.array(amount, { minLength: 10, maxLength: 10 }),
      keys: fc.array(fc.oneof(fc.constantFrom('', '#', 'a.*', '*.b.#'), name), { minLength: 8, maxLength: 8 }),
      oneNode: fc.boolean(),
    })
    .map((parts) => assemble(sizes, parts)),
);

interface Parts {
  readonly at: number;
  readonly vhost: string;
  readonly nodes: readonly { readonly name: string; readonly state: string }[];
  readonly names: readonly string[];
  readonly predeclared: boolean;
  readonly seed: number;
  readonly clientNames: readonly string[];
  readonly arguments: readonly Record<string, unknown>[];
  readonly headers: readonly Record<string, unknown>[];
  readonly kinds: readonly string[];
  readonly amounts: readonly number[];
  readonly keys: readonly string[];
  readonly oneNode: boolean;
}

function assemble(sizes: Sizes, parts: Parts): Snapshot {
  let state = parts.seed;
  const below = (limit: number): number => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return ((state ^ (state >>> 13)) >>> 0) % Math.max(1, limit);
  };
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const nodes = (parts.oneNode ? parts.nodes.slice(0, 1) : parts.nodes) as Snapshot['nodes'];
  const names = parts.names.filter((candidate) => candidate !== '');
  const own = names.slice(0, sizes.exchanges);
  const queueNames = names.slice(sizes.exchanges);
  const exchangeNames = parts.predeclared ? ['', 'amq.direct', 'amq.topic', ...own] : own;
  const maybe = <T>(value: () => T, often = 3): T | null => (below(often) === 0 ? value() : null);
  const anyExchange = (): string => (exchangeNames.length === 0 || below(12) === 0 ? 'nowhere' : pick(exchangeNames));
  const exchanges = exchangeNames.map((exchange) => ({
    name: exchange,
    kind: exchange === '' ? 'direct' : pick(parts.kinds),
    durable: below(4) > 0,
    autoDelete: below(6) === 0,
    internal: below(8) === 0,
    alternateExchange: exchange === '' ? null : maybe(anyExchange, 6),
  }));
  const queues = queueNames.map((queue) => {
    const ready = below(3) === 0 ? 0 : pick(parts.amounts);
    const dead = maybe(anyExchange, 4);
    return {
      name: queue,
      kind: pick(['classic', 'classic', 'classic', 'mirrored', 'quorum', 'stream'] as const),
      node: pick(nodes).name,
      durable: below(3) > 0,
      exclusive: below(8) === 0,
      autoDelete: below(8) === 0,
      arguments: below(3) === 0 ? pick(parts.arguments) : {},
      ready,
      unacked: below(3) === 0 ? pick(parts.amounts) : 0,
      consumers: 0,
      deadLetterExchange: dead,
      deadLetterRoutingKey: dead === null ? null : maybe(() => (queueNames.length === 0 ? 'x' : pick(queueNames)), 2),
    };
  });
  const connections = parts.clientNames.map((client, i) => ({
    connection: `10.0.${below(4)}.${below(250)}:${40_000 + i} -> 10.0.0.1:5672`,
    name: below(8) === 0 ? '' : client,
    node: pick(nodes).name,
    user: 'guest',
    state: pick(['running', 'running', 'running', 'blocked', 'blocking', 'closing'] as const),
    channels: Array.from({ length: below(4) }, (_, channel) => {
      const publishes = below(2) === 0;
      return {
        channel: channel + 1,
        prefetch: below(3) * 7,
        globalPrefetch: below(5) === 0 ? 9 : 0,
        confirm: below(3) === 0,
        tx: below(9) === 0,
        unacked: below(30),
        unconfirmed: below(30),
        published: publishes ? 1 + below(1000) : 0,
        publishedTo: publishes ? [...new Set([anyExchange(), ...(below(2) === 0 ? [anyExchange()] : [])])] : [],
      };
    }),
  }));
  const bindings = Array.from({ length: sizes.bindings }, () => {
    const toQueue = queueNames.length > 0 && (exchangeNames.length === 0 || below(6) > 0);
    return {
      source: below(10) === 0 ? '' : anyExchange(),
      destination: toQueue ? pick(queueNames) : anyExchange(),
      toQueue,
      routingKey: pick(parts.keys),
      arguments: below(2) === 0 ? pick(parts.headers) : {},
    };
  });
  const owners = connections.flatMap((connection) =>
    connection.channels.map((channel) => ({ connection: connection.connection, channel: channel.channel })),
  );
  const consumers =
    queueNames.length === 0 || owners.length === 0
      ? []
      : Array.from({ length: sizes.consumers }, (_, i) => {
          const prefetch = below(3) === 0 ? 0 : 1 + below(30);
          return {
            queue: pick(queueNames),
            consumerTag: below(2) === 0 ? `amq.ctag-${i}` : `${pick(parts.keys)}${i}`,
            ...pick(owners),
            noAck: below(5) === 0,
            exclusive: below(9) === 0,
            active: below(9) > 0,
            priority: below(5) === 0 ? below(10) - 4 : 0,
            prefetch,
            unacked: prefetch === 0 ? below(100) : below(prefetch + 1),
          };
        });
  for (const queue of queues) queue.consumers = consumers.filter((consumer) => consumer.queue === queue.name).length;
  return { at: parts.at, vhost: parts.vhost, nodes, connections, exchanges, queues, bindings, consumers };
}

const connectionId = fc.constantFrom(...Array.from({ length: 5 }, (_, i) => `10.0.0.${i}:4000 -> 10.0.0.1:5672`));
const channel = fc.integer({ min: 1, max: 2 });
const place = { connection: connectionId, channel };
const shortName = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('orders', 'billing', 'audit', 'shipping', '') },
  { weight: 1, arbitrary: name },
);
const ref = {
  message: fc.nat(12),
  label: fc.oneof({ weight: 5, arbitrary: fc.constantFrom('m-1', 'm-2', 'm-3', 'm-17') }, { weight: 1, arbitrary: name }),
};
const reason = fc.constantFrom('rejected', 'expired', 'maxlen', 'delivery_limit');

/** Any event with any content, in any order: a diagram must bear a trace that makes no sense. */
export const bodies: fc.Arbitrary<EventBody> = fc.oneof(
  fc.record({ type: fc.constant('connection.opened'), connection: connectionId, name, user: name, vhost: name, product: name }),
  fc.record({
    ...{ type: fc.constant('connection.refused'), connection: connectionId, name, user: name, vhost: name },
    ...{ code: fc.nat(600), text: name },
  }),
  fc.record({
    type: fc.constant('connection.closed'),
    connection: connectionId,
    by: fc.constantFrom('client', 'server', 'network'),
    code: fc.nat(600),
    text: name,
  }),
  fc.record({ type: fc.constant('connection.blocked'), connection: connectionId, reason: name }),
  fc.record({ type: fc.constant('connection.unblocked'), connection: connectionId }),
  fc.record({ type: fc.constant('channel.opened'), ...place }),
  fc.record({
    type: fc.constant('channel.closed'),
    ...place,
    by: fc.constantFrom('client', 'server'),
    code: fc.nat(600),
    text: name,
  }),
  fc.record({
    type: fc.constant('publish'),
    ...place,
    ...ref,
    exchange: shortName,
    routingKey: shortName,
    mandatory: fc.boolean(),
    persistent: fc.boolean(),
    bodyBytes: fc.nat(),
    publishSeq: fc.nat(400),
  }),
  fc.record({
    type: fc.constant('return'),
    ...place,
    ...ref,
    exchange: shortName,
    routingKey: shortName,
    code: fc.constant(312),
    text: fc.constant('NO_ROUTE'),
  }),
  fc.record({
    type: fc.constant('confirm'),
    ...place,
    outcome: fc.constantFrom('ack', 'nack'),
    publishSeq: fc.nat(400),
    multiple: fc.boolean(),
  }),
  fc.record({
    type: fc.constant('deliver'),
    ...place,
    ...ref,
    consumerTag: shortName,
    deliveryTag: fc.nat(20),
    redelivered: fc.boolean(),
    queue: shortName,
    exchange: shortName,
    routingKey: shortName,
    bodyBytes: fc.nat(),
  }),
  fc.record({ type: fc.constant('get'), ...place, ...ref, queue: shortName, deliveryTag: fc.nat(20), redelivered: fc.boolean() }),
  fc.record({ type: fc.constant('ack'), ...place, deliveryTag: fc.nat(20), multiple: fc.boolean() }),
  fc.record({ type: fc.constant('reject'), ...place, deliveryTag: fc.nat(20), multiple: fc.boolean(), requeue: fc.boolean() }),
  fc.record({
    type: fc.constant('consumer.added'),
    ...place,
    consumerTag: shortName,
    queue: shortName,
    noAck: fc.boolean(),
    exclusive: fc.boolean(),
    priority: fc.nat(5),
    prefetch: fc.nat(50),
  }),
  fc.record({
    type: fc.constant('consumer.cancelled'),
    ...place,
    consumerTag: shortName,
    queue: shortName,
    by: fc.constantFrom('client', 'server'),
  }),
  fc.record({ type: fc.constantFrom('node.started', 'node.stopped', 'node.killed', 'node.paused', 'node.resumed') }),
  fc.record({ type: fc.constant('exchange.declared'), vhost: fc.constant('/'), exchange: shortName, kind: kinds }),
  fc.record({
    type: fc.constant('queue.declared'),
    vhost: fc.constant('/'),
    queue: shortName,
    durable: fc.boolean(),
    exclusive: fc.boolean(),
    autoDelete: fc.boolean(),
  }),
  fc.record({
    type: fc.constant('queue.deleted'),
    vhost: fc.constant('/'),
    queue: shortName,
    reason: fc.constantFrom('deleted', 'expired', 'auto-delete', 'exclusive'),
    messages: fc.nat(5),
  }),
  fc.record({ type: fc.constant('queue.purged'), vhost: fc.constant('/'), queue: shortName, messages: fc.nat(5) }),
  fc.record({
    type: fc.constant('binding.added'),
    vhost: fc.constant('/'),
    source: shortName,
    destination: shortName,
    toQueue: fc.boolean(),
    routingKey: name,
  }),
  fc.record({
    type: fc.constant('routed'),
    vhost: fc.constant('/'),
    ...ref,
    exchange: shortName,
    routingKey: shortName,
    queues: fc.array(shortName, { maxLength: 4 }),
  }),
  fc.record({ type: fc.constant('enqueued'), vhost: fc.constant('/'), ...ref, queue: shortName, depth: fc.nat(9) }),
  fc.record({ type: fc.constant('settled'), vhost: fc.constant('/'), ...ref, queue: shortName }),
  fc.record({ type: fc.constant('requeued'), vhost: fc.constant('/'), ...ref, queue: shortName }),
  fc.record({
    type: fc.constant('dead-lettered'),
    vhost: fc.constant('/'),
    ...ref,
    queue: shortName,
    reason,
    exchange: shortName,
    routingKey: shortName,
  }),
  fc.record({
    type: fc.constant('dropped'),
    vhost: fc.constant('/'),
    ...ref,
    queue: shortName,
    reason: fc.constantFrom('rejected', 'expired', 'maxlen', 'cycle', 'unroutable'),
  }),
  fc.record({ type: fc.constantFrom('fault', 'healed'), fault: name, target: name }),
  fc.record({ type: fc.constant('command'), line: name, exitCode: fc.nat(70) }),
  fc.record({ type: fc.constant('note'), text: name }),
) as fc.Arbitrary<EventBody>;

export const traces: fc.Arbitrary<TraceEvent[]> = fc
  .array(fc.tuple(bodies, fc.oneof(fc.nat(3), fc.nat(3), fc.nat(5000))), { maxLength: 60 })
  .map((list) => {
    let at = 0;
    return list.map(([body, pause], i) => {
      at += pause;
      return { ...body, seq: i + 1, at, node: 'rabbit1' } as TraceEvent;
    });
  });

const measure = fc.oneof(fc.integer({ min: -50, max: 5000 }), fc.double({ noNaN: false }), fc.constantFrom(0, 1e9, 1e-7, -1e12));
export const plots: fc.Arbitrary<{ series: PlotSeries[]; marks: PlotMark[] }> = fc.record({
  series: fc.array(
    fc.record({
      name,
      unit: fc.oneof({ weight: 4, arbitrary: fc.constantFrom('messages', 'msg/s', 'MB') }, { weight: 1, arbitrary: name }),
      points: fc.array(fc.tuple(fc.oneof(fc.nat(60_000), fc.double()), measure), { maxLength: 300, size: 'max' }),
    }),
    { maxLength: 9 },
  ),
  marks: fc.array(fc.record({ at: fc.nat(60_000), label: name, fault: fc.boolean() }), { maxLength: 15 }),
});
