/** x-max-priority: a queue that hands out by the priority property. */
import { strict as assert } from 'node:assert';
import type { ConfirmChannel, GetMessage } from 'amqplib';
import { claim } from './harness/claim';
import type { ClaimContext } from './harness/context';

async function priorityQueue(
  t: ClaimContext,
  max = 5,
  more: Readonly<Record<string, unknown>> = {},
): Promise<{ ch: ConfirmChannel; queue: string }> {
  const ch = await t.confirmChannel();
  const queue = t.name('q');
  await ch.assertQueue(queue, { exclusive: true, arguments: { 'x-max-priority': max, ...more } });
  return { ch, queue };
}

/** Publishes a message of each of these priorities, with body p<priority>, then a letter if that is there already. */
async function publishAll(
  t: ClaimContext,
  ch: ConfirmChannel,
  queue: string,
  ...priorities: (number | undefined)[]
): Promise<void> {
  const seen = new Map<number | undefined, number>();
  for (const priority of priorities) {
    const before = seen.get(priority) ?? 0;
    seen.set(priority, before + 1);
    const body = `p${priority ?? '-'}${['', 'b', 'c', 'd'][before]}`;
    await t.publish(ch, '', queue, body, priority === undefined ? {} : { priority });
  }
}

claim(
  'priority.order',
  'A queue with x-max-priority hands out the highest priority first, and equal ones in order.',
  { notebook: '05' },
  async (t) => {
    const { ch, queue } = await priorityQueue(t);
    await publishAll(t, ch, queue, 0, 1, 5, 3, 1, 5, 3);
    assert.deepEqual(await t.drain(ch, queue), ['p5', 'p5b', 'p3', 'p3b', 'p1', 'p1b', 'p0']);
  },
);

claim(
  'priority.above',
  'A priority above the maximum counts as the maximum; the property stays what it was.',
  { notebook: '05' },
  async (t) => {
    const { ch, queue } = await priorityQueue(t);
    await publishAll(t, ch, queue, 4, 9, 5, 255, 5);
    const messages = await t.drainMessages(ch, queue);
    assert.deepEqual(
      messages.map(({ content, properties }) => [content.toString(), properties.priority]),
      [
        ['p9', 9],
        ['p5', 5],
        ['p255', 255],
        ['p5b', 5],
        ['p4', 4],
      ],
    );
  },
);

claim('priority.none', 'A message without priority counts as priority 0.', { notebook: '05' }, async (t) => {
  const { ch, queue } = await priorityQueue(t);
  await publishAll(t, ch, queue, undefined, 0, 1, undefined);
  assert.deepEqual(await t.drain(ch, queue), ['p1', 'p-', 'p0', 'p-b']);
});

claim('priority.without-argument', 'A queue without x-max-priority ignores the property.', { notebook: '05' }, async (t) => {
  const ch = await t.confirmChannel();
  await ch.assertQueue(t.name('q'), { exclusive: true });
  await publishAll(t, ch, t.name('q'), 1, 9, 5);
  assert.deepEqual(await t.drain(ch, t.name('q')), ['p1', 'p9', 'p5']);
});

claim('priority.zero', 'x-max-priority 0 is accepted: every message has priority 0.', { notebook: '05' }, async (t) => {
  const { ch, queue } = await priorityQueue(t, 0);
  await publishAll(t, ch, queue, 1, 9, 5);
  assert.deepEqual(await t.drain(ch, queue), ['p1', 'p9', 'p5']);
});

claim('priority.most', 'x-max-priority may be 255.', { notebook: '05' }, async (t) => {
  const { ch, queue } = await priorityQueue(t, 255);
  await publishAll(t, ch, queue, 1, 255, 254, 0);
  assert.deepEqual(await t.drain(ch, queue), ['p255', 'p254', 'p1', 'p0']);
});

claim(
  'priority.requeue',
  'A requeued message returns to its old place among those of its priority.',
  { notebook: '05' },
  async (t) => {
    const { ch, queue } = await priorityQueue(t);
    await publishAll(t, ch, queue, 1, 5, 1, 5);
    const [high, , low] = [await ch.get(queue), await ch.get(queue), await ch.get(queue)] as GetMessage[];
    ch.nack(low ?? assert.fail());
    ch.nack(high ?? assert.fail());
    await publishAll(t, ch, queue, 3);
    assert.deepEqual(await t.drain(ch, queue), ['p5', 'p3', 'p1', 'p1b']);
  },
);

claim(
  'priority.delivered',
  'Priority sorts what waits in the queue: a consumer without a window has everything before it can be sorted.',
  { notebook: '05' },
  async (t) => {
    const { ch, queue } = await priorityQueue(t);
    const greedy = await t.collect(ch, queue, { noAck: true });
    await publishAll(t, ch, queue, 1, 5);
    assert.deepEqual(await greedy.bodies(2), ['p1', 'p5']);
    await ch.cancel(greedy.consumerTag);
    await ch.prefetch(1);
    const careful = await t.collect(ch, queue);
    await publishAll(t, ch, queue, 0, 1, 5);
    for (const body of ['p0', 'p5', 'p1']) {
      const message = await careful.next();
      assert.equal(message.content.toString(), body);
      ch.ack(message);
    }
  },
);

claim(
  'priority.expired-behind',
  'An expired message of low priority stays while one of higher priority stands before it.',
  { notebook: '07' },
  async (t) => {
    const { ch, queue } = await priorityQueue(t);
    await t.publish(ch, '', queue, 'high', { priority: 5 });
    await t.publish(ch, '', queue, 'low', { priority: 1, expiration: '50' });
    await t.advance(150);
    assert.equal(await t.ready(ch, queue), 2);
    ch.ack((await ch.get(queue)) || assert.fail());
    await t.untilReady(ch, queue, 0);
  },
);

claim(
  'priority.count',
  'queue.declare-ok, purge and delete count the messages of all priorities.',
  { notebook: '05' },
  async (t) => {
    const { ch, queue } = await priorityQueue(t);
    await publishAll(t, ch, queue, 0, 5, 3);
    assert.equal(await t.ready(ch, queue), 3);
    assert.equal((await ch.purgeQueue(queue)).messageCount, 3);
    await publishAll(t, ch, queue, 2);
    assert.equal((await ch.deleteQueue(queue)).messageCount, 1);
  },
);
