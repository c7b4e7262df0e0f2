/** What is read back of a message that was written down. */
import { strict as assert } from 'node:assert';
import { Destination } from '../../../lib/broker/destination';
import { PERSISTENT, TRANSIENT } from '../../../lib/broker/traits';
import { destinationIn, traitsIn } from '../../../lib/broker/written-message';
import type { Properties } from '../../../lib/amqp/properties';
import { messageOf } from './messages';

/** Two short strings and the frames, with other octets before and behind. */
function written(
  properties: Properties,
  destination = Destination.of('orders', 'a.b'),
): { bytes: Buffer; at: number; framesAt: number } {
  const message = messageOf(properties, 30, destination);
  const at = 9;
  const framesAt = at + destination.size;
  const bytes = Buffer.alloc(framesAt + message.size + 5, 0xce);
  destination.write(bytes, at);
  message.content.copy(bytes, framesAt, message.at, message.at + message.size);
  return { bytes, at, framesAt };
}

describe('a message that was written down', () => {
  it('says where it was sent', () => {
    for (const [exchange, routingKey] of [
      ['', ''],
      ['', 'queue'],
      ['größe', 'é'.repeat(127)],
      ['x'.repeat(255), ''],
    ] as const) {
      const { bytes, at, framesAt } = written({}, Destination.of(exchange, routingKey));
      const read = destinationIn(bytes, at);
      assert.deepEqual([read.exchange, read.routingKey, at + read.size], [exchange, routingKey, framesAt]);
      bytes.fill(0);
      const again = Buffer.alloc(read.size);
      read.write(again, 0);
      assert.equal(destinationIn(again, 0).routingKey, routingKey, 'the octets are its own');
    }
  });

  it('says what it asks of the broker; the commonest share their traits', () => {
    const traits = (properties: Properties) => {
      const { bytes, framesAt } = written(properties);
      return traitsIn(bytes, framesAt);
    };
    assert.equal(traits({}), TRANSIENT);
    assert.equal(traits({ deliveryMode: 1 }), TRANSIENT);
    assert.equal(traits({ deliveryMode: 2 }), PERSISTENT);
    const full = traits({ deliveryMode: 2, priority: 7, expiration: '1500', replyTo: 'back', userId: 'me', clusterId: 'c' });
    assert.deepEqual(
      [full.persistent, full.priority, full.expirationMs, full.replyTo, full.userId],
      [true, 7, 1500, 'back', 'me'],
    );
    const headers = new Map([['CC', { kind: 'array', value: [{ kind: 'longstr', value: 'copy' }] }]]) as Properties['headers'];
    assert.deepEqual(traits({ headers }).copies, ['copy']);
  });
});
