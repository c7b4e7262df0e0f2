/** x-max-length, x-max-length-bytes and x-overflow: what a full queue does. */
import { strict as assert } from 'node:assert';
import type { ConfirmChannel } from 'amqplib';
import { claim } from './harness/claim';
import type { ClaimContext } from './harness/context';

/** Declares an exclusive queue with these arguments and gives a channel in confirm mode. */
async function limited(t: ClaimContext, args: Readonly<Record<string, unknown>>): Promise<{ ch: ConfirmChannel; queue: string }> {
  const ch = await t.confirmChannel();
  const queue = t.name('q');
  await ch.assertQueue(queue, { exclusive: true, arguments: args });
  return { ch, queue };
}

/** Publishes these bodies one after the other and gives what the broker answered to each. */
async function publishAll(t: ClaimContext, ch: ConfirmChannel, queue: string, ...bodies: string[]): Promise<string> {
  const answers: string[] = [];
  for (const body of bodies) answers.push(await t.publish(ch, '', queue, body));
  return answers.join(' ');
}

// --- drop-head, the default ---

claim(
  'limit.length',
  'With x-max-length the oldest ready messages are dropped; the publisher gets its acks.',
  { notebook: '05' },
  async (t) => {
    const { ch, queue } = await limited(t, { 'x-max-length': 2 });
    assert.equal(await publishAll(t, ch, queue, 'm1', 'm2', 'm3', 'm4'), 'ack ack ack ack');
    assert.deepEqual(await t.drain(ch, queue), ['m3', 'm4']);
  },
);

claim(
  'limit.length.ready',
  'The limit counts ready messages only: unacknowledged ones take no room.',
  { notebook: '05' },
  async (t) => {
    const { ch, queue } = await limited(t, { 'x-max-length': 2 });
    await publishAll(t, ch, queue, 'm1', 'm2');
    await ch.get(queue);
    await ch.get(queue);
    await publishAll(t, ch, queue, 'm3', 'm4', 'm5');
    assert.deepEqual(await t.drain(ch, queue), ['m4', 'm5']);
  },
);

claim(
  'limit.length.requeue',
  'A requeued message that makes the queue too long is dropped itself if it is the oldest.',
  { notebook: '05' },
  async (t) => {
    const { ch, queue } = await limited(t, { 'x-max-length': 2 });
    await publishAll(t, ch, queue, 'm1');
    const held = await ch.get(queue);
    await publishAll(t, ch, queue, 'm2', 'm3');
    ch.nack(held || assert.fail());
    assert.deepEqual(await t.drain(ch, queue), ['m2', 'm3']);
  },
);

claim(
  'limit.length.zero',
  'With x-max-length 0 a message gets through only if a consumer takes it at once; the publisher gets an ack either way.',
  { notebook: '05' },
  async (t) => {
    const { ch, queue } = await limited(t, { 'x-max-length': 0 });
    assert.equal(await publishAll(t, ch, queue, 'lost'), 'ack');
    const consumer = await t.collect(ch, queue);
    assert.equal(await publishAll(t, ch, queue, 'taken'), 'ack');
    assert.deepEqual(await consumer.bodies(1), ['taken']);
  },
);

claim(
  'limit.bytes',
  'x-max-length-bytes counts the octets of ready bodies and drops the oldest messages beyond it.',
  { notebook: '05' },
  async (t) => {
    const { ch, queue } = await limited(t, { 'x-max-length-bytes': 10 });
    await publishAll(t, ch, queue, 'aaaa', 'bbbb', 'cc');
    assert.equal(await t.ready(ch, queue), 3);
    await publishAll(t, ch, queue, 'd');
    assert.deepEqual(await t.drain(ch, queue), ['bbbb', 'cc', 'd']);
  },
);

claim('limit.bytes.body-only', 'Properties and headers do not count.', { notebook: '05' }, async (t) => {
  const { ch, queue } = await limited(t, { 'x-max-length-bytes': 4 });
  for (const body of ['aa', 'bb'])
    await t.publish(ch, '', queue, body, { headers: { big: 'x'.repeat(500) }, messageId: 'm'.repeat(100) });
  assert.deepEqual(await t.drain(ch, queue), ['aa', 'bb']);
});

claim(
  'limit.bytes.too-large',
  'A message larger than x-max-length-bytes pushes out everything, and then itself.',
  { notebook: '05' },
  async (t) => {
    const { ch, queue } = await limited(t, { 'x-max-length-bytes': 10 });
    assert.equal(await publishAll(t, ch, queue, 'aa', 'bb', 'c'.repeat(11)), 'ack ack ack');
    assert.deepEqual(await t.drain(ch, queue), []);
  },
);

claim('limit.both', 'With both limits whichever is reached first holds.', { notebook: '05' }, async (t) => {
  const { ch, queue } = await limited(t, { 'x-max-length': 3, 'x-max-length-bytes': 10 });
  await publishAll(t, ch, queue, 'a', 'b', 'c', 'd');
  assert.equal(await t.ready(ch, queue), 3);
  await publishAll(t, ch, queue, 'e'.repeat(9));
  assert.deepEqual(await t.drain(ch, queue), ['d', 'e'.repeat(9)]);
});

claim(
  'limit.priority',
  'In a priority queue the head is the highest priority: that is what is dropped first.',
  { notebook: '05' },
  async (t) => {
    const { ch, queue } = await limited(t, { 'x-max-length': 2, 'x-max-priority': 5 });
    for (const [body, priority] of [
      ['low', 1],
      ['high', 5],
      ['lower', 0],
    ] as const)
      await t.publish(ch, '', queue, body, { priority });
    assert.deepEqual(await t.drain(ch, queue), ['low', 'lower']);
  },
);

// --- reject-publish ---

claim(
  'limit.reject',
  'With x-overflow reject-publish a full queue refuses the newest: the publisher gets a nack.',
  { notebook: '06' },
  async (t) => {
    const { ch, queue } = await limited(t, { 'x-max-length': 2, 'x-overflow': 'reject-publish' });
    assert.equal(await publishAll(t, ch, queue, 'm1', 'm2', 'm3', 'm4'), 'ack ack nack nack');
    assert.deepEqual(await t.drain(ch, queue), ['m1', 'm2']);
    assert.equal(await publishAll(t, ch, queue, 'm5'), 'ack');
  },
);

claim(
  'limit.reject.bytes',
  'reject-publish with x-max-length-bytes refuses what would go beyond; a smaller message may still fit.',
  { notebook: '06' },
  async (t) => {
    const { ch, queue } = await limited(t, { 'x-max-length-bytes': 10, 'x-overflow': 'reject-publish' });
    assert.equal(await publishAll(t, ch, queue, 'aaaaaa', 'bbbbbb', 'cccc', 'd', ''), 'ack nack ack nack ack');
  },
);

claim('limit.reject.no-confirms', 'Without confirms a refused message is lost without a word.', { notebook: '06' }, async (t) => {
  const { ch, queue } = await limited(t, { 'x-max-length': 1, 'x-overflow': 'reject-publish' });
  const plain = await t.channel();
  for (const body of ['m1', 'm2']) plain.sendToQueue(queue, Buffer.from(body));
  await plain.checkQueue(queue);
  assert.deepEqual(await t.drain(ch, queue), ['m1']);
});

claim(
  'limit.reject.consumer',
  'A queue with x-max-length 0 and reject-publish refuses everything, although a consumer waits.',
  { notebook: '06' },
  async (t) => {
    const { ch, queue } = await limited(t, { 'x-max-length': 0, 'x-overflow': 'reject-publish' });
    await t.collect(ch, queue);
    assert.equal(await publishAll(t, ch, queue, 'm'), 'nack');
    await t.quiet();
  },
);

claim(
  'limit.reject.requeue',
  'With reject-publish nothing is ever dropped: requeued messages may make the queue longer than its limit.',
  { notebook: '06' },
  async (t) => {
    const { ch, queue } = await limited(t, { 'x-max-length': 2, 'x-overflow': 'reject-publish' });
    await publishAll(t, ch, queue, 'm1', 'm2');
    await ch.get(queue);
    await ch.get(queue);
    await publishAll(t, ch, queue, 'm3', 'm4');
    ch.nackAll(true);
    assert.deepEqual(await t.drain(ch, queue), ['m1', 'm2', 'm3', 'm4']);
  },
);

claim(
  'limit.reject.one-of-two',
  'A message for two queues gets a nack if one of them refuses it; the other has it all the same.',
  { notebook: '06' },
  async (t) => {
    const { ch, queue } = await limited(t, { 'x-max-length': 0, 'x-overflow': 'reject-publish' });
    await ch.assertQueue(t.name('open'), { exclusive: true });
    for (const name of [queue, t.name('open')]) await ch.bindQueue(name, 'amq.direct', t.name('k'));
    assert.equal(await t.publish(ch, 'amq.direct', t.name('k'), 'm'), 'nack');
    assert.deepEqual(await t.drain(ch, t.name('open')), ['m']);
  },
);

claim(
  'limit.reject.not-returned',
  'A mandatory message that is refused is not returned: it was routed.',
  { notebook: '06' },
  async (t) => {
    const { ch, queue } = await limited(t, { 'x-max-length': 0, 'x-overflow': 'reject-publish' });
    t.returns(ch);
    assert.equal(await t.publish(ch, '', queue, 'm', { mandatory: true }), 'nack');
    await t.quiet();
  },
);

claim(
  'limit.reject.not-dead',
  'reject-publish does not dead-letter what it refuses; reject-publish-dlx does, and refuses all the same.',
  { notebook: '07' },
  async (t) => {
    const { ch, queue } = await limited(t, {});
    for (const [name, overflow] of [
      ['plain', 'reject-publish'],
      ['dead', 'reject-publish-dlx'],
    ] as const) {
      const args = {
        'x-max-length': 1,
        'x-overflow': overflow,
        'x-dead-letter-exchange': '',
        'x-dead-letter-routing-key': queue,
      };
      await ch.assertQueue(t.name(name), { exclusive: true, arguments: args });
      assert.equal(await publishAll(t, ch, t.name(name), `${name}1`, `${name}2`), 'ack nack');
    }
    await t.untilReady(ch, queue, 1);
    assert.deepEqual(await t.drain(ch, queue), ['dead2']);
  },
);

claim(
  'limit.reject.dead-letter',
  'A dead letter that a full reject-publish queue refuses is lost.',
  { notebook: '07' },
  async (t) => {
    const { ch, queue } = await limited(t, { 'x-max-length': 1, 'x-overflow': 'reject-publish' });
    await publishAll(t, ch, queue, 'there');
    const args = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': queue };
    await ch.assertQueue(t.name('source'), { exclusive: true, arguments: args });
    await publishAll(t, ch, t.name('source'), 'm');
    ch.nack((await ch.get(t.name('source'))) || assert.fail(), false, false);
    await ch.checkQueue(queue);
    await t.quiet();
    assert.deepEqual(await t.drain(ch, queue), ['there']);
  },
);
