/** Quorum queues: dead letters, length limits, time to live; what operators are told. */
import { strict as assert } from 'node:assert';
import type { Message } from 'amqplib';
import { rows } from './commanding';
import { claim } from './harness/claim';
import { awaited, cemetery, deathOf, filled, ON, OWN, quorum, take, told } from './quorum-queue';

claim(
  'quorum.dead.rejected',
  'A rejected message is dead-lettered as from a classic queue; x-delivery-count does not go with it.',
  ON,
  async (t) => {
    const ch = await t.confirmChannel();
    const { dead, mortal } = await cemetery(t, ch);
    const q = await quorum(t, ch, { ...mortal, 'x-dead-letter-routing-key': 'new' });
    await t.publish(ch, '', q, 'm', { headers: { mine: 1 } });
    ch.nack(await take(ch, q), false, false);
    const corpse = await awaited(t, ch, dead);
    assert.equal(corpse.fields.routingKey, 'new');
    assert.deepEqual(Object.keys(corpse.properties.headers ?? {}), [
      'mine',
      'x-death',
      'x-first-death-exchange',
      'x-first-death-queue',
      'x-first-death-reason',
    ]);
    assert.equal(deathOf(corpse).reason, 'rejected');
  },
);

claim(
  'quorum.dead.at-least-once',
  'With at-least-once a dead letter that goes nowhere stays, neither ready nor held.',
  OWN,
  async (t) => {
    const ch = await t.confirmChannel();
    const q = await quorum(t, ch, {
      'x-dead-letter-exchange': 'none',
      'x-dead-letter-strategy': 'at-least-once',
      'x-overflow': 'reject-publish',
    });
    await t.publish(ch, '', q, 'm');
    ch.nack(await take(ch, q), false, false);
    await t.eventually(async () => {
      const [row] = await rows(t, 'list_queues', '-p', t.vhost, 'messages', 'messages_ready', 'messages_unacknowledged');
      assert.deepEqual(row, { messages: 1, messages_ready: 0, messages_unacknowledged: 0 });
    });
  },
);

claim(
  'quorum.dead.at-least-once.drop-head',
  'With drop-head at-least-once is at-most-once: what goes nowhere is gone.',
  ON,
  async (t) => {
    const ch = await t.confirmChannel();
    const { dead, mortal } = await cemetery(t, ch);
    const q = await quorum(t, ch, { ...mortal, 'x-dead-letter-strategy': 'at-least-once', 'x-max-length': 1 });
    await t.publish(ch, '', q, '1');
    await t.publish(ch, '', q, '2');
    const corpse = await awaited(t, ch, dead);
    assert.deepEqual([corpse.content.toString(), deathOf(corpse).reason], ['1', 'maxlen']);
  },
);

claim('quorum.dead.at-least-once.delivered', 'At least once, a dead letter looks like any other.', ON, async (t) => {
  const ch = await t.confirmChannel();
  const { dead, mortal } = await cemetery(t, ch);
  const q = await quorum(t, ch, {
    ...mortal,
    'x-dead-letter-strategy': 'at-least-once',
    'x-overflow': 'reject-publish',
    'x-delivery-limit': 0,
  });
  await t.publish(ch, '', q, 'm');
  ch.nack(await take(ch, q), false, true);
  const corpse = await awaited(t, ch, dead);
  const { time, ...death } = deathOf(corpse);
  assert.ok(time !== undefined);
  assert.deepEqual(death, { count: 1, reason: 'delivery_limit', queue: q, exchange: '', 'routing-keys': [q] });
});

claim(
  'quorum.length.drop-head',
  'Of the ready messages the oldest are dropped for the newest, and dead-lettered.',
  ON,
  async (t) => {
    const ch = await t.confirmChannel();
    const { dead, mortal } = await cemetery(t, ch);
    const q = await quorum(t, ch, { 'x-max-length': 2, ...mortal });
    for (const body of ['1', '2', '3', '4']) assert.equal(await t.publish(ch, '', q, body), 'ack');
    await t.untilReady(ch, dead, 2);
    const corpses = await t.drainMessages(ch, dead);
    assert.deepEqual(
      corpses.map(({ content }) => content.toString()),
      ['1', '2'],
    );
    assert.equal(deathOf(corpses[0] as Message).reason, 'maxlen');
    assert.deepEqual(await t.drain(ch, q), ['3', '4']);
  },
);

claim('quorum.length.held', 'Held messages do not count, but when they come back somebody must go.', ON, async (t) => {
  const { ch, q } = await filled(t, 2, { 'x-max-length': 2 });
  const held = [await take(ch, q), await take(ch, q)];
  for (const body of ['3', '4']) await t.publish(ch, '', q, body);
  assert.equal(await t.ready(ch, q), 2);
  for (const message of held) ch.nack(message, false, true);
  await t.eventually(async () => assert.equal((await ch.checkQueue(q)).consumerCount, 0));
  assert.deepEqual(await t.drain(ch, q), ['1', '2'], 'those went to the end, and the oldest were dropped');
});

claim('quorum.length.reject', 'A queue that refuses takes one message more than its limit, and then none.', ON, async (t) => {
  const ch = await t.confirmChannel();
  const q = await quorum(t, ch, { 'x-max-length': 2, 'x-overflow': 'reject-publish' });
  for (const body of ['1', '2', '3']) assert.equal(await t.publish(ch, '', q, body), 'ack');
  await t.eventually(async () => assert.equal(await t.publish(ch, '', q, '4'), 'nack'));
});

claim('quorum.length.room', 'It takes messages again when it is filled to four fifths.', ON, async (t) => {
  const { ch, q } = await filled(t, 11, { 'x-max-length': 10, 'x-overflow': 'reject-publish' });
  await t.eventually(async () => assert.equal(await t.publish(ch, '', q, 'too many'), 'nack'));
  const before = await t.ready(ch, q);
  for (let left = before; left > 9; left--) await ch.get(q, { noAck: true });
  assert.equal(await t.publish(ch, '', q, 'not yet'), 'nack');
  await ch.get(q, { noAck: true });
  await t.eventually(async () => assert.equal(await t.publish(ch, '', q, 'now'), 'ack'));
});

claim('quorum.length.newcomer', 'A channel that comes to a full queue is refused at once.', ON, async (t) => {
  const { q } = await filled(t, 2, { 'x-max-length': 1, 'x-overflow': 'reject-publish' });
  assert.equal(await t.publish(await t.confirmChannel(), '', q, 'm'), 'nack');
});

claim('quorum.length.reject-dlx', 'reject-publish-dlx is accepted, and means drop-head.', ON, async (t) => {
  const { ch, q } = await filled(t, 3, { 'x-max-length': 1, 'x-overflow': 'reject-publish-dlx' });
  assert.deepEqual(await t.drain(ch, q), ['3']);
});

claim('quorum.length.overflow-policy', 'Of overflow what the policy says holds, and not the argument.', OWN, async (t) => {
  await t.ctl('set_policy', '-p', t.vhost, 'p', '.*', '{"overflow":"drop-head"}');
  const { ch, q } = await filled(t, 5, { 'x-max-length': 1, 'x-overflow': 'reject-publish' });
  assert.deepEqual(await t.drain(ch, q), ['5']);
});

claim(
  'quorum.length.bytes',
  'x-max-length-bytes counts bodies; a message that is larger empties the queue, itself included.',
  ON,
  async (t) => {
    const ch = await t.confirmChannel();
    const q = await quorum(t, ch, { 'x-max-length-bytes': 10 });
    for (const body of ['aaaa', 'bbbb', 'cccc']) await t.publish(ch, '', q, body);
    assert.equal(await t.ready(ch, q), 2);
    assert.equal(await t.publish(ch, '', q, 'x'.repeat(11)), 'ack');
    assert.equal(await t.ready(ch, q), 0);
  },
);

claim(
  'quorum.length.zero',
  'With x-max-length 0 a message is delivered if somebody can take it, else it is dead.',
  ON,
  async (t) => {
    const ch = await t.confirmChannel();
    const { dead, mortal } = await cemetery(t, ch);
    const q = await quorum(t, ch, { 'x-max-length': 0, ...mortal });
    assert.equal(await t.publish(ch, '', q, '1'), 'ack');
    assert.equal((await awaited(t, ch, dead)).content.toString(), '1');
    const consumer = await t.collect(ch, q);
    await t.publish(ch, '', q, '2');
    assert.equal((await consumer.next()).content.toString(), '2');
  },
);

claim('quorum.ttl', 'A message expires by x-message-ttl and is dead-lettered.', ON, async (t) => {
  const ch = await t.confirmChannel();
  const { dead, mortal } = await cemetery(t, ch);
  const q = await quorum(t, ch, { 'x-message-ttl': 100, ...mortal });
  await t.publish(ch, '', q, 'm');
  await t.advance(200);
  assert.equal(deathOf(await awaited(t, ch, dead)).reason, 'expired');
});

claim('quorum.ttl.head', 'Only the head expires: a short life waits behind a long one.', ON, async (t) => {
  const ch = await t.confirmChannel();
  const q = await quorum(t, ch);
  await t.publish(ch, '', q, 'long', { expiration: '60000' });
  await t.publish(ch, '', q, 'short', { expiration: '50' });
  await t.advance(200);
  assert.equal(await t.ready(ch, q), 2);
  ch.ack(await take(ch, q));
  await t.untilReady(ch, q, 0);
});

claim('quorum.ttl.held', 'A held message does not expire, but it is dead as soon as it comes back.', ON, async (t) => {
  const ch = await t.confirmChannel();
  const { dead, mortal } = await cemetery(t, ch);
  const q = await quorum(t, ch, mortal);
  await t.publish(ch, '', q, 'm', { expiration: '50' });
  const held = await take(ch, q);
  await t.advance(200);
  assert.equal(await ch.get(dead), false);
  ch.nack(held, false, true);
  assert.equal(deathOf(await awaited(t, ch, dead)).reason, 'expired');
});

claim('quorum.ttl.zero', 'With a time to live of 0 a message goes to a consumer that waits, or nowhere.', ON, async (t) => {
  const ch = await t.confirmChannel();
  const q = await quorum(t, ch, { 'x-message-ttl': 0 });
  const consumer = await t.collect(ch, q);
  await t.publish(ch, '', q, '1');
  assert.equal((await consumer.next()).content.toString(), '1');
  await ch.cancel(consumer.consumerTag);
  await t.publish(ch, '', q, '2');
  await t.advance(20);
  await t.untilReady(ch, q, 0);
});

claim('quorum.expires', 'x-expires is looked at every 5 s; declaring the queue again does not renew it.', ON, async (t) => {
  const ch = await t.channel();
  const q = await quorum(t, ch, { 'x-expires': 1000 });
  await t.advance(800);
  await quorum(t, ch, { 'x-expires': 1000 });
  await t.advance(5200);
  await t.untilRefused((fresh) => fresh.checkQueue(q), 404, "NOT_FOUND - no queue '{q}' in vhost '{vhost}'");
});

claim('quorum.confirm', 'A transient message is confirmed and kept as a persistent one is.', ON, async (t) => {
  const ch = await t.confirmChannel();
  const q = await quorum(t, ch);
  assert.equal(await t.publish(ch, '', q, 'm', { persistent: false, mandatory: true }), 'ack');
  const message = await take(ch, q);
  assert.deepEqual([told(message), message.properties.deliveryMode], [['m', 0, false], 1]);
});

claim(
  'quorum.columns',
  'list_queues tells of a quorum queue its leader and members, and nothing of octets and memory.',
  OWN,
  async (t) => {
    const { ch, q } = await filled(t, 2);
    await ch.get(q);
    await t.eventually(async () => {
      const counted = ['messages', 'messages_ready', 'messages_unacknowledged', 'consumers', 'messages_ram', 'message_bytes_ram'];
      const empty = ['message_bytes', 'messages_persistent', 'exclusive', 'disk_reads', 'consumer_utilisation', 'slave_pids'];
      const [row] = await rows(t, 'list_queues', '-p', t.vhost, 'type', 'state', ...counted, ...empty);
      assert.deepEqual(row, {
        type: 'quorum',
        state: 'running',
        messages: 2,
        messages_ready: 1,
        messages_unacknowledged: 1,
        consumers: 1,
        messages_ram: 0,
        message_bytes_ram: 0,
        ...Object.fromEntries(empty.map((column) => [column, ''])),
      });
    });
    const [row] = await rows(t, 'list_queues', '-p', t.vhost, 'leader', 'members', 'online');
    assert.deepEqual(row?.members, [row?.leader]);
    assert.deepEqual(row?.online, [row?.leader]);
  },
);

claim(
  'quorum.consumers',
  'list_consumers shows who is active, and by its delivery tag who holds a message by basic.get.',
  { ...OWN, differs: 'Warren lists who has subscribed, and not who holds a message by basic.get.' },
  async (t) => {
    const { ch, q } = await filled(t, 1);
    await ch.get(q);
    await t.collect(ch, q, { consumerTag: 'c' });
    const single = await quorum(t, ch, { 'x-single-active-consumer': true }, 's');
    await t.collect(ch, single, { consumerTag: 's1' });
    await t.collect(ch, single, { consumerTag: 's2' });
    await t.eventually(async () => {
      const listed = await rows(t, 'list_consumers', '-p', t.vhost, 'consumer_tag', 'active', 'activity_status');
      const lines = listed.map(({ consumer_tag, active, activity_status }) => `${consumer_tag} ${active} ${activity_status}`);
      const holders = t.engine === 'warren' ? [] : ['1 true up'];
      assert.deepEqual(lines.sort(), [...holders, 'c true up', 's1 true single_active', 's2 false waiting']);
    });
  },
);
