/** A dead letter on its way from one durable queue to the next, and a node that goes down. */
import assert from 'node:assert/strict';
import { tableOf } from '../../../lib/amqp/field-table';
import { SimBroker } from './sim-broker';

const BITS = { ticket: 0, passive: false, durable: true, exclusive: false, autoDelete: false, nowait: true };
/** More than a block holds, so that its two queues' entries lie in two. */
const LARGE = 300_000;

describe('a message that is dead-lettered', () => {
  it('is in the one queue or the other, whenever the power goes', () => {
    const places = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const node = new SimBroker(seed);
      const client = node.client();
      const args = tableOf({ 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'grave' });
      client.raw.send(1, 'queue.declare', { queue: 'grave', ...BITS, arguments: new Map() });
      client.raw.send(1, 'queue.declare', { queue: 'mortal', ...BITS, arguments: args });
      client.raw.send(1, 'confirm.select', { nowait: true });
      client.raw.publish(1, '', 'mortal', { deliveryMode: 2 }, Buffer.alloc(LARGE));
      client.untilTold('basic.ack');
      client.raw.send(1, 'basic.get', { ticket: 0, queue: 'mortal', noAck: false });
      client.untilTold('basic.get-ok');
      client.raw.send(1, 'basic.reject', { deliveryTag: 1, requeue: false });
      const ready = (name: string): number => node.broker.snapshot('/', 0).queues.find((one) => one.name === name)?.ready ?? 0;
      node.world.runUntil(() => ready('grave') === 1);
      node.world.runFor(seed / 10);
      node.crash([client]);
      const place = `${ready('mortal')} ${ready('grave')}`;
      places.add(place);
      assert.notEqual(place, '0 0', `seed ${seed}: the message is lost`);
    }
    assert.ok(places.has('1 0') && places.has('0 1'), 'the power always went at the same moment');
  });
});
