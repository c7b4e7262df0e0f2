/** Looks into all queues of a node as a client would: takes everything without acknowledging, and goes away. */
import type { Broker } from '../../../lib/broker/broker';
import type { SimWorld } from '../../../lib/world/sim';
import { bodyOf, idOf, sizeOf } from './definitions';
import { BrokenPromise, type Found } from './promise-book';
import { RawClient } from './raw-client';

/**
 * By queue; null if the node does not let us in. `broken` tells that the node went down meanwhile. Throws `BrokenPromise` on a
 * body that is not what was published.
 */
export function findAll(
  world: SimWorld,
  broker: Broker,
  queues: readonly string[],
  broken: () => boolean,
): Map<string, Found[]> | null {
  const found = new Map<string, Found[]>(queues.map((name) => [name, []]));
  let marks = 0;
  const client = new RawClient(world.host('finder'), 'node', 1, (_, method, body) => {
    if (method.name === 'basic.qos-ok') marks++;
    if (method.name !== 'basic.deliver') return;
    const id = idOf(body);
    if (!body.equals(bodyOf(id, sizeOf(id)))) throw new BrokenPromise(`message ${id} is not what was published`);
    const { consumerTag, redelivered } = method.args;
    found.get(consumerTag)?.push({ id, redelivered, at: world.epochStart + world.now });
  });
  world.runUntil(() => client.ready || client.closed || broken());
  if (client.closed) return broken() ? found : null;
  const quiet = { noLocal: false, noAck: false, exclusive: false, nowait: true, arguments: new Map() };
  for (const name of queues) client.send(1, 'basic.consume', { ticket: 0, queue: name, consumerTag: name, ...quiet });
  const empty = (): boolean => broker.snapshot('/', 0).queues.every(({ ready }) => ready === 0);
  for (let wanted = 1; !broken(); wanted++) {
    const done = wanted > 1 && empty();
    client.send(1, 'basic.qos', { prefetchSize: 0, prefetchCount: 0, global: false });
    world.runUntil(() => marks === wanted || broken());
    if (done) break;
  }
  client.abort();
  const settled = (): boolean => broker.snapshot('/', 0).connections.length === 0;
  world.runUntil(() => settled() || broken());
  return found;
}
