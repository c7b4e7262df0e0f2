/** Ways that messages take: by type of exchange, to other exchanges, as dead letters. */
import type { ConnectionSnapshot } from '../../../lib/trace/snapshot';
import {
  type Broker,
  broker,
  binding,
  connection,
  consumer,
  exchange,
  queue,
  snapshot,
  trace,
  publishOf,
  PREDECLARED,
} from './broker-parts';

export const ROUTING: Readonly<Record<string, () => Broker>> = {
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
};
