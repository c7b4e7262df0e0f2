/** Wire records joined to messages: what a program could know of what it published and took. */
import { strict as assert } from 'node:assert';
import { deliveriesOf, publishesOf } from '../../../lib/grading/wire/messages';
import type { WireRecord } from '../../../lib/grading/wire/wire-record';

type Step = [from: 'program' | 'broker', method: string, args?: Record<string, unknown>, body?: string];

function records(steps: readonly Step[]): WireRecord[] {
  return steps.map(([from, method, args = {}, body], index) => ({
    ...{ index, at: index, program: 'p', connection: 1, channel: 1, cut: false, from, method, args },
    ...(body === undefined ? {} : { content: { properties: {}, body: Buffer.from(body) } }),
  }));
}

const publish = (body: string): Step => ['program', 'basic.publish', { exchange: '', routingKey: 'q', mandatory: false }, body];

describe('messages of a history', () => {
  it('numbers publishes from confirm.select on, and joins confirms for several', () => {
    const made = publishesOf(
      records([
        publish('before'),
        ['program', 'confirm.select'],
        publish('a'),
        publish('b'),
        publish('c'),
        ['broker', 'basic.ack', { deliveryTag: 2, multiple: true }],
        ['broker', 'basic.nack', { deliveryTag: 3, multiple: false }],
      ]),
    );
    assert.deepEqual(
      made.map(({ body, sequence, confirmed, refused }) => [body, sequence, confirmed?.index ?? null, refused?.index ?? null]),
      [
        ['before', 0, null, null],
        ['a', 1, 5, null],
        ['b', 2, 5, null],
        ['c', 3, null, 6],
      ],
    );
  });

  it('does not count a confirm at which the connection was cut', () => {
    const [select, sent, confirm] = records([
      ['program', 'confirm.select'],
      publish('a'),
      ['broker', 'basic.ack', { deliveryTag: 1, multiple: false }],
    ]) as [WireRecord, WireRecord, WireRecord];
    assert.equal(publishesOf([select, sent, { ...confirm, cut: true }])[0]?.confirmed, null);
  });

  it('knows queue and fate of deliveries, and begins anew with a channel of the same number', () => {
    const deliver = (tag: number, body: string): Step => [
      'broker',
      'basic.deliver',
      { consumerTag: 't', deliveryTag: tag },
      body,
    ];
    const made = deliveriesOf(
      records([
        ['program', 'basic.consume', { queue: 'q', noAck: false }],
        ['broker', 'basic.consume-ok', { consumerTag: 't' }],
        deliver(1, 'a'),
        deliver(2, 'b'),
        deliver(3, 'c'),
        ['program', 'basic.ack', { deliveryTag: 1, multiple: false }],
        ['program', 'basic.nack', { deliveryTag: 2, multiple: false, requeue: true }],
        ['program', 'channel.open'],
        ['program', 'basic.ack', { deliveryTag: 3, multiple: false }],
      ]),
    );
    assert.deepEqual(
      made.map(({ queue, body, settled }) => [queue, body, settled?.how ?? null]),
      [
        ['q', 'a', 'ack'],
        ['q', 'b', 'requeue'],
        ['q', 'c', null],
      ],
    );
  });
});
