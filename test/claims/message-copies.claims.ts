/** CC and BCC: headers that name further routing keys. */
import { strict as assert } from 'node:assert';
import { type Field, type FieldTable, field } from '../../lib/amqp/field-table';
import { claim } from './harness/claim';
import { setting } from './setting';

const texts = (...keys: string[]): Field => field.array(keys.map(field.text));

claim(
  'message.cc',
  'A CC header names further routing keys; every copy shows the key of the publish, and the header.',
  { notebook: '05' },
  async (t) => {
    const { wire, queue } = await setting(t);
    await wire.call('queue.declare', 1, { queue: t.name('copy'), exclusive: true }, 'queue.declare-ok');
    const headers = new Map([['CC', texts(t.name('copy'))]]);
    wire.publish(1, { routingKey: queue, properties: { headers }, body: 'm' });
    for (const name of [queue, t.name('copy')]) {
      const got = await wire.call('basic.get', 1, { queue: name, noAck: true }, 'basic.get-ok');
      assert.deepEqual([got.args.routingKey, got.properties.headers], [queue, headers]);
    }
  },
);

claim(
  'message.bcc',
  'A BCC header names further routing keys and is taken out before anybody sees it; other headers stay.',
  { notebook: '05' },
  async (t) => {
    const { wire, queue } = await setting(t);
    await wire.call('queue.declare', 1, { queue: t.name('copy'), exclusive: true }, 'queue.declare-ok');
    const headers: FieldTable = new Map([
      ['a', field.text('1')],
      ['BCC', texts(t.name('copy'))],
      ['Z', { kind: 'short', value: 2 }],
    ]);
    wire.publish(1, { routingKey: queue, properties: { headers, messageId: 'id' }, body: 'm' });
    headers.delete('BCC');
    for (const name of [queue, t.name('copy')]) {
      const got = await wire.call('basic.get', 1, { queue: name, noAck: true }, 'basic.get-ok');
      assert.deepEqual([got.args.routingKey, got.body.toString(), got.properties], [queue, 'm', { headers, messageId: 'id' }]);
    }
  },
);

claim('message.bcc.alone', 'Where BCC was the only header, an empty header table is left.', { notebook: '05' }, async (t) => {
  const { wire, queue } = await setting(t);
  wire.publish(1, { routingKey: queue, properties: { headers: new Map([['BCC', texts(t.name('nowhere'))]]) }, body: 'm' });
  assert.deepEqual((await wire.call('basic.get', 1, { queue }, 'basic.get-ok')).properties, { headers: new Map() });
});

claim('message.cc.once', 'A queue that several keys of one message lead to gets it once.', { notebook: '05' }, async (t) => {
  const { wire, queue } = await setting(t);
  const headers = new Map([
    ['CC', texts(queue, queue)],
    ['BCC', texts(queue)],
  ]);
  wire.publish(1, { routingKey: queue, properties: { headers }, body: 'm' });
  assert.equal((await wire.call('basic.get', 1, { queue, noAck: true }, 'basic.get-ok')).args.messageCount, 0);
});

claim(
  'message.cc.any-exchange',
  'CC and BCC keys are matched by the exchange as the routing key is: patterns of a topic exchange, fanout ignores them.',
  { notebook: '05' },
  async (t) => {
    const { wire, queue } = await setting(t);
    await wire.call('queue.bind', 1, { queue, exchange: 'amq.topic', routingKey: `${t.name('k')}.#` }, 'queue.bind-ok');
    wire.publish(1, {
      exchange: 'amq.topic',
      routingKey: 'other',
      properties: { headers: new Map([['CC', texts(`${t.name('k')}.x`)]]) },
      body: 'topic',
    });
    assert.equal((await wire.call('basic.get', 1, { queue, noAck: true }, 'basic.get-ok')).body.toString(), 'topic');
    await wire.call('exchange.declare', 1, { exchange: t.name('x'), type: 'fanout' }, 'exchange.declare-ok');
    await wire.call('queue.bind', 1, { queue, exchange: t.name('x') }, 'queue.bind-ok');
    wire.publish(1, {
      exchange: t.name('x'),
      routingKey: '',
      properties: { headers: new Map([['CC', texts('a', 'b')]]) },
      body: 'fanout',
    });
    assert.equal((await wire.call('basic.get', 1, { queue, noAck: true }, 'basic.get-ok')).args.messageCount, 0);
  },
);

claim('message.cc.type', 'A CC or BCC header that is no array closes the channel with 406.', { notebook: '05' }, async (t) => {
  const wire = await t.wire();
  const wrong: ReadonlyArray<readonly [string, Field]> = [
    ['CC', field.text('key')],
    ['BCC', { kind: 'short', value: 1 }],
    ['CC', field.table(new Map())],
    ['CC', { kind: 'void', value: null }],
  ];
  for (const [name, value] of wrong) {
    await wire.openChannel();
    wire.publish(1, { routingKey: t.name('q'), properties: { headers: new Map([[name, value]]) }, body: 'm' });
    const kind = value.kind === 'void' ? 'void' : value.kind;
    await wire.expectChannelClose(
      1,
      406,
      `PRECONDITION_FAILED - invalid message: {unacceptable_type_in_header,"${name}",${kind}}`,
    );
  }
});

claim('message.cc.items', 'Items of a CC array that are no texts are passed over.', { notebook: '05' }, async (t) => {
  const { wire, queue } = await setting(t);
  const headers: FieldTable = new Map([
    ['CC', field.array([{ kind: 'short', value: 1 }, field.text(queue), { kind: 'void', value: null }])],
  ]);
  wire.publish(1, { routingKey: t.name('nowhere'), properties: { headers }, body: 'm' });
  await wire.call('basic.get', 1, { queue }, 'basic.get-ok');
});

claim('message.cc.case', 'Only the names CC and BCC, in capitals, mean anything.', { notebook: '05' }, async (t) => {
  const { wire, queue } = await setting(t);
  const headers: FieldTable = new Map([
    ['cc', texts(queue)],
    ['Bcc', texts(queue)],
  ]);
  wire.publish(1, { routingKey: t.name('nowhere'), properties: { headers }, body: 'm' });
  await wire.call('basic.get', 1, { queue }, 'basic.get-empty');
});
