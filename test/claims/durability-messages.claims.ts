import { strict as assert } from 'node:assert';
import { bodies, DOWN_MS, drain, durableQueue, put, survival } from './survival';

const notebook = '05';

survival(
  'durability.message.persistent',
  'A persistent message in a durable queue that was confirmed outlives the node, whether that is stopped or killed.',
  { notebook },
  async (stage) => put(await stage.confirmChannel(), await durableQueue(stage), 'm'),
  async (stage) => assert.deepEqual(bodies(await drain(await stage.channel(), stage.name('q'))), ['m']),
);

survival(
  'durability.message.transient',
  'A transient message ends with its node, although its queue is durable and the message was confirmed.',
  { notebook },
  async (stage) => put(await stage.confirmChannel(), await durableQueue(stage), 'm', { persistent: false }),
  async (stage) => assert.deepEqual(await drain(await stage.channel(), stage.name('q')), []),
);

survival(
  'durability.message.order',
  'Messages come out of a restarted node in the order in which they were published.',
  { notebook },
  async (stage) => {
    const ch = await stage.confirmChannel();
    const q = await durableQueue(stage);
    for (let i = 0; i < 100; i++) ch.sendToQueue(q, Buffer.from(`${i}`), { persistent: true });
    await ch.waitForConfirms();
  },
  async (stage) => {
    const found = bodies(await drain(await stage.channel(), stage.name('q')));
    assert.deepEqual(
      found,
      Array.from({ length: 100 }, (_, i) => `${i}`),
    );
  },
);

survival(
  'durability.message.properties',
  'A message comes out of a restarted node with the properties, headers, exchange and key that it had.',
  { notebook },
  async (stage) => {
    const options = { headers: { a: 1, b: ['x', true] }, contentType: 'text/plain', messageId: 'id', timestamp: 5, type: 't' };
    await put(await stage.confirmChannel(), await durableQueue(stage), 'm', options);
  },
  async (stage) => {
    const message = await (await stage.channel()).get(stage.name('q'), { noAck: true });
    assert.ok(message !== false);
    const { headers, contentType, messageId, timestamp, type, deliveryMode } = message.properties;
    assert.deepEqual({ ...headers }, { a: 1, b: ['x', true] });
    assert.deepEqual([contentType, messageId, timestamp, type, deliveryMode], ['text/plain', 'id', 5, 't', 2]);
    assert.deepEqual([message.fields.exchange, message.fields.routingKey], ['', stage.name('q')]);
  },
);

survival(
  'durability.message.large',
  'A message of a megabyte outlives the node as a small one does.',
  { notebook },
  async (stage) => put(await stage.confirmChannel(), await durableQueue(stage), 'x'.repeat(1 << 20)),
  async (stage) => assert.deepEqual(bodies(await drain(await stage.channel(), stage.name('q'))), ['x'.repeat(1 << 20)]),
);

survival(
  'durability.message.fanout',
  'A message that went to several durable queues outlives the node in each, and acknowledged in one it stays in the others.',
  { notebook, ends: ['stop'] },
  async (stage) => {
    const ch = await stage.confirmChannel();
    await ch.assertExchange(stage.name('x'), 'fanout');
    for (const q of ['a', 'b', 'c']) await ch.bindQueue(await durableQueue(stage, {}, q), stage.name('x'), '');
    ch.publish(stage.name('x'), '', Buffer.from('m'), { persistent: true });
    await ch.waitForConfirms();
    await ch.get(stage.name('b'), { noAck: true });
  },
  async (stage) => {
    const ch = await stage.channel();
    const found = [];
    for (const q of ['a', 'b', 'c']) found.push(bodies(await drain(ch, stage.name(q))));
    assert.deepEqual(found, [['m'], [], ['m']]);
  },
);

survival(
  'durability.message.priority',
  'Messages of a queue with priorities keep them over a restart.',
  { notebook },
  async (stage) => {
    const ch = await stage.confirmChannel();
    const q = await durableQueue(stage, { 'x-max-priority': 3 });
    for (const [body, priority] of [
      ['low', 0],
      ['high', 3],
      ['middle', 1],
      ['higher than high', 9],
    ] as const) {
      await put(ch, q, body, { priority });
    }
  },
  async (stage) => {
    const found = bodies(await drain(await stage.channel(), stage.name('q')));
    assert.deepEqual(found, ['high', 'higher than high', 'middle', 'low']);
  },
);

survival(
  'durability.message.acked',
  'What was acknowledged or purged before an orderly stop does not come back.',
  { notebook, ends: ['stop'] },
  async (stage) => {
    const ch = await stage.confirmChannel();
    for (const q of ['acked', 'purged']) {
      await durableQueue(stage, {}, q);
      for (const body of ['1', '2', '3']) await put(ch, stage.name(q), body);
    }
    await ch.purgeQueue(stage.name('purged'));
    const message = await ch.get(stage.name('acked'));
    assert.ok(message !== false);
    ch.ack(message);
    await ch.checkQueue(stage.name('acked'));
  },
  async (stage) => {
    const ch = await stage.channel();
    assert.deepEqual(bodies(await drain(ch, stage.name('acked'))), ['2', '3']);
    assert.deepEqual(await drain(ch, stage.name('purged')), []);
  },
);

survival(
  'durability.message.unacked',
  'A message that was delivered and not acknowledged is back in its place after the restart, and is called redelivered.',
  { notebook },
  async (stage) => {
    const ch = await stage.confirmChannel();
    const q = await durableQueue(stage);
    for (const body of ['1', '2', '3', '4']) await put(ch, q, body);
    for (let i = 0; i < 2; i++) await ch.get(q);
  },
  async (stage) => {
    const found = await drain(await stage.channel(), stage.name('q'));
    assert.deepEqual(bodies(found), ['1', '2', '3', '4']);
    assert.deepEqual(found.slice(0, 2), ['1*', '2*']);
  },
);

survival(
  'durability.redelivered.stop',
  'After an orderly stop a message that had not been delivered is not called redelivered.',
  { notebook, ends: ['stop'] },
  async (stage) => put(await stage.confirmChannel(), await durableQueue(stage), 'm'),
  async (stage) => assert.deepEqual(await drain(await stage.channel(), stage.name('q')), ['m']),
);

survival(
  'durability.redelivered.requeued',
  'A message that had been requeued before an orderly stop is called redelivered after it.',
  { notebook, ends: ['stop'] },
  async (stage) => {
    const ch = await stage.confirmChannel();
    await put(ch, await durableQueue(stage), 'm');
    const message = await ch.get(stage.name('q'));
    assert.ok(message !== false);
    ch.nack(message, false, true);
    await ch.checkQueue(stage.name('q'));
  },
  async (stage) => assert.deepEqual(await drain(await stage.channel(), stage.name('q')), ['m*']),
);

survival(
  'durability.redelivered.kill',
  'After kill -9 a message is called redelivered although it had not been delivered: nobody knows.',
  { notebook, ends: ['kill'] },
  async (stage) => put(await stage.confirmChannel(), await durableQueue(stage), 'm'),
  async (stage) => assert.deepEqual(await drain(await stage.channel(), stage.name('q')), ['m*']),
);

survival(
  'durability.ttl.queue',
  'The time to live of a queue goes on while the node is down.',
  { notebook },
  async (stage) => {
    const ch = await stage.confirmChannel();
    await put(ch, await durableQueue(stage, { 'x-message-ttl': DOWN_MS / 2 }, 'short'), 'm');
    await put(ch, await durableQueue(stage, { 'x-message-ttl': 3_600_000 }, 'long'), 'm');
  },
  async (stage) => {
    const ch = await stage.channel();
    assert.deepEqual(await drain(ch, stage.name('short')), []);
    assert.deepEqual(bodies(await drain(ch, stage.name('long'))), ['m']);
  },
);

survival(
  'durability.ttl.message',
  'The time to live of a message goes on while the node is down.',
  { notebook },
  async (stage) => {
    const ch = await stage.confirmChannel();
    const q = await durableQueue(stage);
    await put(ch, q, 'short', { expiration: String(DOWN_MS / 2) });
    await put(ch, q, 'long', { expiration: '3600000' });
  },
  async (stage) => assert.deepEqual(bodies(await drain(await stage.channel(), stage.name('q'))), ['long']),
);

survival(
  'durability.ttl.dead-letter',
  'A message that expires while the node is down is dead-lettered when it is up again.',
  { notebook },
  async (stage) => {
    const dead = await durableQueue(stage, {}, 'dead');
    const args = { 'x-message-ttl': DOWN_MS / 2, 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': dead };
    await put(await stage.confirmChannel(), await durableQueue(stage, args), 'm');
  },
  async (stage) => {
    const ch = await stage.channel();
    await stage.eventually(async () => assert.equal((await ch.checkQueue(stage.name('dead'))).messageCount, 1));
    const message = await ch.get(stage.name('dead'), { noAck: true });
    assert.ok(message !== false);
    const [death] = message.properties.headers?.['x-death'] ?? [];
    assert.deepEqual([death?.reason, death?.queue, Number(death?.count)], ['expired', stage.name('q'), 1]);
  },
);

survival(
  'durability.dead-letter.story',
  'A dead letter keeps the story of its deaths over a restart.',
  { notebook },
  async (stage) => {
    const ch = await stage.confirmChannel();
    const dead = await durableQueue(stage, {}, 'dead');
    const q = await durableQueue(stage, { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': dead });
    await put(ch, q, 'm');
    const message = await ch.get(q);
    assert.ok(message !== false);
    ch.nack(message, false, false);
    await stage.eventually(async () => assert.equal((await ch.checkQueue(dead)).messageCount, 1));
    // What is confirmed after it is on disk after it.
    await put(ch, dead, 'behind');
  },
  async (stage) => {
    const message = await (await stage.channel()).get(stage.name('dead'), { noAck: true });
    assert.ok(message !== false);
    const [death] = message.properties.headers?.['x-death'] ?? [];
    assert.deepEqual([message.content.toString(), death?.reason, death?.queue], ['m', 'rejected', stage.name('q')]);
  },
);

survival(
  'durability.confirm.order',
  'Confirmed means kept for each message by itself: of a hundred, those whose confirm came before the kill are there.',
  { notebook, ends: ['kill'] },
  async (stage) => {
    const ch = await stage.confirmChannel();
    const q = await durableQueue(stage);
    const waits = Array.from({ length: 100 }, (_, i) => put(ch, q, `${i}`));
    await waits[49];
  },
  async (stage) => {
    const found = bodies(await drain(await stage.channel(), stage.name('q')));
    assert.ok(found.length >= 50);
    assert.deepEqual(
      found,
      found.map((_, i) => `${i}`),
    );
  },
);
