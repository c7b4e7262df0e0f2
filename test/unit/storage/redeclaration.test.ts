/** Whoever declares what is there already is told so, and may rely on it: not before it is on disk. */
import assert from 'node:assert/strict';
import type { ArgsOf, MethodName } from '../../../lib/amqp/methods';
import { createBroker, type Broker } from '../../../lib/broker/broker';
import { openLogStorage } from '../../../lib/storage/log-storage';
import { SimWorld } from '../../../lib/world/sim';
import { SimDisk } from '../../../lib/world/sim-disk';
import { RawClient } from '../../simulation/storage/raw-client';

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

class Node {
  readonly world: SimWorld;
  readonly disk: SimDisk;
  broker!: Broker;

  constructor(seed: number) {
    this.world = new SimWorld(seed);
    this.disk = new SimDisk(seed, { syncMs: 20 });
    this.start();
  }

  start(): void {
    const host = this.world.host('node');
    const failed = (error: Error): never => {
      throw error;
    };
    const storage = openLogStorage(host, this.disk.mount(host), { failed });
    this.broker = createBroker(host, { nodeName: 'node', storage, users: [{ name: 'guest', password: 'guest' }] });
    let listening = false;
    this.broker.listen({ host: '0.0.0.0', port: 5672 }, () => {
      listening = true;
    });
    this.world.runUntil(() => listening);
  }

  client(): { readonly raw: RawClient; answers: number } {
    const raw = new RawClient(this.world.host('client'), 'node', 1, (_, { name }) => {
      if (name === 'queue.declare-ok' || name === 'exchange.declare-ok' || name === 'queue.bind-ok') client.answers++;
    });
    const client = { raw, answers: 0 };
    this.world.runUntil(() => client.raw.ready);
    return client;
  }
}

const CASES: readonly [what: string, MethodName, object, isThere: (broker: Broker) => boolean][] = [
  ['queue', 'queue.declare', QUEUE, (broker) => broker.snapshot('/', 0).queues.length === 1],
  ['exchange', 'exchange.declare', EXCHANGE, (broker) => broker.snapshot('/', 0).exchanges.some(({ name }) => name === 'x')],
  ['binding', 'queue.bind', BINDING, (broker) => broker.snapshot('/', 0).bindings.some(({ routingKey }) => routingKey === 'k')],
];

describe('an equal declaration by a second client', () => {
  for (const [what, method, args, isThere] of CASES) {
    it(`is answered when the ${what} is on disk, not before`, () => {
      for (let seed = 0; seed < 15; seed++) {
        const node = new Node(seed);
        const [first, second] = [node.client(), node.client()];
        if (method === 'queue.bind') {
          first.raw.send(1, 'queue.declare', QUEUE);
          node.world.runUntil(() => first.answers === 1);
        }
        first.raw.send(1, method, args as never);
        node.world.runUntil(() => isThere(node.broker));
        second.raw.send(1, method, args as never);
        node.world.runUntil(() => second.answers === 1);
        node.world.crash('node');
        node.disk.crash('machine');
        first.raw.abort();
        second.raw.abort();
        node.start();
        assert.ok(isThere(node.broker), `seed ${seed}: the ${what} was promised and is gone`);
      }
    });
  }
});
