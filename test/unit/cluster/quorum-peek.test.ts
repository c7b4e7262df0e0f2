/** What `rabbitmq-queues peek` prints of a message, as RabbitMQ 3.10.8 printed it. */
import { strict as assert } from 'node:assert';
import { tableOf } from '../../../lib/amqp/field-table';
import type { Properties } from '../../../lib/amqp/properties';
import { Destination } from '../../../lib/broker/destination';
import type { Message } from '../../../lib/broker/message';
import { shownMessage } from '../../../lib/cluster/quorum/quorum-peek';

function shown(body: Buffer, properties: Properties = {}): string[] {
  const message = { properties: () => properties, destination: Destination.of('', 'qq'), body: () => body } as unknown as Message;
  return shownMessage(message).map(({ name, text }) => `${name}: ${text}`);
}

describe('a message that is peeked at', () => {
  it('shows its properties, the last first, and headers as Erlang has them', () => {
    const headers = tableOf({ h: 'x', l: [1, 'two', true], n: 7, t: { a: 1 }, 'x-delivery-count': 0 });
    const names = { appId: 'ap', userId: 'guest', type: 'ty', messageId: 'm-1', replyTo: 'r', correlationId: 'c' };
    const properties = {
      ...names,
      expiration: '60000',
      timestamp: 1700000000,
      priority: 3,
      deliveryMode: 2,
      contentEncoding: 'gzip',
      headers,
    };
    assert.deepEqual(shown(Buffer.from('{"a":1}'), { ...properties, contentType: 'application/json' }), [
      'app_id: ap',
      'user_id: guest',
      'type: ty',
      'timestamp: 1700000000',
      'message_id: m-1',
      'expiration: 60000',
      'reply_to: r',
      'correlation_id: c',
      'priority: 3',
      'delivery_mode: 2',
      'content_encoding: gzip',
      'content_type: application/json',
      'routing_keys: qq',
      'exchange: ',
      'payload (max 64 bytes): {"a":1}',
      'header.h: x',
      'header.l: {byte,1}{longstr,<<"two">>}{bool,true}',
      'header.n: 7',
      'header.t: {<<"a">>,byte,1}',
      'header.x-delivery-count: 0',
    ]);
  });

  it('shows a body that is no text octet by octet, and of a long one the beginning', () => {
    const payload = (octets: readonly number[]): string | undefined => shown(Buffer.from(octets)).at(-1);
    assert.equal(payload([0, 1, 255, 254]), 'payload (max 64 bytes): <<0,1,255,254>>');
    assert.equal(payload([]), 'payload (max 64 bytes): ');
    assert.equal(payload(new Array(300).fill(120)), `payload (max 64 bytes): ${'x'.repeat(64)}`);
    assert.equal(payload([...Buffer.from('日本\n')]), 'payload (max 64 bytes): 日本\n');
  });
});
