/** Nodes that do not run: alone, as they were last seen, in a cluster. */
import { type Broker, broker, binding, connection, consumer, exchange, queue, snapshot, PREDECLARED } from './broker-parts';

export const DOWN: Readonly<Record<string, () => Broker>> = {
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

  'killed-last-seen': broker(() => {
    const api = connection('order-api', [{ publishedTo: ['orders'], confirm: true, unconfirmed: 2 }]);
    const packer = connection('packer');
    return {
      lastSeen: 11_800,
      snapshot: snapshot({
        nodes: [{ name: 'rabbit1', state: 'killed' }],
        exchanges: [...PREDECLARED, exchange('orders', 'topic'), exchange('dlx', 'fanout')],
        queues: [
          queue('billing', 9, 3, { consumers: 1, deadLetterExchange: 'dlx' }),
          queue('audit', 1_031, 0, { durable: false }),
          queue('parked', 2, 0),
        ],
        bindings: [binding('orders', 'billing', 'order.paid'), binding('orders', 'audit', 'order.#'), binding('dlx', 'parked')],
        connections: [api, packer],
        consumers: [consumer('billing', packer, { prefetch: 5, unacked: 3 })],
      }),
    };
  }),

  'rows-last-seen': broker(() => ({
    lastSeen: 11_800,
    snapshot: snapshot({
      nodes: [{ name: 'rabbit1', state: 'stopped' }],
      exchanges: [exchange('news', 'fanout')],
      queues: Array.from({ length: 8 }, (_, i) => queue(`reader.${i + 1}`, i * 3, i % 3)),
      bindings: Array.from({ length: 8 }, (_, i) => binding('news', `reader.${i + 1}`)),
    }),
  })),

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
};
