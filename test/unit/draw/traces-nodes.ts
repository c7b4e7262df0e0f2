/** Traces of clusters to draw as sequence diagrams: messages that pass from node to node, and what the nodes decide. */
import type { TraceEvent } from '../../../lib/trace/events';
import { ack, API, confirm, COURIER, deliver, opened, publish, routed, type Timed } from './trace-parts';
import type { Scenario } from './traces';

/** Events of the node named before each, a millisecond apart unless they say when. */
function nodes(...list: ReadonlyArray<readonly [string, Timed]>): TraceEvent[] {
  let at = 20_099;
  return list.map(([node, body], i) => {
    at = body.at ?? at + 1;
    return { ...body, seq: i + 1, at, node } as TraceEvent;
  });
}

const orders = { vhost: '/', queue: 'orders' };

function between(type: 'forwarded' | 'replicated', message: number, to: string): Timed {
  return { type, ...orders, to, message, label: `m-${message}` };
}

function enqueued(message: number): Timed {
  return { type: 'enqueued', ...orders, depth: message, message, label: `m-${message}` };
}

export const NODE_TRACES: Readonly<Record<string, () => Scenario>> = {
  'one-hop-and-mirror': () => ({
    title: 'Where does a confirmed message go in a cluster?',
    events: nodes(
      ['rabbit2', opened(API, 'order-api')],
      ['rabbit3', opened(COURIER, 'packer')],
      ['rabbit2', publish(API, 'orders', 'paid', 1, { publishSeq: 1 })],
      ['rabbit2', routed('orders', 'paid', 1, ['orders'])],
      ['rabbit2', between('forwarded', 1, 'rabbit1')],
      ['rabbit1', enqueued(1)],
      ['rabbit1', between('replicated', 1, 'rabbit3')],
      ['rabbit2', confirm(API, 1)],
      ['rabbit1', between('forwarded', 1, 'rabbit3')],
      ['rabbit3', deliver(COURIER, 'orders', 1, 1)],
      ['rabbit3', ack(COURIER, 1)],
    ),
  }),

  promotion: () => ({
    title: 'Which messages die with rabbit1?',
    events: nodes(
      ['rabbit1', publish(API, 'orders', 'paid', 1, { publishSeq: 1 })],
      ['rabbit1', routed('orders', 'paid', 1, ['orders'])],
      ['rabbit1', enqueued(1)],
      ['rabbit1', between('replicated', 1, 'rabbit2')],
      ['rabbit1', confirm(API, 1)],
      ['rabbit1', publish(API, 'orders', 'paid', 2, { publishSeq: 2 })],
      ['rabbit1', routed('orders', 'paid', 2, ['orders'])],
      ['rabbit1', enqueued(2)],
      ['rabbit1', { type: 'node.killed', at: 20_200 }],
      ['rabbit2', { type: 'link.down', peer: 'rabbit1' }],
      ['rabbit2', { type: 'queue.promoted', ...orders, from: 'rabbit1', synchronised: true, lost: 1 }],
      ['rabbit2', { type: 'messages.lost', ...orders, reason: 'promotion', count: 1, messages: [{ message: 2, label: 'm-2' }] }],
      ['rabbit2', { ...deliver(COURIER, 'orders', 1, 1, true), at: 20_240 }],
      ['rabbit2', ack(COURIER, 1)],
      ['rabbit1', { type: 'node.started', at: 24_000 }],
      ['rabbit2', { type: 'mirror.added', ...orders, mirror: 'rabbit1', synchronised: false }],
      ['rabbit2', { type: 'mirror.synchronised', ...orders, mirror: 'rabbit1', messages: 12 }],
    ),
  }),

  'split-brain': () => ({
    events: nodes(
      ['rabbit1', { type: 'fault', fault: 'cut', target: 'rabbit2' }],
      ['rabbit1', { type: 'link.down', peer: 'rabbit2', at: 20_900 }],
      ['rabbit2', { type: 'link.down', peer: 'rabbit1' }],
      ['rabbit2', { type: 'queue.promoted', ...orders, from: 'rabbit1', synchronised: true, lost: null }],
      ['rabbit1', publish(API, '', 'orders', 7, { publishSeq: 1 })],
      ['rabbit1', enqueued(7)],
      ['rabbit1', confirm(API, 1)],
      ['rabbit2', publish(COURIER, '', 'orders', 8)],
      ['rabbit2', enqueued(8)],
      ['rabbit1', { type: 'healed', fault: 'cut', target: 'rabbit2', at: 21_500 }],
      ['rabbit1', { type: 'partition.seen', peers: ['rabbit2'] }],
      ['rabbit1', { type: 'autoheal', winners: ['rabbit2'], losers: ['rabbit1'] }],
      ['rabbit1', { type: 'node.stopped' }],
      ['rabbit1', { type: 'messages.lost', ...orders, reason: 'partition', count: 1, messages: [{ message: 7, label: 'm-7' }] }],
      ['rabbit1', { type: 'node.started' }],
    ),
  }),

  'told-by-nobody': () => ({
    title: 'A message that nobody says was passed on',
    follow: 'm-3',
    events: nodes(
      ['rabbit1', { type: 'raft.elected', ...orders, term: 2 }],
      ['rabbit2', { type: 'queue.declared', ...orders, durable: true, exclusive: false, autoDelete: false }],
      ['rabbit2', publish(API, '', 'orders', 3)],
      ['rabbit1', enqueued(3)],
      ['rabbit1', between('replicated', 3, 'rabbit2')],
      ['rabbit1', between('replicated', 3, 'rabbit3')],
    ),
  }),
};
