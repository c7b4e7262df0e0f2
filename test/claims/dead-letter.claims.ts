/** Dead lettering: which messages go to the dead-letter exchange of their queue, and where they come from there. */
import { strict as assert } from 'node:assert';
import { field } from '../../lib/amqp/field-table';
import { Cemetery, DEATH, FIRST, shown } from './cemetery';
import { claim } from './harness/claim';

// --- what dies ---

claim(
  'dlx.rejected',
  'A message that is refused without requeue, by reject or nack, goes to the dead-letter exchange of its queue.',
  { notebook: '07' },
  async (t) => {
    const c = await Cemetery.open(t);
    await c.mortal('q');
    for (const body of ['m1', 'm2', 'm3']) c.publish('q', body);
    await c.reject('q');
    await c.get('q');
    await c.get('q');
    c.wire.send('basic.nack', 1, { deliveryTag: 3, multiple: true });
    assert.deepEqual(await c.allDead(3), ['m1', 'm2', 'm3']);
  },
);

claim('dlx.expired', 'So does one that expires, as soon as it expires.', { notebook: '07' }, async (t) => {
  const c = await Cemetery.open(t);
  await c.mortal('q', { 'x-message-ttl': field.int(100) });
  for (const body of ['m1', 'm2', 'm3']) c.publish('q', body);
  await t.advance(200);
  assert.deepEqual(await c.allDead(3), ['m1', 'm2', 'm3']);
});

claim('dlx.maxlen', 'So does one that a full queue drops.', { notebook: '07' }, async (t) => {
  const c = await Cemetery.open(t);
  await c.mortal('q', { 'x-max-length': field.int(1) });
  for (const body of ['m1', 'm2', 'm3']) c.publish('q', body);
  assert.deepEqual(await c.allDead(2), ['m1', 'm2']);
});

claim(
  'dlx.none',
  'Without x-dead-letter-exchange a refused, expired or dropped message is gone.',
  { notebook: '07' },
  async (t) => {
    const c = await Cemetery.open(t);
    await c.queue('q', { 'x-max-length': field.int(1) });
    c.publish('q', 'm1');
    await c.reject('q');
    assert.deepEqual(await c.bodies('q'), []);
  },
);

claim('dlx.requeue', 'A message that is requeued does not die.', { notebook: '07' }, async (t) => {
  const c = await Cemetery.open(t);
  await c.mortal('q');
  c.publish('q', 'm');
  await c.get('q');
  c.wire.send('basic.reject', 1, { deliveryTag: 1, requeue: true });
  assert.deepEqual(await c.bodies('q'), ['m']);
  assert.deepEqual(await c.bodies(), []);
});

claim(
  'dlx.both',
  'A requeued message for which a full queue has no room dies of maxlen, also if its time is over.',
  { notebook: '07' },
  async (t) => {
    const c = await Cemetery.open(t);
    await c.mortal('q', { 'x-max-length': field.int(1), 'x-message-ttl': field.int(4000) });
    c.publish('q', 'm1');
    await c.get('q');
    await t.advance(3000);
    c.publish('q', 'm2');
    await t.advance(1500);
    c.wire.send('basic.reject', 1, { deliveryTag: 1, requeue: true });
    const { body, properties } = await c.dead();
    assert.deepEqual([body.toString(), properties.headers?.get('x-first-death-reason')?.value], ['m1', 'maxlen']);
  },
);

// --- where it goes ---

claim(
  'dlx.key',
  'A dead letter keeps its routing key, unless x-dead-letter-routing-key gives another.',
  { notebook: '07' },
  async (t) => {
    const c = await Cemetery.open(t);
    await c.mortal('q');
    await c.mortal('other', { 'x-dead-letter-routing-key': field.text('new') });
    for (const name of ['q', 'other']) c.publish(name, 'm');
    await c.reject('q');
    const kept = await c.dead();
    await c.reject('other');
    const changed = await c.dead();
    assert.deepEqual([kept.args.exchange, kept.args.routingKey], [t.name('dlx'), t.name('q')]);
    assert.deepEqual([changed.args.exchange, changed.args.routingKey], [t.name('dlx'), 'new']);
  },
);

claim(
  'dlx.default-exchange',
  'The dead-letter exchange may be the default one: with a routing key, that is a queue.',
  { notebook: '07' },
  async (t) => {
    const c = await Cemetery.open(t);
    await c.queue('q', { 'x-dead-letter-exchange': field.text(''), 'x-dead-letter-routing-key': field.text(t.name('dead')) });
    c.publish('q', 'm');
    await c.reject('q');
    assert.deepEqual((await c.dead()).args.exchange, '');
  },
);

claim(
  'dlx.missing',
  'A dead-letter exchange need not exist: what dies then is lost; it is looked up at each death.',
  { notebook: '07' },
  async (t) => {
    const c = await Cemetery.open(t);
    await c.queue('q', { 'x-dead-letter-exchange': field.text(t.name('late')) });
    for (const body of ['lost', 'found']) c.publish('q', body);
    await c.reject('q');
    await c.seenBy('q');
    await c.wire.call(
      'exchange.declare',
      1,
      { exchange: t.name('late'), type: 'fanout', autoDelete: true },
      'exchange.declare-ok',
    );
    await c.wire.call('queue.bind', 1, { queue: t.name('dead'), exchange: t.name('late') }, 'queue.bind-ok');
    await c.reject('q');
    assert.equal((await c.dead()).body.toString(), 'found');
    assert.deepEqual(await c.bodies(), []);
  },
);

claim(
  'dlx.unroutable',
  'A dead letter that its exchange routes nowhere is lost; the alternate exchange is asked first.',
  { notebook: '07' },
  async (t) => {
    const c = await Cemetery.open(t);
    const alternate = new Map([['alternate-exchange', field.text(t.name('dlx'))]]);
    await c.wire.call(
      'exchange.declare',
      1,
      { exchange: t.name('with'), type: 'direct', arguments: alternate },
      'exchange.declare-ok',
    );
    for (const [name, exchange] of [
      ['q1', 'amq.direct'],
      ['q2', t.name('with')],
    ] as const) {
      await c.queue(name, { 'x-dead-letter-exchange': field.text(exchange) });
      c.publish(name, name);
      await c.reject(name);
    }
    assert.equal((await c.dead()).body.toString(), 'q2');
    await c.wire.call('exchange.delete', 1, { exchange: t.name('with') }, 'exchange.delete-ok');
  },
);

claim('dlx.internal', 'An internal exchange can be a dead-letter exchange.', { notebook: '07' }, async (t) => {
  const c = await Cemetery.open(t);
  const inner = { exchange: t.name('inner'), type: 'fanout', internal: true, autoDelete: true };
  await c.wire.call('exchange.declare', 1, inner, 'exchange.declare-ok');
  await c.wire.call('queue.bind', 1, { queue: t.name('dead'), exchange: inner.exchange }, 'queue.bind-ok');
  await c.queue('q', { 'x-dead-letter-exchange': field.text(inner.exchange) });
  c.publish('q', 'm');
  await c.reject('q');
  assert.equal((await c.dead()).args.exchange, inner.exchange);
});

claim(
  'dlx.cc',
  'A dead letter is routed by its CC keys too; x-dead-letter-routing-key replaces them all and takes CC out of the headers.',
  { notebook: '07' },
  async (t) => {
    const c = await Cemetery.open(t);
    await c.wire.call(
      'queue.bind',
      1,
      { queue: t.name('dead'), exchange: 'amq.direct', routingKey: t.name('copy') },
      'queue.bind-ok',
    );
    await c.queue('q', { 'x-dead-letter-exchange': field.text('amq.direct') });
    await c.queue('named', {
      'x-dead-letter-exchange': field.text('amq.direct'),
      'x-dead-letter-routing-key': field.text(t.name('new')),
    });
    const headers = new Map([['CC', field.array([field.text(t.name('copy'))])]]);
    for (const name of ['q', 'named']) {
      c.publish(name, name, { headers });
      await c.reject(name);
      await c.seenBy(name);
    }
    const byCopy = await c.dead();
    assert.deepEqual([byCopy.body.toString(), byCopy.args.routingKey], ['q', t.name('q')]);
    assert.equal(
      shown(byCopy.properties.headers),
      `CC=[S:copy] x-death=[${DEATH('q', 'rejected', 'S:q S:copy')}] ${FIRST('q', 'rejected')}`,
    );
    await c.wire.call(
      'queue.bind',
      1,
      { queue: t.name('dead'), exchange: 'amq.direct', routingKey: t.name('new') },
      'queue.bind-ok',
    );
    c.publish('named', 'again', { headers });
    await c.reject('named');
    const byName = await c.dead();
    assert.equal(
      shown(byName.properties.headers),
      `x-death=[${DEATH('named', 'rejected', 'S:named S:copy')}] ${FIRST('named', 'rejected')}`,
    );
  },
);

claim('dlx.bcc', 'BCC keys go on routing a dead letter, and are told nowhere.', { notebook: '07' }, async (t) => {
  const c = await Cemetery.open(t);
  await c.wire.call(
    'queue.bind',
    1,
    { queue: t.name('dead'), exchange: 'amq.direct', routingKey: t.name('secret') },
    'queue.bind-ok',
  );
  await c.queue('q', { 'x-dead-letter-exchange': field.text('amq.direct') });
  c.publish('q', 'm', { headers: new Map([['BCC', field.array([field.text(t.name('secret'))])]]) });
  await c.reject('q');
  const { properties } = await c.dead();
  assert.equal(shown(properties.headers), `x-death=[${DEATH('q', 'rejected')}] ${FIRST('q', 'rejected')}`);
});

claim('dlx.many', 'A dead letter goes to every queue that its exchange finds.', { notebook: '07' }, async (t) => {
  const c = await Cemetery.open(t);
  await c.queue('dead2');
  await c.wire.call('queue.bind', 1, { queue: t.name('dead2'), exchange: t.name('dlx') }, 'queue.bind-ok');
  await c.mortal('q');
  c.publish('q', 'm');
  await c.reject('q');
  for (const name of ['dead', 'dead2']) assert.equal((await c.dead(name)).body.toString(), 'm');
});

// --- side effects ---

claim('dlx.order', 'What dies together arrives in the order of the queue.', { notebook: '07' }, async (t) => {
  const c = await Cemetery.open(t);
  await c.mortal('q', { 'x-message-ttl': field.int(100) });
  const sent = Array.from({ length: 50 }, (_, i) => `m${i}`);
  for (const body of sent) c.publish('q', body);
  await c.wire.call('basic.qos', 1, {}, 'basic.qos-ok');
  await t.advance(250);
  assert.deepEqual(await c.allDead(sent.length), sent);
});

claim(
  'dlx.expires-again',
  'The time of the queue that a dead letter comes to counts for it anew.',
  { notebook: '07' },
  async (t) => {
    const c = await Cemetery.open(t);
    await c.queue('second', { 'x-message-ttl': field.int(3000), 'x-dead-letter-exchange': field.text(t.name('dlx')) });
    await c.queue('first', {
      'x-message-ttl': field.int(500),
      'x-dead-letter-exchange': field.text(''),
      'x-dead-letter-routing-key': field.text(t.name('second')),
    });
    c.publish('first', 'm');
    await t.advance(1000);
    assert.deepEqual(await c.bodies(), []);
    await t.advance(2800);
    assert.equal((await c.dead()).body.toString(), 'm');
  },
);

claim('dlx.priority', 'In a queue with priorities a dead letter keeps its own.', { notebook: '07' }, async (t) => {
  const c = await Cemetery.open(t);
  await c.queue('sorted', { 'x-max-priority': field.int(5) });
  await c.queue('q', { 'x-dead-letter-exchange': field.text(''), 'x-dead-letter-routing-key': field.text(t.name('sorted')) });
  for (const [body, priority] of [
    ['low', 1],
    ['high', 4],
  ] as const)
    c.publish('q', body, { priority });
  for (let i = 0; i < 2; i++) await c.reject('q');
  await t.eventually(async () => {
    assert.equal(
      (await c.wire.call('queue.declare', 1, { queue: t.name('sorted'), passive: true }, 'queue.declare-ok')).args.messageCount,
      2,
    );
  });
  assert.deepEqual(await c.bodies('sorted'), ['high', 'low']);
});
