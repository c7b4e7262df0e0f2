/** Clusters to draw, with the trace that led to them: what the golden files, the properties and the gallery share. */
import type { EventBody, TraceEvent } from '../../../lib/trace/events';
import type { NodeSnapshot, QueueSnapshot } from '../../../lib/trace/snapshot';
import { type Broker, binding, broker, connection, consumer, exchange, PREDECLARED, queue, snapshot } from './broker-parts';

/** Events one after another, of rabbit1 unless they say of which node. */
function events(...bodies: ReadonlyArray<EventBody & { readonly node?: string }>): TraceEvent[] {
  return bodies.map((body, i) => ({ seq: i + 1, at: 12_300 + i, node: 'rabbit1', ...body }) as TraceEvent);
}

type State = NodeSnapshot['state'];

function node(name: string, state: State = 'running', more: Partial<NodeSnapshot> = {}): NodeSnapshot {
  return { name, state, cluster: 'one', kind: 'disc', ...more };
}

const THREE = [node('rabbit1'), node('rabbit2'), node('rabbit3', 'running', { kind: 'ram' })];

function mirrored(
  name: string,
  ready: number,
  home: string,
  mirrors: Readonly<Record<string, boolean>>,
  unacked = 0,
): QueueSnapshot {
  const copies = Object.entries(mirrors).map(([at, synchronised]) => ({ node: at, synchronised }));
  return queue(name, ready, unacked, { kind: 'mirrored', node: home, mirrors: copies });
}

function quorum(
  name: string,
  ready: number,
  leader: string | null,
  online: readonly string[],
  down: readonly string[] = [],
): QueueSnapshot {
  const members = [...online.map((at) => ({ node: at, online: true })), ...down.map((at) => ({ node: at, online: false }))];
  const state = leader === null ? ({ state: 'minority' } as const) : {};
  return queue(name, ready, 0, { kind: 'quorum', node: leader ?? 'rabbit1', leader, members, ...state });
}

const place = { vhost: '/', queue: 'orders' };

function lost(queueName: string, count: number, first: number): EventBody {
  const messages = Array.from({ length: count }, (_, i) => ({ message: first + i, label: `${first + i}` }));
  return { type: 'messages.lost', vhost: '/', queue: queueName, reason: 'promotion', count, messages };
}

export const CLUSTERS: Readonly<Record<string, () => Broker>> = {
  'three-strangers': broker(() => ({
    snapshot: snapshot({
      nodes: ['rabbit1', 'rabbit2', 'rabbit3'].map((name) => node(name, 'running', { cluster: name })),
      queues: [queue('hello', 3, 0)],
      connections: [connection('order-api', [{ publishedTo: [''] }])],
    }),
  })),

  'one-hop': broker(() => {
    const api = connection('order-api', [{ publishedTo: ['orders'], confirm: true, unconfirmed: 3 }], { node: 'rabbit2' });
    const packer = connection('packer', [{}], { node: 'rabbit3' });
    return {
      snapshot: snapshot({
        nodes: THREE,
        exchanges: [...PREDECLARED, exchange('orders', 'topic')],
        queues: [queue('billing', 9, 3, { consumers: 1 }), queue('audit', 31, 0, { node: 'rabbit3' })],
        bindings: [binding('orders', 'billing', 'order.paid'), binding('orders', 'audit', 'order.#')],
        connections: [api, packer],
        consumers: [consumer('billing', packer, { prefetch: 5, unacked: 3 })],
      }),
    };
  }),

  'cluster-before': broker(() => {
    const api = connection('order-api', [{ publishedTo: ['orders'] }], { node: 'rabbit2' });
    const shop = connection('web-shop', [{ publishedTo: ['orders'], confirm: true, unconfirmed: 3 }]);
    return {
      title: 'What would killing rabbit1 cost?',
      snapshot: snapshot({
        nodes: THREE,
        exchanges: [exchange('orders', 'direct')],
        queues: [
          mirrored('orders', 107, 'rabbit1', { rabbit2: true, rabbit3: false }, 3),
          quorum('stock', 42, 'rabbit1', ['rabbit1', 'rabbit2', 'rabbit3']),
        ],
        bindings: [binding('orders', 'orders', 'paid'), binding('orders', 'stock', 'stock')],
        connections: [api, shop],
      }),
      recent: events({ type: 'raft.elected', vhost: '/', queue: 'stock', term: 4 }),
    };
  }),

  'cluster-after': broker(() => {
    const api = connection('order-api', [{ publishedTo: ['orders'] }], { node: 'rabbit2' });
    const packer = connection('packer', [{}], { node: 'rabbit3' });
    return {
      snapshot: snapshot({
        nodes: [node('rabbit1', 'killed'), ...THREE.slice(1)],
        exchanges: [exchange('orders', 'direct')],
        queues: [
          mirrored('orders', 104, 'rabbit2', { rabbit3: false }, 3),
          quorum('stock', 42, 'rabbit3', ['rabbit2', 'rabbit3'], ['rabbit1']),
          queue('audit', 31, 0, { state: 'down' }),
        ],
        bindings: [binding('orders', 'orders', 'paid'), binding('orders', 'stock', 'stock'), binding('orders', 'audit', '')],
        connections: [api, packer],
        consumers: [consumer('orders', packer, { prefetch: 5, unacked: 3 })],
      }),
      recent: events(
        { type: 'node.killed' },
        { node: 'rabbit2', type: 'queue.promoted', ...place, from: 'rabbit1', synchronised: true, lost: 3 },
        { node: 'rabbit2', ...lost('orders', 3, 108) },
        { node: 'rabbit3', type: 'raft.elected', vhost: '/', queue: 'stock', term: 5 },
      ),
    };
  }),

  'busy-cluster': broker(() => {
    const nodes = ['rabbit1', 'rabbit2', 'rabbit3'];
    const shops = nodes.map((at, i) => connection(`shop-${i + 1}`, [{ publishedTo: ['orders'] }], { node: at }));
    const workers = nodes.map((at, i) => connection(`worker-${i + 1}`, [{}], { node: at }));
    const names = ['audit', 'billing', 'carts', 'emails', 'invoices', 'jobs', 'orders', 'stock'];
    const queues = names.map((name, i) => {
      const home = nodes[i % 3] as string;
      const others = nodes.filter((other) => other !== home);
      if (i % 4 === 1) return mirrored(name, 12 * i, home, Object.fromEntries(others.map((other, j) => [other, j === 0])), i);
      if (i % 4 === 3) return quorum(name, 7 * i, home, nodes);
      return queue(name, 5 * i, i, { node: home });
    });
    return {
      snapshot: snapshot({
        nodes: nodes.map((name) => node(name)),
        exchanges: [exchange('orders', 'topic')],
        queues,
        bindings: names.slice(0, 4).map((name) => binding('orders', name, `${name}.#`)),
        connections: [...shops, ...workers],
        consumers: [
          consumer('billing', workers[0] as (typeof workers)[number], { prefetch: 10, unacked: 1 }),
          consumer('orders', workers[1] as (typeof workers)[number], { prefetch: 5, unacked: 5 }),
          consumer('stock', workers[1] as (typeof workers)[number], { noAck: true }),
          consumer('carts', workers[2] as (typeof workers)[number], { prefetch: 2, unacked: 2 }),
        ],
      }),
    };
  }),

  'all-mirrored': broker(() => {
    const nodes = ['rabbit1', 'rabbit2', 'rabbit3'];
    return {
      snapshot: snapshot({
        nodes: nodes.map((name) => node(name)),
        queues: Array.from({ length: 12 }, (_, i) => {
          const home = nodes[i % 3] as string;
          const others = nodes.filter((other) => other !== home);
          return mirrored(`queue-${i + 1}`, 10 * i, home, Object.fromEntries(others.map((other) => [other, i % 5 !== 2])));
        }),
      }),
    };
  }),

  'cluster-partition': broker(() => {
    const left = connection('web-shop', [{ publishedTo: ['orders'] }]);
    const right = connection('order-api', [{ publishedTo: ['orders'] }], { node: 'rabbit2' });
    return {
      snapshot: snapshot({
        nodes: [
          node('rabbit1', 'running', { partitionedFrom: ['rabbit2', 'rabbit3'] }),
          node('rabbit2', 'running', { partitionedFrom: ['rabbit1'] }),
          node('rabbit3', 'running', { partitionedFrom: ['rabbit1'] }),
        ],
        exchanges: [exchange('orders', 'fanout')],
        queues: [
          mirrored('orders', 12, 'rabbit1', {}),
          mirrored('orders', 15, 'rabbit2', { rabbit3: true }),
          quorum('stock', 42, 'rabbit2', ['rabbit2', 'rabbit3'], ['rabbit1']),
          queue('audit', 31, 0),
        ],
        bindings: [binding('orders', 'orders'), binding('orders', 'stock'), binding('orders', 'audit')],
        connections: [left, right],
      }),
    };
  }),

  'cluster-minority': broker(() => ({
    snapshot: snapshot({
      nodes: [node('rabbit1', 'killed'), node('rabbit2', 'stopped'), node('rabbit3')],
      queues: [
        quorum('stock', 42, null, ['rabbit3'], ['rabbit1', 'rabbit2']),
        queue('orders', 107, 0, {
          kind: 'mirrored',
          node: 'rabbit2',
          state: 'down',
          mirrors: [{ node: 'rabbit3', synchronised: false }],
        }),
        queue('audit', 31, 2, { node: 'rabbit1', state: 'down' }),
      ],
      connections: [connection('order-api', [{ publishedTo: [''] }], { node: 'rabbit3' })],
    }),
    lastSeen: 11_800,
    recent: events(
      { node: 'rabbit1', type: 'node.killed' },
      { node: 'rabbit1', type: 'messages.lost', vhost: '/', queue: 'carts', reason: 'restart', count: 7, messages: [] },
      { node: 'rabbit2', type: 'node.stopped' },
    ),
  })),

  'followed-in-cluster': broker(() => {
    const api = connection('order-api', [{ publishedTo: ['orders'] }], { node: 'rabbit2' });
    const packer = connection('packer', [{}], { node: 'rabbit3' });
    return {
      follow: 'm-17',
      snapshot: snapshot({
        nodes: THREE,
        exchanges: [exchange('orders', 'direct')],
        queues: [mirrored('orders', 8, 'rabbit1', { rabbit2: true, rabbit3: false }), queue('audit', 31, 0, { node: 'rabbit3' })],
        bindings: [binding('orders', 'orders', 'paid'), binding('orders', 'audit', 'all')],
        connections: [api, packer],
        consumers: [consumer('orders', packer, { prefetch: 5 })],
      }),
      recent: events(
        {
          node: 'rabbit2',
          type: 'publish',
          connection: api.connection,
          channel: 1,
          exchange: 'orders',
          routingKey: 'paid',
          mandatory: false,
          persistent: true,
          bodyBytes: 4,
          publishSeq: 17,
          message: 17,
          label: 'm-17',
        },
        {
          node: 'rabbit2',
          type: 'routed',
          vhost: '/',
          exchange: 'orders',
          routingKey: 'paid',
          queues: ['orders'],
          message: 17,
          label: 'm-17',
        },
        { type: 'enqueued', ...place, depth: 8, message: 17, label: 'm-17' },
      ),
    };
  }),

  'five-nodes': broker(() => {
    const nodes = [1, 2, 3, 4, 5].map((i) => `rabbit${i}`);
    return {
      snapshot: snapshot({
        nodes: nodes.map((name, i) => node(name, i === 3 ? 'paused' : 'running', i > 2 ? { kind: 'ram' } : {})),
        queues: [
          quorum(
            'stock',
            1042,
            'rabbit3',
            nodes.filter((name) => name !== 'rabbit4'),
            ['rabbit4'],
          ),
          mirrored('orders', 107, 'rabbit2', { rabbit5: true }),
          queue('audit', 31, 0, { node: 'rabbit4', durable: false }),
        ],
        connections: Array.from({ length: 6 }, (_, i) =>
          connection(`shop-${i + 1}`, [{ publishedTo: [''] }], { node: 'rabbit5' }),
        ),
      }),
    };
  }),

  'hostile-cluster': broker(() => ({
    snapshot: snapshot({
      nodes: [node('<b>&'), node('\u202eleft'), node('M'.repeat(90))],
      queues: [mirrored('</text><script>', 3, '<b>&', { MMM: true }), queue('队列'.repeat(20), 1, 0, { node: 'M'.repeat(90) })],
      connections: [connection('x'.repeat(80), [{ publishedTo: ['"\''] }], { node: '<b>&' })],
    }),
  })),
};
