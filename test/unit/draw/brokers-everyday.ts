/** What a course draws every day: nothing yet, one queue, an order, a question and its answer. */
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

export const EVERYDAY: Readonly<Record<string, () => Broker>> = {
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

  'long-key': broker(() => {
    const [shop, twin] = [connection('shop', [{ publishedTo: ['events'] }]), connection('twin', [{ publishedTo: ['events'] }])];
    return {
      follow: 'order-17-paid',
      recent: trace([
        publishOf(shop, 'events', 'order.paid.europe.north', 'order-17-paid', 17),
        publishOf(twin, 'events', 'order.paid.europe.north', 'order-17-paid', 17),
      ]),
      snapshot: snapshot({
        exchanges: [exchange('events', 'topic')],
        connections: [shop, twin],
        queues: [queue('audit', 2, 0)],
        bindings: [binding('events', 'audit', 'order.#')],
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
};
