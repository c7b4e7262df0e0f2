import { strict as assert } from 'node:assert';
import { PROTOCOL_HEADER } from '../../../lib/amqp/constants';
import { encodeTable, field, type FieldTable, tableOf } from '../../../lib/amqp/field-table';
import { MessageBook } from '../../../lib/lab/message-book';
import { NAME, REF, Wire } from './tapped-wire';

describe('WireTap', () => {
  it('tells how a connection begins and who it is', () => {
    const wire = new Wire().open().channel(1);
    assert.deepEqual(wire.events, [
      { type: 'connection.opened', connection: NAME, name: 'order-api', product: 'amqplib', user: 'alice', vhost: '/' },
      { type: 'channel.opened', ...REF },
    ]);
    assert.equal(wire.line.clientName, 'order-api');
  });

  it('reads the user of AMQPLAIN', () => {
    const wire = new Wire();
    wire.tap.onBytes('client', Buffer.from(PROTOCOL_HEADER));
    const login = encodeTable(
      new Map([
        ['LOGIN', field.text('bob')],
        ['PASSWORD', field.text('x')],
      ]) as FieldTable,
    );
    wire.client(0, 'connection.start-ok', {
      clientProperties: new Map(),
      mechanism: 'AMQPLAIN',
      response: login.subarray(4),
      locale: 'en_US',
    });
    wire.client(0, 'connection.open', { virtualHost: 'v' }).node(0, 'connection.open-ok', { knownHosts: '' });
    assert.deepEqual(
      wire.of('connection.opened').map(({ user, vhost }) => [user, vhost]),
      [['bob', 'v']],
    );
  });

  it('understands bytes however they are cut', () => {
    const whole = new Wire().open().channel(1).publish('hello').events;
    const parts: Buffer[] = [];
    const recording = new Wire();
    recording.tap.onBytes = (from, chunk) => void (from === 'client' && parts.push(Buffer.from(chunk)));
    recording.open().channel(1).publish('hello');
    const cut = new Wire();
    for (const octet of Buffer.concat(parts)) cut.tap.onBytes('client', Buffer.from([octet]));
    assert.deepEqual(
      cut.events,
      whole.filter(({ type }) => type === 'publish'),
    );
  });

  for (const [by, act, expected] of [
    ['the client', (w: Wire) => w.client(0, 'connection.close', { replyCode: 200, replyText: 'bye' }), ['client', 200, 'bye']],
    [
      'the server',
      (w: Wire) => w.node(0, 'connection.close', { replyCode: 320, replyText: 'CONNECTION_FORCED' }),
      ['server', 320, 'CONNECTION_FORCED'],
    ],
    ['the network', (w: Wire) => w, ['network', 0, 'connection closed without connection.close']],
  ] as const) {
    it(`tells how a connection is ended by ${by}`, () => {
      const wire = act(new Wire().open());
      wire.tap.onEnd();
      assert.deepEqual(
        wire.of('connection.closed').map((event) => [event.by, event.code, event.text]),
        [expected],
      );
    });
  }

  it('says nothing about the end of a connection that never opened', () => {
    const wire = new Wire();
    wire.tap.onBytes('client', Buffer.from(PROTOCOL_HEADER));
    wire.tap.onEnd();
    assert.deepEqual(wire.events, []);
  });

  for (const [what, begin, asked] of [
    ['a login', (w: Wire) => w.introduce(), { user: 'alice', vhost: '' }],
    ['a vhost', (w: Wire) => w.introduce().client(0, 'connection.open', { virtualHost: 'v' }), { user: 'alice', vhost: 'v' }],
  ] as const) {
    it(`tells how ${what} is refused`, () => {
      const wire = begin(new Wire()).node(0, 'connection.close', { replyCode: 530, replyText: 'NOT_ALLOWED' });
      wire.tap.onEnd();
      const refused = {
        type: 'connection.refused',
        connection: NAME,
        name: 'order-api',
        code: 530,
        text: 'NOT_ALLOWED',
        ...asked,
      };
      assert.deepEqual(wire.events, [refused]);
    });
  }

  it('tells why a channel closes', () => {
    const wire = new Wire().open().channel(1);
    wire.node(1, 'channel.close', { replyCode: 404, replyText: 'NOT_FOUND' });
    assert.deepEqual(wire.of('channel.closed'), [{ type: 'channel.closed', by: 'server', code: 404, text: 'NOT_FOUND', ...REF }]);
  });

  it('tells of blocking', () => {
    const wire = new Wire().open().node(0, 'connection.blocked', { reason: 'low on memory' }).node(0, 'connection.unblocked');
    assert.deepEqual(wire.events.slice(1), [
      { type: 'connection.blocked', connection: NAME, reason: 'low on memory' },
      { type: 'connection.unblocked', connection: NAME },
    ]);
  });

  it('numbers publishes once the channel confirms', () => {
    const wire = new Wire().open().channel(1).publish('a');
    wire.client(1, 'confirm.select').node(1, 'confirm.select-ok');
    wire.publish('b', { exchange: 'x', mandatory: true }, { deliveryMode: 2 }).publish('c');
    wire.node(1, 'basic.ack', { deliveryTag: 2, multiple: true });
    wire.node(1, 'basic.nack', { deliveryTag: 3 });
    assert.deepEqual(
      wire.of('publish').map(({ message, publishSeq, label }) => [message, publishSeq, label]),
      [
        [1, 0, 'a'],
        [2, 1, 'b'],
        [3, 2, 'c'],
      ],
    );
    assert.deepEqual(wire.of('publish')[1], {
      type: 'publish',
      exchange: 'x',
      routingKey: 'q',
      mandatory: true,
      persistent: true,
      bodyBytes: 1,
      publishSeq: 1,
      message: 2,
      label: 'b',
      ...REF,
    });
    assert.deepEqual(
      wire.of('confirm').map(({ outcome, publishSeq, multiple }) => [outcome, publishSeq, multiple]),
      [
        ['ack', 2, true],
        ['nack', 3, false],
      ],
    );
    assert.deepEqual([wire.tap.facts(1)?.published, wire.tap.facts(1)?.publishedTo], [3, ['x', '']]);
  });

  it('tells of consumers, their prefetch and their end', () => {
    const wire = new Wire().open().channel(1);
    wire.node(1, 'queue.declare-ok', { queue: 'amq.gen-1' });
    wire.client(1, 'basic.qos', { prefetchCount: 5 });
    wire.client(1, 'basic.qos', { prefetchCount: 9, global: true });
    wire
      .client(1, 'basic.consume', { queue: '', arguments: tableOf({ 'x-priority': 3 }) })
      .node(1, 'basic.consume-ok', { consumerTag: 'ctag' });
    wire.client(1, 'basic.consume', { queue: 'q2', consumerTag: 'n', nowait: true, noAck: true, exclusive: true });
    wire.client(1, 'basic.cancel', { consumerTag: 'ctag' }).node(1, 'basic.cancel-ok', { consumerTag: 'ctag' });
    wire.node(1, 'basic.cancel', { consumerTag: 'n', nowait: true });
    assert.deepEqual(wire.events.slice(2), [
      {
        type: 'consumer.added',
        consumerTag: 'ctag',
        queue: 'amq.gen-1',
        noAck: false,
        exclusive: false,
        priority: 3,
        prefetch: 5,
        ...REF,
      },
      { type: 'consumer.added', consumerTag: 'n', queue: 'q2', noAck: true, exclusive: true, priority: 0, prefetch: 5, ...REF },
      { type: 'consumer.cancelled', consumerTag: 'ctag', queue: 'amq.gen-1', by: 'client', ...REF },
      { type: 'consumer.cancelled', consumerTag: 'n', queue: 'q2', by: 'server', ...REF },
    ]);
  });

  it('tells of deliveries, gets, acknowledgements and rejections', () => {
    const wire = new Wire().open().channel(1).publish('a').publish('b').consume('q').deliver('a');
    wire.client(1, 'basic.get', { queue: 'empty' }).client(1, 'basic.get', { queue: 'q' });
    wire.node(1, 'basic.get-empty', { clusterId: '' });
    wire.node(1, 'basic.get-ok', { deliveryTag: 2, exchange: '', routingKey: 'q' }, { body: 'b' });
    wire.client(1, 'basic.ack', { deliveryTag: 1 }).client(1, 'basic.nack', { deliveryTag: 2, multiple: true, requeue: false });
    wire.client(1, 'basic.reject', { deliveryTag: 3, requeue: true });
    assert.deepEqual(wire.events.slice(-5), [
      {
        type: 'deliver',
        consumerTag: 'c',
        deliveryTag: 1,
        redelivered: false,
        queue: 'q',
        exchange: '',
        routingKey: 'q',
        bodyBytes: 1,
        message: 1,
        label: 'a',
        ...REF,
      },
      { type: 'get', queue: 'q', deliveryTag: 2, redelivered: false, message: 2, label: 'b', ...REF },
      { type: 'ack', deliveryTag: 1, multiple: false, ...REF },
      { type: 'reject', deliveryTag: 2, multiple: true, requeue: false, ...REF },
      { type: 'reject', deliveryTag: 3, multiple: false, requeue: true, ...REF },
    ]);
  });

  it('counts what each consumer has not acknowledged', () => {
    const wire = new Wire().open().channel(1).consume('q', 'c').consume('q', 'd').consume('q', 'free', { noAck: true });
    for (const consumerTag of ['c', 'd', 'c', 'c', 'free']) wire.deliver('x', { consumerTag });
    const unacked = (): unknown[] => ['c', 'd', 'free'].map((tag) => wire.tap.facts(1)?.unackedOf(tag));
    assert.deepEqual(unacked(), [3, 1, 0]);
    wire.client(1, 'basic.ack', { deliveryTag: 2, multiple: true });
    assert.deepEqual(unacked(), [2, 0, 0]);
    wire.client(1, 'basic.nack', { deliveryTag: 0, multiple: true });
    assert.deepEqual(unacked(), [0, 0, 0]);
  });

  it('tells of returns with the message they are about', () => {
    const wire = new Wire().open().channel(1).publish('lost', { exchange: 'x', routingKey: 'nowhere', mandatory: true });
    const args = { replyCode: 312, replyText: 'NO_ROUTE', exchange: 'x', routingKey: 'nowhere' };
    wire.node(1, 'basic.return', args, { body: 'lost' });
    assert.deepEqual(wire.of('return'), [
      { type: 'return', exchange: 'x', routingKey: 'nowhere', code: 312, text: 'NO_ROUTE', message: 1, label: 'lost', ...REF },
    ]);
  });

  describe('identity of messages', () => {
    const numbersOf = (wire: Wire): number[] => wire.of('deliver').map(({ message }) => message);

    it('goes by message-id, wherever the message went', () => {
      const wire = new Wire()
        .open()
        .channel(1)
        .publish('x', {}, { messageId: 'm-1' })
        .publish('x', {}, { messageId: 'm-2' })
        .consume('dead');
      wire.deliver('x', { exchange: 'dlx', routingKey: 'other' }, { messageId: 'm-2' });
      assert.deepEqual(
        wire.of('deliver').map(({ message, label }) => [message, label]),
        [[2, 'm-2']],
      );
    });

    it('tells equal messages apart by their order, in each queue', () => {
      const wire = new Wire().open().channel(1).consume('q1', 'c1').consume('q2', 'c2');
      for (let i = 0; i < 3; i++) wire.publish('same', { exchange: 'fan' });
      for (const consumerTag of ['c1', 'c1', 'c2', 'c1', 'c2']) wire.deliver('same', { consumerTag, exchange: 'fan' });
      assert.deepEqual(numbersOf(wire), [1, 2, 1, 3, 2]);
    });

    it('knows a message again that comes back', () => {
      const wire = new Wire().open().channel(1).consume('q');
      for (let i = 0; i < 3; i++) wire.publish('same');
      wire.deliver('same').deliver('same');
      wire.client(1, 'basic.nack', { deliveryTag: 1, requeue: true });
      wire.deliver('same', { redelivered: true }).deliver('same');
      assert.deepEqual(numbersOf(wire), [1, 2, 1, 3]);
    });

    it('knows it again after its channel or its connection was lost', () => {
      const numbers = { last: 0 };
      const book = new MessageBook();
      const first = new Wire(numbers, book).open().channel(1).consume('q').publish('a').publish('a').deliver('a').deliver('a');
      first.client(1, 'channel.close', { replyCode: 200, replyText: '' });
      const second = new Wire(numbers, book).open().channel(1).consume('q').deliver('a', { redelivered: true });
      second.tap.onEnd();
      const third = new Wire(numbers, book).open().channel(1).consume('q');
      third.deliver('a', { redelivered: true }).deliver('a', { redelivered: true });
      assert.deepEqual(numbersOf(second), [1]);
      assert.deepEqual(numbersOf(third), [1, 2]);
    });

    it('follows a dead letter to where it was published', () => {
      const death = (exchange: string, key: string): ReturnType<typeof field.table> =>
        field.table(
          new Map([
            ['exchange', field.text(exchange)],
            ['routing-keys', field.array([field.text(key)])],
          ]),
        );
      const headers: FieldTable = new Map([['x-death', field.array([death('dlx', 'retry'), death('orders', 'new')])]]);
      const wire = new Wire().open().channel(1).publish('other', { exchange: 'orders', routingKey: 'new' });
      wire.publish('it', { exchange: 'orders', routingKey: 'new' }).consume('dead');
      wire.deliver('it', { exchange: 'dlx', routingKey: 'retry' }, { headers });
      assert.deepEqual(numbersOf(wire), [2]);
    });

    it('gives 0 to what nobody here published', () => {
      const wire = new Wire().open().channel(1).consume('q').deliver('stranger');
      assert.deepEqual(
        wire.of('deliver').map(({ message, label }) => [message, label]),
        [[0, 'stranger']],
      );
    });
  });

  it('falls silent on bytes that are no AMQP, and disturbs nobody', () => {
    const wire = new Wire().open();
    const before = wire.events.length;
    wire.tap.onBytes('node', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
    wire.channel(1).publish('x');
    wire.tap.onEnd();
    assert.deepEqual(
      wire.events.slice(before).map(({ type }) => type),
      ['connection.closed'],
    );
  });
});
