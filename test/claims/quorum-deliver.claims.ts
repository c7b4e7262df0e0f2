/** Quorum queues: who gets which message, and where it goes when it comes back. */
import { strict as assert } from 'node:assert';
import type { Message } from 'amqplib';
import { field } from '../../lib/amqp/field-table';
import { shown } from './cemetery';
import { claim } from './harness/claim';
import { awaited, cemetery, deathOf, filled, ON, OWN, quorum, take, told } from './quorum-queue';

claim('quorum.qos.global', 'A channel with a shared prefetch may not consume from a quorum queue: 540.', ON, async (t) => {
  const ch = await t.channel();
  await quorum(t, ch);
  await ch.prefetch(3, true);
  await t.refused(
    ch.consume(t.name('q'), () => {}),
    540,
    "NOT_IMPLEMENTED - queue '{q}' in vhost '{vhost}' does not support global qos",
  );
});

claim(
  'quorum.qos.global-else',
  'basic.get, a shared prefetch of 0, and one that comes after the consumer are let through.',
  ON,
  async (t) => {
    const { ch, q } = await filled(t, 1);
    await ch.prefetch(3, true);
    assert.equal((await take(ch, q)).content.toString(), '1');
    await ch.prefetch(0, true);
    await t.collect(ch, q);
    await ch.prefetch(3, true);
  },
);

claim('quorum.prefetch', 'A consumer holds no more than its prefetch.', ON, async (t) => {
  const { ch, q } = await filled(t, 5);
  await ch.prefetch(2);
  const consumer = await t.collect(ch, q);
  const first = await consumer.next();
  await consumer.next();
  await t.quiet();
  ch.ack(first as Message);
  assert.equal((await consumer.next()).content.toString(), '3');
  await t.quiet();
});

claim('quorum.prefetch.none', 'Without a prefetch a consumer holds 2000 messages at most.', ON, async (t) => {
  const ch = await t.confirmChannel();
  const q = await quorum(t, ch);
  await Promise.all(Array.from({ length: 2010 }, (_, i) => t.publish(ch, '', q, String(i))));
  const consumer = await t.collect(await t.channel(), q);
  for (let i = 0; i < 2000; i++) await consumer.next();
  await t.quiet();
  assert.equal(await t.ready(ch, q), 10);
});

claim(
  'quorum.consumer.exclusive',
  'An exclusive consumer of a quorum queue is not alone: the flag is not heeded.',
  ON,
  async (t) => {
    const ch = await t.channel();
    const q = await quorum(t, ch);
    await t.collect(ch, q, { exclusive: true });
    await t.collect(ch, q, { exclusive: true });
    await t.collect(ch, q);
  },
);

for (const key of ['x-stream-offset', 'x-cancel-on-ha-failover']) {
  claim(`quorum.consumer.${key}`, `A consumer with ${key} is refused.`, ON, async (t) => {
    const ch = await t.channel();
    await quorum(t, ch);
    const which = `invalid arg '${key}' for queue '{q}' in vhost '{vhost}' of queue type rabbit_quorum_queue`;
    const text = `PRECONDITION_FAILED - ${which}`;
    await t.refused(
      ch.consume(t.name('q'), () => {}, { arguments: { [key]: true } }),
      406,
      text,
    );
  });
}

claim('quorum.consumer.priority', 'Consumers of a higher x-priority are filled first.', ON, async (t) => {
  const ch = await t.confirmChannel();
  const q = await quorum(t, ch);
  const [low, high] = [await t.channel(), await t.channel()];
  await low.prefetch(2);
  await high.prefetch(2);
  const slow = await t.collect(low, q, { priority: 1 });
  const fast = await t.collect(high, q, { priority: 10 });
  for (const body of ['1', '2', '3', '4']) await t.publish(ch, '', q, body);
  const bodies = async (from: typeof slow) => [(await from.next()).content.toString(), (await from.next()).content.toString()];
  assert.deepEqual(
    [await bodies(fast), await bodies(slow)],
    [
      ['1', '2'],
      ['3', '4'],
    ],
  );
});

claim(
  'quorum.consumer.count',
  'queue.declare-ok counts who holds a message by basic.get, and who was cancelled with messages.',
  ON,
  async (t) => {
    const { ch, q } = await filled(t, 2);
    await ch.get(q);
    assert.equal((await ch.checkQueue(q)).consumerCount, 1);
    await ch.prefetch(1);
    const consumer = await t.collect(ch, q);
    await consumer.next();
    await ch.cancel(consumer.consumerTag);
    assert.equal((await ch.checkQueue(q)).consumerCount, 2);
  },
);

claim(
  'quorum.delivery-count.consumer',
  'A consumer is told how often a message came back from the second delivery on.',
  ON,
  async (t) => {
    const { ch, q } = await filled(t, 1);
    const counts: unknown[] = [];
    await ch.consume(q, (message) => {
      if (message === null) return;
      counts.push(message.properties.headers?.['x-delivery-count']);
      if (counts.length < 3) ch.nack(message);
    });
    await t.eventually(() => assert.equal(counts.length, 3));
    assert.deepEqual(counts, [undefined, 1, 2]);
  },
);

claim(
  'quorum.delivery-count',
  'basic.get tells how often a message came back: the header x-delivery-count, a long, 0 at first.',
  ON,
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    const args = new Map([['x-queue-type', field.text('quorum')]]);
    await wire.call('queue.declare', 1, { queue: t.name('q'), durable: true, arguments: args }, 'queue.declare-ok');
    const headers = new Map([
      ['z', field.int(1)],
      ['x-delivery-count', field.int(9)],
      ['a', field.text('x')],
    ]);
    wire.publish(1, { routingKey: t.name('q'), properties: { headers }, body: 'm' });
    for (const [count, redelivered] of [
      [0, false],
      [1, true],
      [2, true],
    ] as const) {
      await t.eventually(async () => {
        wire.send('basic.get', 1, { queue: t.name('q') });
        const reply = await wire.next(1);
        assert.equal(reply?.name, 'basic.get-ok');
        const { args: got, properties } = reply as unknown as {
          args: { deliveryTag: number; redelivered: boolean };
          properties: { headers?: Map<string, never> };
        };
        assert.equal(shown(properties.headers), `a=S:x x-delivery-count=l:${count} z=I:1`);
        assert.equal(got.redelivered, redelivered);
        wire.send('basic.nack', 1, { deliveryTag: got.deliveryTag, requeue: true });
      });
    }
  },
);

claim('quorum.requeue.back', 'Without a delivery limit a message that is requeued goes to the end.', ON, async (t) => {
  const { ch, q } = await filled(t, 4);
  const [one, , three] = [await take(ch, q), await take(ch, q), await take(ch, q)];
  ch.nack(one, false, true);
  ch.nack(three, true, true);
  await t.untilReady(ch, q, 4);
  assert.deepEqual(await t.drain(ch, q), ['4', '1', '2', '3']);
});

claim('quorum.requeue.recover', 'basic.recover requeues to the end as well.', ON, async (t) => {
  const { ch, q } = await filled(t, 3);
  await ch.get(q);
  await ch.recover();
  await t.untilReady(ch, q, 3);
  assert.deepEqual(await t.drain(ch, q), ['2', '3', '1']);
});

claim('quorum.requeue.front', 'With a delivery limit what is requeued goes first, in the order of requeueing.', ON, async (t) => {
  const { ch, q } = await filled(t, 4, { 'x-delivery-limit': 5 });
  const [one, , three] = [await take(ch, q), await take(ch, q), await take(ch, q)];
  ch.nack(three, false, true);
  await t.untilReady(ch, q, 2);
  ch.nack(one, false, true);
  await t.untilReady(ch, q, 3);
  assert.deepEqual((await t.drainMessages(ch, q)).map(told), [
    ['3', 1, true],
    ['1', 1, true],
    ['4', 0, false],
  ]);
});

claim('quorum.requeue.closed', 'What a channel held when it ended goes first, in order, limit or no limit.', ON, async (t) => {
  const { ch, q } = await filled(t, 3);
  const other = await t.channel();
  await other.get(q);
  await other.get(q);
  await other.close();
  await t.untilReady(ch, q, 3);
  assert.deepEqual((await t.drainMessages(ch, q)).map(told), [
    ['1', 1, true],
    ['2', 1, true],
    ['3', 0, false],
  ]);
});

claim('quorum.limit', 'With x-delivery-limit 2 a message is delivered three times, then it is dead.', ON, async (t) => {
  const ch = await t.confirmChannel();
  const { dead, mortal } = await cemetery(t, ch);
  const q = await quorum(t, ch, { 'x-delivery-limit': 2, ...mortal });
  await t.publish(ch, '', q, 'm');
  for (const count of [0, 1, 2]) {
    const message = await awaited(t, ch, q);
    assert.deepEqual(told(message), ['m', count, count > 0]);
    ch.nack(message, false, true);
  }
  const corpse = await awaited(t, ch, dead);
  const { time, ...death } = deathOf(corpse);
  assert.ok(time !== undefined);
  assert.deepEqual(death, { count: 1, reason: 'delivery_limit', queue: q, exchange: '', 'routing-keys': [q] });
  assert.equal(corpse.properties.headers?.['x-delivery-count'], undefined);
});

claim('quorum.limit.closed', 'A delivery counts against the limit also if the channel ended without a word.', ON, async (t) => {
  const { ch, q } = await filled(t, 1, { 'x-delivery-limit': 1 });
  for (let i = 0; i < 2; i++) {
    const other = await t.channel();
    await awaited(t, other, q);
    await other.close();
  }
  const last = await t.channel();
  await t.eventually(async () => assert.equal((await last.checkQueue(q)).consumerCount, 0));
  assert.equal(await t.ready(ch, q), 0);
});

claim('quorum.limit.zero', 'With a delivery limit of 0, or below, the first return is the end.', ON, async (t) => {
  for (const limit of [0, -1]) {
    const ch = await t.confirmChannel();
    const q = await quorum(t, ch, { 'x-delivery-limit': limit }, `q${limit}`);
    await t.publish(ch, '', q, 'm');
    ch.nack(await take(ch, q), false, true);
    await t.eventually(async () => assert.equal((await ch.checkQueue(q)).consumerCount, 0));
    assert.equal(await t.ready(ch, q), 0);
  }
});

claim('quorum.limit.policy', 'Of two delivery limits, by argument and by policy, the smaller one holds.', OWN, async (t) => {
  await t.ctl('set_policy', '-p', t.vhost, 'p', '.*', '{"delivery-limit":1}');
  const ch = await t.confirmChannel();
  const q = await quorum(t, ch, { 'x-delivery-limit': 3 });
  await t.publish(ch, '', q, 'm');
  for (let i = 0; i < 2; i++) ch.nack(await awaited(t, ch, q), false, true);
  await t.eventually(async () => assert.equal((await ch.checkQueue(q)).consumerCount, 0));
  assert.equal(await t.ready(ch, q), 0);
});

claim(
  'quorum.single',
  'One consumer is active, whatever the priority of the others; queue.declare-ok counts it alone.',
  ON,
  async (t) => {
    const ch = await t.confirmChannel();
    const q = await quorum(t, ch, { 'x-single-active-consumer': true });
    const first = await t.collect(await t.channel(), q);
    await t.collect(await t.channel(), q, { priority: 10 });
    await t.publish(ch, '', q, 'm');
    assert.equal((await first.next()).content.toString(), 'm');
    await t.quiet();
    assert.equal((await ch.checkQueue(q)).consumerCount, 1);
  },
);

claim(
  'quorum.single.next',
  'After a cancel the next one is active, and gets what was held when that channel ends.',
  ON,
  async (t) => {
    const ch = await t.confirmChannel();
    const q = await quorum(t, ch, { 'x-single-active-consumer': true });
    const [one, two] = [await t.channel(), await t.channel()];
    const first = await t.collect(one, q);
    const second = await t.collect(two, q);
    await t.publish(ch, '', q, '1');
    await first.next();
    await one.cancel(first.consumerTag);
    await t.publish(ch, '', q, '2');
    assert.equal((await second.next()).content.toString(), '2');
    await one.close();
    assert.deepEqual(told((await second.next()) as Message), ['1', 1, true]);
  },
);

for (const [id, what] of [
  ['quorum.single.closed', 'channel'],
  ['quorum.single.closed-connection', 'connection'],
] as const) {
  const sentence = `When the active one's ${what} closes, the next one gets what it held first, in order and redelivered.`;
  claim(id, sentence, ON, async (t) => {
    const ch = await t.confirmChannel();
    const q = await quorum(t, ch, { 'x-single-active-consumer': true });
    const connection = await t.connect();
    const [one, two] = [await t.channel(connection), await t.channel(await t.connect())];
    await one.prefetch(2);
    await two.prefetch(10);
    const first = await t.collect(one, q);
    const second = await t.collect(two, q);
    for (const body of ['1', '2', '3', '4']) await t.publish(ch, '', q, body);
    for (const body of ['1', '2']) assert.equal((await first.next()).content.toString(), body);
    await t.untilReady(ch, q, 2);
    await (what === 'channel' ? one : connection).close();
    const got = [];
    for (let i = 0; i < 4; i++) got.push(told((await second.next()) as Message));
    assert.deepEqual(got, [
      ['1', 1, true],
      ['2', 1, true],
      ['3', undefined, false],
      ['4', undefined, false],
    ]);
  });
}

claim(
  'quorum.single.closed-several',
  'All consumers of a channel go with it at once: none of them gets what another one held.',
  ON,
  async (t) => {
    const ch = await t.confirmChannel();
    const q = await quorum(t, ch, { 'x-single-active-consumer': true });
    const [one, two] = [await t.channel(), await t.channel()];
    const first = await t.collect(one, q);
    await t.collect(one, q);
    const last = await t.collect(two, q);
    for (const body of ['1', '2']) await t.publish(ch, '', q, body);
    for (const body of ['1', '2']) assert.equal((await first.next()).content.toString(), body);
    await one.close();
    const got = [told((await last.next()) as Message), told((await last.next()) as Message)];
    assert.deepEqual(got, [
      ['1', 1, true],
      ['2', 1, true],
    ]);
  },
);

claim('quorum.single.get', 'basic.get is refused beside a single active consumer, also if nothing is ready.', ON, async (t) => {
  const ch = await t.channel();
  await quorum(t, ch, { 'x-single-active-consumer': true });
  const why = 'basic.get operations are not supported by quorum queues with single active consumer';
  const text = `RESOURCE_LOCKED - cannot obtain access to locked queue '{q}' in vhost '{vhost}'. ${why}`;
  await t.refused(ch.get(t.name('q')), 405, text);
});
