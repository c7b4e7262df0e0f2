/** What a sequence diagram across nodes reads from a trace. */
import assert from 'node:assert/strict';
import { lanesOf, namesIn } from '../../../lib/draw/sequence-lanes';
import type { End, Step } from '../../../lib/draw/sequence-step';
import { lostMessages, stepsOf } from '../../../lib/draw/sequence-steps';
import type { EventBody, TraceEvent } from '../../../lib/trace/events';
import { API, deliver, publish } from './trace-parts';
import { NODE_TRACES } from './traces-nodes';

function trace(...list: ReadonlyArray<readonly [string, EventBody]>): TraceEvent[] {
  return list.map(([node, body], i) => ({ seq: i + 1, at: i, node, ...body }) as TraceEvent);
}

function said(end: End | undefined): string {
  return end === undefined ? '' : end.kind === 'client' ? 'client' : end.name;
}

/** `a → b: forward m-1 orders` */
function told(steps: readonly Step[]): string[] {
  return steps.map(({ from, to, label, strong, note }) => {
    const way = to === undefined ? said(from) : `${said(from)} → ${said(to)}`;
    return `${way}: ${[label.trim(), strong, note].filter((part) => part !== '').join(' ')}`;
  });
}

const orders = { vhost: '/', queue: 'orders' };
const enqueued: EventBody = { type: 'enqueued', ...orders, depth: 1, message: 1, label: 'm-1' };
const forwarded: EventBody = { type: 'forwarded', ...orders, to: 'a', message: 1, label: 'm-1' };

describe('a sequence diagram across nodes', () => {
  it('has a lane for each node, in the order of their names, between who sends and who receives', () => {
    const { events } = (NODE_TRACES['one-hop-and-mirror'] as () => { events: TraceEvent[] })();
    const steps = stepsOf(events);
    const { lanes } = lanesOf(steps, steps, namesIn(events));
    assert.deepEqual(
      lanes.map(({ name }) => name),
      ['order-api', 'rabbit1', 'rabbit2', 'rabbit3', 'packer'],
    );
  });

  it('a trace of one node keeps its exchanges and queues, whatever else it tells', () => {
    const steps = stepsOf(trace(['a', publish(API, '', 'orders', 1)], ['a', { type: 'raft.elected', ...orders, term: 1 }]));
    assert.deepEqual(told(steps), ['client → : publish m-1 orders']);
    assert.equal(steps[0]?.to?.kind, 'exchange');
  });

  it('a message goes to its home, is copied there, and comes back to the node of the consumer', () => {
    const copied: EventBody = { type: 'replicated', ...orders, to: 'c', message: 1, label: 'm-1' };
    const back: EventBody = { ...forwarded, to: 'c' } as EventBody;
    const events = trace(['b', publish(API, '', 'orders', 1)], ['b', forwarded], ['a', enqueued], ['a', copied], ['a', back]);
    assert.deepEqual(told(stepsOf([...events, ...trace(['c', deliver(API, 'orders', 1, 1)])])), [
      'client → b: publish m-1 orders',
      'b → a: forward m-1 orders',
      'a → c: copy m-1 orders',
      'a → c: forward m-1 orders',
      'c → client: deliver m-1 orders',
    ]);
  });

  it('who keeps a message that was published elsewhere got it from there, told or not, once', () => {
    const way = ['client → b: publish m-1 orders', 'b → a: forward m-1 orders'];
    const elected: EventBody = { type: 'raft.elected', ...orders, term: 2 };
    const start = [['b', publish(API, '', 'orders', 1)]] as const;
    assert.deepEqual(told(stepsOf(trace(...start, ['a', enqueued], ['a', elected]))).slice(0, 2), way);
    assert.deepEqual(told(stepsOf(trace(...start, ['b', forwarded], ['a', enqueued]))), way);
    assert.deepEqual(told(stepsOf(trace(['a', publish(API, '', 'orders', 1)], ['a', enqueued], ['b', elected]))).length, 2);
  });

  it('a definition is told once, by whom it was told first, until it is deleted', () => {
    const declared: EventBody = { type: 'queue.declared', ...orders, durable: true, exclusive: false, autoDelete: false };
    const deleted: EventBody = { type: 'queue.deleted', ...orders, reason: 'deleted', messages: 0 };
    const elected: EventBody = { type: 'raft.elected', ...orders, term: 2 };
    const both = (body: EventBody): Array<[string, EventBody]> => [
      ['a', body],
      ['b', body],
    ];
    const steps = stepsOf(trace(['a', elected], ...both(declared), ...both(deleted), ...both(declared)));
    assert.deepEqual(told(steps).slice(1), ['a: orders: declared', 'a: orders: deleted', 'a: orders: declared']);
  });

  it('messages that die are lost from their first appearance, where the home was', () => {
    const promoted: EventBody = { type: 'queue.promoted', ...orders, from: 'a', synchronised: false, lost: 1 };
    const lost: EventBody = {
      ...{ type: 'messages.lost', ...orders, reason: 'promotion', count: 3 },
      messages: [{ message: 1, label: 'm-1' }],
    } as EventBody;
    const steps = stepsOf(
      trace(['a', publish(API, '', 'orders', 1)], ['a', { type: 'node.killed' }], ['b', promoted], ['b', lost]),
    );
    assert.deepEqual(told(steps), [
      'client → a: publish m-1 orders',
      'a: kill -9 a',
      'b: orders: promoted, not in sync, 1 lost',
      'a: orders: 3 lost: m-1 …',
    ]);
    assert.deepEqual([...lostMessages(steps)], [1]);
  });

  it('a link to a node that is down is no news, one to a node that runs is', () => {
    const down: EventBody = { type: 'link.down', peer: 'a' };
    assert.deepEqual(told(stepsOf(trace(['a', { type: 'node.killed' }], ['b', down]))), ['a: kill -9 a']);
    assert.deepEqual(told(stepsOf(trace(['a', { type: 'node.started' }], ['b', down]))), ['a: a is running', 'b: no link to a']);
  });
});
