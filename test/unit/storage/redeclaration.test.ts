/** Whoever declares what is there already is told so, and may rely on it: not before it is on disk. */
import assert from 'node:assert/strict';
import type { ArgsOf, MethodName } from '../../../lib/amqp/methods';
import type { Broker } from '../../../lib/broker/broker';
import { SimBroker } from './sim-broker';

const BITS = { passive: false, durable: true, autoDelete: false, nowait: false, arguments: new Map() };
const QUEUE: ArgsOf<'queue.declare'> = { ticket: 0, queue: 'q', exclusive: false, ...BITS };
const EXCHANGE: ArgsOf<'exchange.declare'> = { ticket: 0, exchange: 'x', type: 'fanout', internal: false, ...BITS };
const BINDING: ArgsOf<'queue.bind'> = {
  ticket: 0,
  queue: 'q',
  exchange: 'amq.fanout',
  routingKey: 'k',
  nowait: false,
  arguments: new Map(),
};

const CASES: readonly [what: string, MethodName, object, isThere: (broker: Broker) => boolean][] = [
  ['queue', 'queue.declare', QUEUE, (broker) => broker.snapshot('/', 0).queues.length === 1],
  ['exchange', 'exchange.declare', EXCHANGE, (broker) => broker.snapshot('/', 0).exchanges.some(({ name }) => name === 'x')],
  ['binding', 'queue.bind', BINDING, (broker) => broker.snapshot('/', 0).bindings.some(({ routingKey }) => routingKey === 'k')],
];

describe('an equal declaration by a second client', () => {
  for (const [what, method, args, isThere] of CASES) {
    it(`is answered when the ${what} is on disk, not before`, () => {
      for (let seed = 0; seed < 15; seed++) {
        const node = new SimBroker(seed);
        const [first, second] = [node.client(), node.client()];
        if (method === 'queue.bind') {
          first.raw.send(1, 'queue.declare', QUEUE);
          first.untilTold('queue.declare-ok');
        }
        first.raw.send(1, method, args as never);
        node.world.runUntil(() => isThere(node.broker));
        second.raw.send(1, method, args as never);
        second.untilTold(`${method}-ok` as 'queue.bind-ok');
        node.crash([first, second]);
        assert.ok(isThere(node.broker), `seed ${seed}: the ${what} was promised and is gone`);
      }
    });
  }
});
