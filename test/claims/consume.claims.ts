/** Taking messages out of a queue: basic.get, consumers, their tags, how they end. */
import { strict as assert } from 'node:assert';
import { claim } from './harness/claim';
import { CAPABILITIES } from './harness/wire-client';
import { setting, untilReady } from './setting';

// --- basic.get ---

claim(
  'consume.get.fields',
  'basic.get-ok tells where the message was sent, whether it was delivered before, and how many remain.',
  { notebook: '05' },
  async (t) => {
    const { wire, queue } = await setting(t, { messages: ['m1'] });
    await wire.call('queue.bind', 1, { queue, exchange: 'amq.direct', routingKey: t.name('k') }, 'queue.bind-ok');
    wire.publish(1, { exchange: 'amq.direct', routingKey: t.name('k'), body: 'm2' });
    const first = await wire.call('basic.get', 1, { queue }, 'basic.get-ok');
    assert.deepEqual(first.args, { deliveryTag: 1, redelivered: false, exchange: '', routingKey: queue, messageCount: 1 });
    const second = await wire.call('basic.get', 1, { queue }, 'basic.get-ok');
    assert.deepEqual(second.args, {
      deliveryTag: 2,
      redelivered: false,
      exchange: 'amq.direct',
      routingKey: t.name('k'),
      messageCount: 0,
    });
  },
);

claim(
  'consume.get.empty',
  'basic.get on a queue without ready messages answers get-empty at once; unacknowledged ones do not count.',
  { notebook: '05' },
  async (t) => {
    const { wire, queue } = await setting(t, { messages: ['m'] });
    await wire.call('basic.get', 1, { queue }, 'basic.get-ok');
    assert.deepEqual((await wire.call('basic.get', 1, { queue }, 'basic.get-empty')).args, { clusterId: '' });
  },
);

claim(
  'consume.get.no-ack',
  'A message got without acknowledgement is gone at once; its tag is used up and unknown.',
  { notebook: '05' },
  async (t) => {
    const { wire, queue } = await setting(t, { messages: ['m1', 'm2'] });
    await wire.call('basic.get', 1, { queue, noAck: true }, 'basic.get-ok');
    assert.equal((await wire.call('basic.get', 1, { queue }, 'basic.get-ok')).args.deliveryTag, 2);
    wire.send('basic.ack', 1, { deliveryTag: 1 });
    await wire.expectChannelClose(1, 406, 'PRECONDITION_FAILED - unknown delivery tag 1', 'basic.ack');
  },
);

claim(
  'consume.get.last-queue',
  'basic.get and basic.consume without a name mean the queue declared last on the channel.',
  { notebook: '05' },
  async (t) => {
    const { wire, queue } = await setting(t, { messages: ['m1', 'm2'] });
    assert.equal((await wire.call('basic.get', 1, {}, 'basic.get-ok')).args.routingKey, queue);
    await wire.call('basic.consume', 1, {}, 'basic.consume-ok');
    assert.equal((await wire.expect('basic.deliver', 1)).body.toString(), 'm2');
    await wire.openChannel(2);
    wire.send('basic.get', 2);
    await wire.expectChannelClose(2, 404, 'NOT_FOUND - no previously declared queue', 'basic.get');
  },
);

claim(
  'consume.get.beside-exclusive',
  'basic.get works on a queue that has an exclusive consumer.',
  { notebook: '05' },
  async (t) => {
    const { wire, queue } = await setting(t);
    await wire.call('basic.qos', 1, { prefetchCount: 1 }, 'basic.qos-ok');
    await wire.call('basic.consume', 1, { queue, exclusive: true }, 'basic.consume-ok');
    for (const body of ['m1', 'm2']) wire.publish(1, { routingKey: queue, body });
    await wire.expect('basic.deliver', 1);
    assert.equal((await wire.call('basic.get', 1, { queue }, 'basic.get-ok')).body.toString(), 'm2');
  },
);

// --- consumers and their tags ---

claim(
  'consume.deliver.fields',
  'basic.deliver tells consumer tag, delivery tag, exchange and routing key; redelivered is off the first time.',
  { notebook: '03' },
  async (t) => {
    const { wire, queue } = await setting(t);
    await wire.call('queue.bind', 1, { queue, exchange: 'amq.direct', routingKey: t.name('k') }, 'queue.bind-ok');
    await wire.call('basic.consume', 1, { queue, consumerTag: 'me' }, 'basic.consume-ok');
    wire.publish(1, { exchange: 'amq.direct', routingKey: t.name('k'), body: 'm' });
    const { args } = await wire.expect('basic.deliver', 1);
    assert.deepEqual(args, {
      consumerTag: 'me',
      deliveryTag: 1,
      redelivered: false,
      exchange: 'amq.direct',
      routingKey: t.name('k'),
    });
  },
);

claim(
  'consume.tag.generated',
  'A consumer that gives no tag gets one that begins with amq.ctag-.',
  { notebook: '03' },
  async (t) => {
    const { wire, queue } = await setting(t);
    const one = (await wire.call('basic.consume', 1, { queue }, 'basic.consume-ok')).args.consumerTag;
    const two = (await wire.call('basic.consume', 1, { queue }, 'basic.consume-ok')).args.consumerTag;
    assert.match(one, /^amq\.ctag-[A-Za-z0-9_-]{22}$/);
    assert.notEqual(one, two);
  },
);

claim(
  'consume.tag.per-channel',
  'A consumer tag belongs to its channel: another channel may use the same.',
  { notebook: '03' },
  async (t) => {
    const { wire, queue } = await setting(t);
    await wire.openChannel(2);
    for (const channel of [1, 2]) await wire.call('basic.consume', channel, { queue, consumerTag: 'same' }, 'basic.consume-ok');
  },
);

claim(
  'consume.tag.reused',
  'Using a tag twice on a channel closes the connection with 530; after basic.cancel it is free again.',
  { notebook: '03' },
  async (t) => {
    const { wire, queue } = await setting(t);
    await wire.call('basic.consume', 1, { queue, consumerTag: 'x' }, 'basic.consume-ok');
    await wire.call('basic.cancel', 1, { consumerTag: 'x' }, 'basic.cancel-ok');
    await wire.call('basic.consume', 1, { queue, consumerTag: 'x' }, 'basic.consume-ok');
    wire.send('basic.consume', 1, { queue, consumerTag: 'x' });
    await wire.expectConnectionClose(530, "NOT_ALLOWED - attempt to reuse consumer tag 'x'", 'basic.consume');
  },
);

claim(
  'consume.nowait',
  'basic.consume with nowait is not answered; deliveries come all the same.',
  { notebook: '03' },
  async (t) => {
    const { wire, queue } = await setting(t, { messages: ['m'] });
    wire.send('basic.consume', 1, { queue, consumerTag: 'x', nowait: true });
    assert.equal((await wire.expect('basic.deliver', 1)).args.consumerTag, 'x');
  },
);

claim(
  'consume.ok-first',
  'consume-ok comes before the first delivery, also when messages are waiting.',
  { notebook: '03' },
  async (t) => {
    const { wire, queue } = await setting(t, { messages: ['m1', 'm2'] });
    await wire.call('basic.consume', 1, { queue, noAck: true }, 'basic.consume-ok');
    for (const body of ['m1', 'm2']) assert.equal((await wire.expect('basic.deliver', 1)).body.toString(), body);
  },
);

claim(
  'consume.no-local',
  'The flag no-local is accepted and ignored: a connection gets what it published itself.',
  { notebook: '03' },
  async (t) => {
    const { wire, queue } = await setting(t);
    await wire.call('basic.consume', 1, { queue, noLocal: true }, 'basic.consume-ok');
    wire.publish(1, { routingKey: queue, body: 'own' });
    await wire.expect('basic.deliver', 1);
  },
);

claim(
  'consume.missing',
  'Consuming from a queue that does not exist closes the channel with 404.',
  { notebook: '03' },
  async (t) => {
    const ch = await t.channel();
    await t.refused(
      ch.consume(t.name('none'), () => {}),
      404,
      "NOT_FOUND - no queue '{none}' in vhost '{vhost}'",
    );
  },
);

claim(
  'consume.no-ack.gone',
  'What is delivered without acknowledgement is gone, although the client loses the connection before reading it.',
  { notebook: '07' },
  async (t) => {
    const ch = await t.confirmChannel();
    await ch.assertQueue(t.name('q'));
    const wire = await t.wire();
    await wire.openChannel();
    await wire.call('basic.consume', 1, { queue: t.name('q'), noAck: true }, 'basic.consume-ok');
    wire.pauseReading();
    for (let i = 0; i < 5; i++) await t.publish(ch, '', t.name('q'), 'm');
    wire.abort();
    await t.eventually(async () => assert.equal((await ch.checkQueue(t.name('q'))).consumerCount, 0));
    await t.quiet(100);
    assert.equal(await t.ready(ch, t.name('q')), 0);
  },
);

// --- exclusive consumers ---

claim(
  'consume.exclusive',
  'While a consumer is exclusive any other consumer of the queue is refused with 403; cancelling it lifts that.',
  { notebook: '03' },
  async (t) => {
    const { wire, queue } = await setting(t);
    await wire.openChannel(2);
    await wire.call('basic.consume', 1, { queue, consumerTag: 'alone', exclusive: true }, 'basic.consume-ok');
    wire.send('basic.consume', 2, { queue });
    await wire.expectChannelClose(
      2,
      403,
      t.filled("ACCESS_REFUSED - queue '{q}' in vhost '{vhost}' in exclusive use"),
      'basic.consume',
    );
    await wire.call('basic.cancel', 1, { consumerTag: 'alone' }, 'basic.cancel-ok');
    await wire.openChannel(2);
    await wire.call('basic.consume', 2, { queue }, 'basic.consume-ok');
  },
);

claim(
  'consume.exclusive.late',
  'A consumer that wants to be exclusive is refused with 403 while the queue has another.',
  { notebook: '03' },
  async (t) => {
    const { wire, queue } = await setting(t);
    await wire.call('basic.consume', 1, { queue, consumerTag: 'first' }, 'basic.consume-ok');
    wire.send('basic.consume', 1, { queue, exclusive: true });
    await wire.expectChannelClose(
      1,
      403,
      t.filled("ACCESS_REFUSED - queue '{q}' in vhost '{vhost}' in exclusive use"),
      'basic.consume',
    );
  },
);

// --- basic.cancel by the client ---

claim(
  'consume.cancel',
  'After cancel-ok no more deliveries come; what was delivered may still be acknowledged.',
  { notebook: '03' },
  async (t) => {
    const { wire, queue } = await setting(t, { messages: ['m1'] });
    await wire.call('basic.consume', 1, { queue, consumerTag: 'x' }, 'basic.consume-ok');
    await wire.expect('basic.deliver', 1);
    assert.deepEqual((await wire.call('basic.cancel', 1, { consumerTag: 'x' }, 'basic.cancel-ok')).args, { consumerTag: 'x' });
    wire.publish(1, { routingKey: queue, body: 'm2' });
    wire.send('basic.ack', 1, { deliveryTag: 1 });
    await t.quiet();
    const { args, body } = await wire.call('basic.get', 1, { queue }, 'basic.get-ok');
    assert.deepEqual([body.toString(), args.messageCount], ['m2', 0]);
  },
);

claim(
  'consume.cancel.keeps-unacked',
  'Cancelling a consumer does not give back what it has not acknowledged; closing its channel does.',
  { notebook: '07' },
  async (t) => {
    const { wire, queue } = await setting(t, { messages: ['m'] });
    await wire.openChannel(2);
    await wire.call('basic.consume', 2, { queue, consumerTag: 'x' }, 'basic.consume-ok');
    await wire.expect('basic.deliver', 2);
    await wire.call('basic.cancel', 2, { consumerTag: 'x' }, 'basic.cancel-ok');
    await wire.call('basic.get', 1, { queue }, 'basic.get-empty');
    await wire.call('channel.close', 2, { replyCode: 200 }, 'channel.close-ok');
    await untilReady(t, { wire, queue }, 1, 1);
    assert.equal((await wire.call('basic.get', 1, { queue }, 'basic.get-ok')).args.redelivered, true);
  },
);

claim(
  'consume.cancel.unknown',
  'Cancelling a tag that is not known is no error: cancel-ok comes.',
  { notebook: '03' },
  async (t) => {
    const { wire } = await setting(t);
    await wire.call('basic.cancel', 1, { consumerTag: 'nobody' }, 'basic.cancel-ok');
  },
);

claim('consume.cancel.nowait', 'basic.cancel with nowait is not answered.', { notebook: '03' }, async (t) => {
  const { wire, queue } = await setting(t);
  await wire.call('basic.consume', 1, { queue, consumerTag: 'x' }, 'basic.consume-ok');
  wire.send('basic.cancel', 1, { consumerTag: 'x', nowait: true });
  await t.eventually(async () => {
    const { args } = await wire.call('queue.declare', 1, { queue, passive: true }, 'queue.declare-ok');
    assert.equal(args.consumerCount, 0);
  });
});

// --- basic.cancel by the server ---

claim(
  'consume.cancelled.deleted',
  'When its queue is deleted a consumer gets basic.cancel, with nowait, for each of its tags.',
  { notebook: '03' },
  async (t) => {
    const { wire, queue } = await setting(t);
    await wire.openChannel(2);
    for (const consumerTag of ['a', 'b']) await wire.call('basic.consume', 2, { queue, consumerTag }, 'basic.consume-ok');
    await wire.call('queue.delete', 1, { queue }, 'queue.delete-ok');
    const cancelled = [await wire.expect('basic.cancel', 2), await wire.expect('basic.cancel', 2)].map(({ args }) => args);
    assert.deepEqual(
      cancelled.sort((x, y) => (x.consumerTag < y.consumerTag ? -1 : 1)),
      [
        { consumerTag: 'a', nowait: true },
        { consumerTag: 'b', nowait: true },
      ],
    );
  },
);

claim(
  'consume.cancelled.without-capability',
  'A client that has not announced consumer_cancel_notify is not told that its queue is gone.',
  { notebook: '03' },
  async (t) => {
    const silent = CAPABILITIES.filter((name) => name !== 'consumer_cancel_notify');
    const wire = await t.wire({ capabilities: Object.fromEntries(silent.map((name) => [name, true])) });
    await wire.openChannel();
    await wire.call('queue.declare', 1, { queue: t.name('q') }, 'queue.declare-ok');
    await wire.call('basic.consume', 1, { queue: t.name('q') }, 'basic.consume-ok');
    await wire.call('queue.delete', 1, { queue: t.name('q') }, 'queue.delete-ok');
    await t.quiet(100);
  },
);

claim(
  'consume.cancelled.tag-free',
  'A tag that the server cancelled is free: it may be used for another queue.',
  { notebook: '03' },
  async (t) => {
    const { wire, queue } = await setting(t);
    await wire.call('basic.consume', 1, { queue, consumerTag: 'x' }, 'basic.consume-ok');
    wire.send('queue.delete', 1, { queue });
    const came = [await wire.next(1), await wire.next(1)].map((one) => one?.name);
    assert.deepEqual(came.sort(), ['basic.cancel', 'queue.delete-ok']);
    await wire.call('queue.declare', 1, { queue: t.name('other'), exclusive: true }, 'queue.declare-ok');
    await wire.call('basic.consume', 1, { queue: t.name('other'), consumerTag: 'x' }, 'basic.consume-ok');
  },
);

claim(
  'consume.cancelled.acks',
  'Messages of a deleted queue may still be acknowledged or rejected; that has no effect and is no error.',
  { notebook: '03' },
  async (t) => {
    const { wire, queue } = await setting(t, { messages: ['m1', 'm2', 'm3'] });
    for (let i = 0; i < 3; i++) await wire.call('basic.get', 1, { queue }, 'basic.get-ok');
    await wire.call('queue.delete', 1, { queue }, 'queue.delete-ok');
    wire.send('basic.ack', 1, { deliveryTag: 1 });
    wire.send('basic.reject', 1, { deliveryTag: 2, requeue: true });
    await wire.call('queue.declare', 1, { queue, exclusive: true }, 'queue.declare-ok');
    await wire.call('basic.recover', 1, { requeue: true }, 'basic.recover-ok');
    await wire.call('basic.get', 1, { queue }, 'basic.get-empty');
  },
);
