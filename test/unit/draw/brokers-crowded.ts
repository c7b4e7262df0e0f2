/** Too much for one picture, and names that are too long, wide or hostile. */
import { type Broker, broker, binding, connection, consumer, exchange, queue, snapshot } from './broker-parts';

export const CROWDED: Readonly<Record<string, () => Broker>> = {
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
