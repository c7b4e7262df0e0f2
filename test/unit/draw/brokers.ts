/** Brokers to draw, with the trace that led to them: what the golden files, the properties and the gallery share. */
import type { EventBody, TraceEvent } from '../../../lib/trace/events';
import type { ConnectionSnapshot, ExchangeSnapshot, Snapshot } from '../../../lib/trace/snapshot';
import { binding, connection, consumer, exchange, queue, resetPorts, snapshot, trace } from './broker-parts';

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

export interface Broker {
  readonly snapshot: Snapshot;
  readonly recent?: readonly TraceEvent[];
  readonly follow?: string;
  readonly title?: string;
  readonly predeclared?: boolean;
}

function broker(make: () => Broker): () => Broker {
  return () => {
    resetPorts();
    return make();
  };
}

function publishOf(
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

/** By name; each call makes the same broker anew. */
export const BROKERS: Readonly<Record<string, () => Broker>> = {
  empty: broker(() => ({ snapshot: snapshot({ at: 40, exchanges: PREDECLARED }) })),

  predeclared: broker(() => ({ snapshot: snapshot({ exchanges: PREDECLARED }), predeclared: true })),

  idle: broker(() => ({
    snapshot: snapshot({
      exchanges: PREDECLARED,
      connections: [connection('amqplib', []), connection('welcome', [{}, { confirm: true }])],
    }),
  })),

  hello: broker(() => {
    const producer = connection('sender', [{ publishedTo: [''] }]);
    const receiver = connection('receiver');
    return {
      snapshot: snapshot({
        exchanges: PREDECLARED,
        connections: [producer, receiver],
        queues: [queue('hello', 1, 1, { consumers: 1, durable: false })],
        consumers: [consumer('hello', receiver, { prefetch: 0, unacked: 1 })],
      }),
    };
  }),

  orders: broker(() => {
    const api = connection('order-api', [{ publishedTo: ['orders'] }]);
    const office = connection('back-office', [{ publishedTo: ['notices'] }]);
    const invoicer = connection('invoicer');
    const packers = [connection('packer-1'), connection('packer-2')] as const;
    return {
      title: 'Where does order.paid go?',
      follow: 'm-17',
      recent: trace([
        publishOf(api, 'orders', 'order.paid', 'm-17', 17),
        {
          type: 'routed',
          vhost: '/',
          exchange: 'orders',
          routingKey: 'order.paid',
          queues: ['audit', 'billing'],
          message: 17,
          label: 'm-17',
        },
      ]),
      snapshot: snapshot({
        exchanges: [...PREDECLARED, exchange('orders', 'topic'), exchange('notices', 'fanout'), exchange('orders.dlx', 'fanout')],
        connections: [api, office, invoicer, ...packers],
        queues: [
          queue('billing', 9, 4, { consumers: 1 }),
          queue('audit', 31, 0),
          queue('shipping', 14, 7, { consumers: 2, deadLetterExchange: 'orders.dlx' }),
          queue('parked', 4, 0),
        ],
        bindings: [
          binding('orders', 'billing', 'order.paid'),
          binding('orders', 'audit', 'order.#'),
          binding('orders', 'shipping', 'order.shipped.*'),
          binding('notices', 'audit'),
          binding('notices', 'shipping'),
          binding('orders.dlx', 'parked'),
        ],
        consumers: [
          consumer('billing', invoicer, { unacked: 4 }),
          consumer('shipping', packers[0], { prefetch: 5, unacked: 5 }),
          consumer('shipping', packers[1], { prefetch: 5, unacked: 2 }),
        ],
      }),
    };
  }),

  'fanout-to-ten': broker(() => {
    const news = connection('newsroom', [{ publishedTo: ['news'] }]);
    const names = Array.from({ length: 10 }, (_, i) => `reader.${i + 1}`);
    const readers = names.map((name) => connection(name));
    return {
      snapshot: snapshot({
        exchanges: [exchange('news', 'fanout')],
        connections: [news, ...readers],
        queues: names.map((name, i) => queue(name, i * 3, i % 3, { consumers: 1 })),
        bindings: names.map((name) => binding('news', name)),
        consumers: names.map((name, i) => consumer(name, readers[i] as ConnectionSnapshot, { unacked: i % 3 })),
      }),
    };
  }),

  topic: broker(() => {
    const sensors = connection('sensors', [
      { publishedTo: ['readings'] },
      { publishedTo: ['readings'], confirm: true, unconfirmed: 2 },
    ]);
    const board = connection('dashboard');
    return {
      snapshot: snapshot({
        exchanges: [exchange('readings', 'topic', { durable: false })],
        connections: [sensors, board],
        queues: [
          queue('alarms', 2, 0, { consumers: 1 }),
          queue('berlin', 120, 3, { consumers: 1 }),
          queue('everything', 4_310, 0),
        ],
        bindings: [
          binding('readings', 'alarms', '*.*.alarm'),
          binding('readings', 'alarms', 'berlin.#'),
          binding('readings', 'berlin', 'berlin.*.temperature'),
          binding('readings', 'berlin', 'berlin.humidity'),
          binding('readings', 'berlin', 'berlin.pressure.now'),
          binding('readings', 'berlin', 'berlin.wind'),
          binding('readings', 'everything', '#'),
        ],
        consumers: [
          consumer('alarms', board, { noAck: true }),
          consumer('berlin', board, { channel: 2, prefetch: 250, unacked: 3 }),
        ],
      }),
    };
  }),

  headers: broker(() => {
    const scanner = connection('scanner', [{ publishedTo: ['papers'] }]);
    const desk = connection('claims-desk');
    return {
      snapshot: snapshot({
        exchanges: [exchange('papers', 'headers')],
        connections: [scanner, desk],
        queues: [queue('claims', 3, 1, { consumers: 1 }), queue('archive', 12, 0)],
        bindings: [
          binding('papers', 'claims', '', { arguments: { 'x-match': 'all', format: 'pdf', type: 'claim' } }),
          binding('papers', 'archive', '', { arguments: { 'x-match': 'any', format: 'pdf', pages: 3 } }),
        ],
        consumers: [consumer('claims', desk, { consumerTag: 'anna', prefetch: 1, unacked: 1 })],
      }),
    };
  }),

  'retry-loop': broker(() => {
    const api = connection('api', [{ publishedTo: ['jobs'], confirm: true, unconfirmed: 0 }]);
    const worker = connection('worker');
    return {
      snapshot: snapshot({
        exchanges: [exchange('jobs', 'direct'), exchange('retry', 'direct')],
        connections: [api, worker],
        queues: [
          queue('work', 5, 3, { consumers: 1, deadLetterExchange: 'retry', deadLetterRoutingKey: 'later' }),
          queue('work.later', 2, 0, {
            deadLetterExchange: 'jobs',
            deadLetterRoutingKey: 'work',
            arguments: { 'x-message-ttl': 5000 },
          }),
          queue('work.failed', 1, 0),
        ],
        bindings: [
          binding('jobs', 'work', 'work'),
          binding('retry', 'work.later', 'later'),
          binding('jobs', 'work.failed', 'failed'),
        ],
        consumers: [consumer('work', worker, { prefetch: 3, unacked: 3 })],
      }),
    };
  }),

  'dead-letter-direct': broker(() => {
    const api = connection('api', [{ publishedTo: [''] }]);
    return {
      recent: trace([publishOf(api, '', 'mails', 'm-1', 1)]),
      snapshot: snapshot({
        exchanges: PREDECLARED,
        connections: [api],
        queues: [
          queue('mails', 40, 0, {
            deadLetterExchange: '',
            deadLetterRoutingKey: 'mails.dead',
            arguments: { 'x-max-length': 40 },
          }),
          queue('mails.dead', 7, 0, { kind: 'quorum' }),
          queue('orphan', 0, 0, { deadLetterExchange: 'nowhere' }),
        ],
      }),
    };
  }),

  alternate: broker(() => {
    const shop = connection('shop', [{ publishedTo: ['orders'] }]);
    const clerk = connection('clerk');
    return {
      snapshot: snapshot({
        exchanges: [
          exchange('orders', 'direct', { alternateExchange: 'unrouted' }),
          exchange('unrouted', 'fanout', { internal: true }),
        ],
        connections: [shop, clerk],
        queues: [queue('paid', 2, 0), queue('shipped', 0, 0), queue('lost-and-found', 3, 1, { consumers: 1 })],
        bindings: [
          binding('orders', 'paid', 'paid'),
          binding('orders', 'shipped', 'shipped'),
          binding('unrouted', 'lost-and-found'),
        ],
        consumers: [consumer('lost-and-found', clerk, { unacked: 1, prefetch: 4 })],
      }),
    };
  }),

  'exchange-chain': broker(() => {
    const probe = connection('probe', [{ publishedTo: ['all', 'europe'] }]);
    return {
      snapshot: snapshot({
        exchanges: [
          exchange('all', 'topic'),
          exchange('europe', 'topic'),
          exchange('berlin', 'fanout'),
          exchange('audit', 'fanout'),
        ],
        connections: [probe],
        queues: [queue('berlin.a', 1, 0), queue('berlin.b', 1, 0), queue('europe.log', 4, 0), queue('log', 9, 0)],
        bindings: [
          binding('all', 'europe', 'eu.#', { toQueue: false }),
          binding('all', 'audit', '#', { toQueue: false }),
          binding('europe', 'berlin', 'eu.de.berlin', { toQueue: false }),
          binding('berlin', 'berlin.a'),
          binding('berlin', 'berlin.b'),
          binding('europe', 'europe.log', 'eu.#'),
          binding('all', 'log', '#.log'),
          binding('audit', 'log'),
        ],
      }),
    };
  }),

  'competing-consumers': broker(() => {
    const boss = connection('boss', [{ publishedTo: ['tasks'] }]);
    const workers = Array.from({ length: 12 }, (_, i) => connection(`worker-${i + 1}`));
    return {
      snapshot: snapshot({
        exchanges: [exchange('tasks', 'direct')],
        connections: [boss, ...workers],
        queues: [
          queue('slow', 80, 3, { consumers: 3 }),
          queue('fast', 210, 45, { consumers: 9, arguments: { 'x-max-priority': 9, 'x-single-active-consumer': true } }),
        ],
        bindings: [binding('tasks', 'slow', 'slow'), binding('tasks', 'fast', 'fast')],
        consumers: workers.map((worker, i) =>
          consumer(i < 3 ? 'slow' : 'fast', worker, {
            prefetch: i < 3 ? 1 : 5,
            unacked: i < 3 ? 1 : 5,
            priority: i === 1 ? 5 : 0,
          }),
        ),
      }),
    };
  }),

  rpc: broker(() => {
    const caller = connection('caller', [{ publishedTo: [''] }]);
    const server = connection('server', [{ publishedTo: [''] }]);
    return {
      recent: trace([publishOf(caller, '', 'rpc', 'q-1', 1), publishOf(server, '', 'amq.gen-JzTY20BRgKO', 'a-1', 2)]),
      snapshot: snapshot({
        exchanges: PREDECLARED,
        connections: [caller, server],
        queues: [
          queue('rpc', 0, 1, { consumers: 1 }),
          queue('amq.gen-JzTY20BRgKO', 0, 0, { consumers: 1, durable: false, exclusive: true, autoDelete: true }),
        ],
        consumers: [
          consumer('rpc', server, { prefetch: 1, unacked: 1 }),
          consumer('amq.gen-JzTY20BRgKO', caller, { noAck: true }),
        ],
      }),
    };
  }),

  killed: broker(() => ({
    snapshot: snapshot({
      nodes: [{ name: 'rabbit1', state: 'killed' }],
      exchanges: [exchange('orders', 'topic')],
      queues: [queue('billing', 9, 0), queue('audit', 31, 0)],
      bindings: [binding('orders', 'billing', 'order.paid'), binding('orders', 'audit', 'order.#')],
      connections: [connection('order-api', [{ publishedTo: ['orders'] }])],
    }),
  })),

  'killed-unknown': broker(() => ({ snapshot: snapshot({ nodes: [{ name: 'rabbit1', state: 'killed' }] }) })),

  cluster: broker(() => {
    const api = connection('order-api', [{ publishedTo: ['orders'] }], { state: 'blocked' });
    return {
      snapshot: snapshot({
        nodes: [
          { name: 'rabbit1', state: 'running' },
          { name: 'rabbit2', state: 'killed' },
          { name: 'rabbit3', state: 'stopped' },
        ],
        exchanges: [exchange('orders', 'direct')],
        connections: [api],
        queues: [queue('billing', 9, 0), queue('audit', 31, 0, { node: 'rabbit2' })],
        bindings: [binding('orders', 'billing', 'paid'), binding('orders', 'audit', 'paid')],
      }),
    };
  }),

  'six-queues': broker(() => {
    const clients = ['web', 'app', 'batch', 'import'].map((name) =>
      connection(name, [{ publishedTo: name === 'web' ? ['a', 'b'] : ['b'] }]),
    );
    const takers = ['t1', 't2', 't3', 't4', 't5', 't6', 't7'].map((name) => connection(name));
    const names = ['one', 'two', 'three', 'four', 'five', 'six'];
    return {
      snapshot: snapshot({
        exchanges: [exchange('a', 'direct'), exchange('b', 'topic'), exchange('c', 'fanout')],
        connections: [...clients, ...takers],
        queues: names.map((name, i) => queue(name, 10 ** i, i, { consumers: i === 5 ? 0 : 1 })),
        bindings: [
          ...names.map((name, i) => binding(i % 2 === 0 ? 'a' : 'b', name, `key.${name}`)),
          binding('b', 'one', 'key.*'),
          binding('c', 'six'),
          binding('c', 'one'),
          binding('a', 'six', 'six.too'),
        ],
        consumers: takers.map((taker, i) => consumer(names[i % 5] as string, taker, { unacked: i, prefetch: 12 })),
      }),
    };
  }),

  'thirty-queues': broker(() => {
    const api = connection('events-api', [{ publishedTo: ['events'] }]);
    const names = [
      ...Array.from({ length: 18 }, (_, i) => `inv.${i}`),
      ...Array.from({ length: 6 }, (_, i) => `tmp.${i}`),
      'audit',
      'shipping',
      'billing',
      'mail.eu',
      'mail.us',
      'orders.dlq',
    ];
    const depth: Readonly<Record<string, readonly [number, number]>> = {
      audit: [1940, 0],
      shipping: [820, 410],
      billing: [310, 40],
      'mail.eu': [120, 12],
      'mail.us': [96, 10],
      'orders.dlq': [14, 0],
    };
    return {
      snapshot: snapshot({
        exchanges: [exchange('events', 'topic'), exchange('dlx', 'fanout')],
        connections: [api],
        queues: names.map((name, i) => {
          const [ready, unacked] = depth[name] ?? [name.startsWith('inv') ? i % 7 : 0, 0];
          const dead = name === 'shipping' ? { deadLetterExchange: 'dlx' } : {};
          return queue(name, ready, unacked, { consumers: name === 'audit' || name === 'orders.dlq' ? 0 : 2, ...dead });
        }),
        bindings: [
          ...names.filter((name) => name !== 'orders.dlq').map((name) => binding('events', name, `${name}.#`)),
          binding('dlx', 'orders.dlq'),
        ],
      }),
    };
  }),

  'thousand-queues': broker(() => {
    const clients = Array.from({ length: 40 }, (_, i) =>
      connection(i % 2 === 0 ? `web-${i}` : `batch-${i}`, [{ publishedTo: [`shard.${i % 10}`] }]),
    );
    const names = Array.from(
      { length: 1000 },
      (_, i) => `${['user', 'order', 'stock', 'mail', 'audit', 'tmp', 'x'][i % 7]}.${i}`,
    );
    return {
      snapshot: snapshot({
        exchanges: Array.from({ length: 10 }, (_, i) => exchange(`shard.${i}`, 'direct')),
        connections: clients,
        queues: names.map((name, i) => queue(name, (i * 7919) % 1013, (i * 31) % 17, { consumers: i % 5 })),
        bindings: names.map((name, i) => binding(`shard.${i % 10}`, name, name)),
      }),
    };
  }),

  'long-names': broker(() => {
    const api = connection('the-order-processing-frontend-of-the-northern-region', [
      { publishedTo: ['company.orders.international.exchange'] },
    ]);
    const taker = connection('invoice-service-production-eu-central-1-instance-0007');
    return {
      title: 'A title that somebody wrote with much to say and that cannot possibly fit beside the place and the time at the top',
      snapshot: snapshot({
        vhost: 'production/northern-region/orders-and-invoices',
        exchanges: [
          exchange('company.orders.international.exchange', 'topic'),
          exchange('company.orders.international.dead-letters', 'fanout'),
        ],
        connections: [api, taker],
        queues: [
          queue('company.orders.international.invoices.waiting', 1_234_567, 12_345, {
            consumers: 1,
            exclusive: true,
            deadLetterExchange: 'company.orders.international.dead-letters',
            arguments: { 'x-message-ttl': 86_400_000, 'x-max-length': 2_000_000, 'x-overflow': 'reject-publish-dlx' },
          }),
          queue('company.orders.international.dead', 3, 0),
        ],
        bindings: [
          binding(
            'company.orders.international.exchange',
            'company.orders.international.invoices.waiting',
            'orders.international.*.invoice.created.v2',
          ),
          binding('company.orders.international.dead-letters', 'company.orders.international.dead'),
        ],
        consumers: [consumer('company.orders.international.invoices.waiting', taker, { unacked: 12_345, prefetch: 20_000 })],
      }),
    };
  }),

  chinese: broker(() => {
    const api = connection('订单服务', [{ publishedTo: ['订单'] }]);
    const taker = connection('发票服务');
    return {
      title: '订单消息去哪里？',
      snapshot: snapshot({
        exchanges: [exchange('订单', 'topic'), exchange('🐰 rabbit', 'fanout')],
        connections: [api, taker],
        queues: [
          queue('账单队列', 5, 2, { consumers: 1 }),
          queue('審計', 12, 0),
          queue('Журнал событий', 0, 0),
          queue('صف الانتظار', 1, 0),
        ],
        bindings: [
          binding('订单', '账单队列', '订单.已付款.上海'),
          binding('订单', '審計', '订单.#'),
          binding('🐰 rabbit', 'Журнал событий'),
          binding('🐰 rabbit', 'صف الانتظار'),
        ],
        consumers: [consumer('账单队列', taker, { unacked: 2, prefetch: 5 })],
      }),
    };
  }),

  hostile: broker(() => {
    const evil = '<script>alert("x")</script>';
    const api = connection(evil, [{ publishedTo: [evil] }]);
    return {
      title: evil,
      follow: '\'"><img src=x onerror=alert(1)>',
      snapshot: snapshot({
        vhost: '</svg><b>',
        exchanges: [exchange(evil, 'x-<evil>')],
        connections: [api],
        queues: [
          queue('a\u0000b\u0007\u202ec', 1, 0),
          queue(']]></style><style>*{display:none}', 1, 0),
          queue('  spaces   inside ', 0, 0),
          queue('\ud800', 0, 0),
        ],
        bindings: [binding(evil, 'a\u0000b\u0007\u202ec', '&amp;&#x3c;'), binding(evil, '\ud800', '</text>')],
      }),
    };
  }),
};
