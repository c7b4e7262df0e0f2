/** How queues end, who may use them meanwhile, and how they are emptied: exclusive, auto-delete, delete, purge. */
import { strict as assert } from 'node:assert';
import type { Channel } from 'amqplib';
import { claim } from './harness/claim';

const MISSING = "NOT_FOUND - no queue '{q}' in vhost '{vhost}'";

const LOCKED =
  "RESOURCE_LOCKED - cannot obtain exclusive access to locked queue '{q}' in vhost '{vhost}'. " +
  'It could be originally declared on another connection ' +
  'or the exclusive property value does not match that of the original declaration.';

// --- exclusive ---

const REFUSED_TO_OTHERS: Readonly<Record<string, (ch: Channel, queue: string) => Promise<unknown>>> = {
  declare: (ch, queue) => ch.assertQueue(queue, { durable: false }),
  'declare-exclusive': (ch, queue) => ch.assertQueue(queue, { exclusive: true }),
  passive: (ch, queue) => ch.checkQueue(queue),
  consume: (ch, queue) => ch.consume(queue, () => {}),
  get: (ch, queue) => ch.get(queue),
  purge: (ch, queue) => ch.purgeQueue(queue),
  delete: (ch, queue) => ch.deleteQueue(queue),
  bind: (ch, queue) => ch.bindQueue(queue, 'amq.direct', queue),
};

for (const [what, action] of Object.entries(REFUSED_TO_OTHERS)) {
  claim(
    `queue.exclusive.others.${what}`,
    `Another connection's exclusive queue refuses ${what.replace('-', ' as ')} with 405.`,
    { notebook: '05' },
    async (t) => {
      await (await t.channel()).assertQueue(t.name('q'), { exclusive: true });
      const other = await t.channel(await t.connect());
      await t.refused(action(other, t.name('q')), 405, LOCKED);
    },
  );
}

claim(
  'queue.exclusive.publish',
  'Anybody may publish to an exclusive queue: exclusive is only who may read, bind and delete it.',
  { notebook: '05' },
  async (t) => {
    const ch = await t.channel();
    await ch.assertQueue(t.name('q'), { exclusive: true });
    const other = await t.confirmChannel(await t.connect());
    await t.publish(other, '', t.name('q'), 'from outside');
    assert.deepEqual(await t.drain(ch, t.name('q')), ['from outside']);
  },
);

claim(
  'queue.exclusive.owner',
  'The connection that owns an exclusive queue may use it on all its channels, and declare it again.',
  { notebook: '05' },
  async (t) => {
    const [one, two] = [await t.channel(), await t.confirmChannel()];
    await one.assertQueue(t.name('q'), { exclusive: true });
    await two.assertQueue(t.name('q'), { exclusive: true });
    await t.publish(two, '', t.name('q'), 'm');
    assert.deepEqual(await t.drain(two, t.name('q')), ['m']);
    await one.close();
    await two.deleteQueue(t.name('q'));
  },
);

claim(
  'queue.exclusive.connection',
  'An exclusive queue goes with its connection, not with the channel that declared it, and goes even if it is durable.',
  { notebook: '05' },
  async (t) => {
    const connection = await t.connect();
    const ch = await t.channel(connection);
    await ch.assertQueue(t.name('q'), { exclusive: true, durable: true });
    await ch.close();
    await (await t.channel(connection)).checkQueue(t.name('q'));
    await connection.close();
    await t.untilRefused((other) => other.checkQueue(t.name('q')), 404, MISSING);
  },
);

claim(
  'queue.exclusive.durable',
  'For an exclusive queue durable means nothing: declared again with the other value it is the same.',
  { notebook: '05' },
  async (t) => {
    const ch = await t.channel();
    for (const durable of [true, false, true]) await ch.assertQueue(t.name('q'), { exclusive: true, durable });
  },
);

claim(
  'queue.exclusive.not-before',
  'A queue declared without exclusive cannot be declared as exclusive later (405), nor the other way round, by nobody.',
  { notebook: '05' },
  async (t) => {
    const ch = await t.channel();
    await ch.assertQueue(t.name('q'), { durable: false });
    await t.refused((await t.channel()).assertQueue(t.name('q'), { durable: false, exclusive: true }), 405, LOCKED);
    await ch.deleteQueue(t.name('q'));
    await ch.assertQueue(t.name('q'), { exclusive: true });
    await t.refused((await t.channel()).assertQueue(t.name('q'), { durable: false }), 405, LOCKED);
  },
);

claim('queue.exclusive.name-free', 'When the owner is gone anybody may declare the name anew.', { notebook: '05' }, async (t) => {
  const connection = await t.connect();
  await (await t.channel(connection)).assertQueue(t.name('q'), { exclusive: true });
  await connection.close();
  await t.untilRefused((ch) => ch.checkQueue(t.name('q')), 404, MISSING);
  await (await t.channel()).assertQueue(t.name('q'), { durable: true });
});

// --- auto-delete ---

claim(
  'queue.auto-delete',
  'An auto-delete queue goes when its last consumer is cancelled, and its messages with it.',
  { notebook: '05' },
  async (t) => {
    const [ch, other] = [await t.confirmChannel(), await t.channel()];
    await ch.assertQueue(t.name('q'), { autoDelete: true });
    const [one, two] = [await t.collect(ch, t.name('q')), await t.collect(ch, t.name('q'))];
    await ch.cancel(one.consumerTag);
    await t.publish(ch, '', t.name('q'), 'not acknowledged');
    await two.take(1);
    assert.equal((await other.checkQueue(t.name('q'))).consumerCount, 1);
    await ch.cancel(two.consumerTag);
    await t.untilRefused((asking) => asking.checkQueue(t.name('q')), 404, MISSING);
  },
);

claim(
  'queue.auto-delete.never-consumed',
  'An auto-delete queue that never had a consumer stays; basic.get does not make one.',
  { notebook: '05' },
  async (t) => {
    const connection = await t.connect();
    const ch = await t.channel(connection);
    await ch.assertQueue(t.name('q'), { autoDelete: true });
    await ch.get(t.name('q'));
    await connection.close();
    await (await t.channel()).checkQueue(t.name('q'));
  },
);

claim(
  'queue.auto-delete.channel',
  'A channel or connection that ends takes its consumers along, and so the auto-delete queues that had no others.',
  { notebook: '05' },
  async (t) => {
    const connection = await t.connect();
    const [one, two, watcher] = [await t.channel(connection), await t.channel(connection), await t.channel()];
    await one.assertQueue(t.name('q'), { autoDelete: true });
    await one.consume(t.name('q'), () => {});
    await two.consume(t.name('q'), () => {});
    await one.close();
    await t.eventually(async () => assert.equal((await watcher.checkQueue(t.name('q'))).consumerCount, 1));
    await connection.close();
    await t.untilRefused((ch) => ch.checkQueue(t.name('q')), 404, MISSING);
  },
);

claim(
  'queue.auto-delete.others',
  'Auto-delete does not say who may use a queue: any connection may consume, and the last one to stop deletes it.',
  { notebook: '05' },
  async (t) => {
    const [mine, theirs] = [await t.channel(), await t.channel(await t.connect())];
    await mine.assertQueue(t.name('q'), { autoDelete: true });
    const consumer = await t.collect(theirs, t.name('q'));
    await theirs.cancel(consumer.consumerTag);
    await t.untilRefused((ch) => ch.checkQueue(t.name('q')), 404, MISSING);
  },
);

// --- delete ---

claim(
  'queue.delete',
  'queue.delete is answered with the number of ready messages that went with the queue.',
  { notebook: '05' },
  async (t) => {
    const ch = await t.confirmChannel();
    await ch.assertQueue(t.name('q'), { durable: false });
    for (let i = 0; i < 3; i++) await t.publish(ch, '', t.name('q'), 'm');
    await ch.get(t.name('q'));
    assert.deepEqual(await ch.deleteQueue(t.name('q')), { messageCount: 2 });
    await t.refused(ch.checkQueue(t.name('q')), 404, MISSING);
  },
);

claim(
  'queue.delete.missing',
  'Deleting a queue that does not exist is no error: delete-ok counts 0 messages.',
  { notebook: '05' },
  async (t) => {
    const ch = await t.channel();
    assert.deepEqual(await ch.deleteQueue(t.name('q')), { messageCount: 0 });
    assert.deepEqual(await ch.deleteQueue(t.name('q'), { ifUnused: true, ifEmpty: true }), { messageCount: 0 });
    assert.deepEqual(await ch.deleteQueue('amq.none'), { messageCount: 0 });
  },
);

claim(
  'queue.delete.if-unused',
  'if-unused refuses to delete a queue that has consumers (406).',
  { notebook: '05' },
  async (t) => {
    const ch = await t.channel();
    await ch.assertQueue(t.name('q'), { durable: false });
    const consumer = await t.collect(ch, t.name('q'));
    await t.refused(
      (await t.channel()).deleteQueue(t.name('q'), { ifUnused: true }),
      406,
      "PRECONDITION_FAILED - queue '{q}' in vhost '{vhost}' in use",
    );
    await ch.cancel(consumer.consumerTag);
    await ch.deleteQueue(t.name('q'), { ifUnused: true });
    await t.refused(ch.checkQueue(t.name('q')), 404, MISSING);
  },
);

claim(
  'queue.delete.if-empty',
  'if-empty refuses to delete a queue that has ready messages (406); delivered ones that wait for their ack do not keep it.',
  { notebook: '05' },
  async (t) => {
    const ch = await t.confirmChannel();
    await ch.assertQueue(t.name('q'), { durable: false });
    await t.publish(ch, '', t.name('q'), 'm');
    await t.refused(
      (await t.channel()).deleteQueue(t.name('q'), { ifEmpty: true }),
      406,
      "PRECONDITION_FAILED - queue '{q}' in vhost '{vhost}' not empty",
    );
    await ch.get(t.name('q'));
    assert.deepEqual(await ch.deleteQueue(t.name('q'), { ifEmpty: true }), { messageCount: 0 });
  },
);

claim(
  'queue.delete.both',
  'With if-unused and if-empty a queue must be both; of the two the messages are told first.',
  { notebook: '05' },
  async (t) => {
    const ch = await t.confirmChannel();
    await ch.assertQueue(t.name('q'), { durable: false });
    await ch.prefetch(1);
    const consumer = await t.collect(ch, t.name('q'));
    for (const body of ['m1', 'm2']) await t.publish(ch, '', t.name('q'), body);
    await consumer.take(1);
    const remove = async (): Promise<unknown> => (await t.channel()).deleteQueue(t.name('q'), { ifUnused: true, ifEmpty: true });
    await t.refused(remove(), 406, "PRECONDITION_FAILED - queue '{q}' in vhost '{vhost}' not empty");
    await ch.purgeQueue(t.name('q'));
    await t.refused(remove(), 406, "PRECONDITION_FAILED - queue '{q}' in vhost '{vhost}' in use");
  },
);

claim(
  'queue.delete.published',
  'A message for a deleted queue is like one for a queue that never was: returned if mandatory, else lost, and confirmed.',
  { notebook: '05' },
  async (t) => {
    const ch = await t.confirmChannel();
    await ch.assertQueue(t.name('q'), { durable: false });
    await ch.deleteQueue(t.name('q'));
    const returns = t.returns(ch);
    assert.equal(await t.publish(ch, '', t.name('q'), 'lost'), 'ack');
    assert.equal(await t.publish(ch, '', t.name('q'), 'returned', { mandatory: true }), 'ack');
    assert.deepEqual(await returns.bodies(1), ['returned']);
    await t.quiet();
  },
);

claim(
  'queue.delete.redeclare',
  'A queue that is deleted and declared again is empty, and may have other attributes.',
  { notebook: '05' },
  async (t) => {
    const ch = await t.confirmChannel();
    await ch.assertQueue(t.name('q'), { durable: false, maxLength: 5 });
    await t.publish(ch, '', t.name('q'), 'm');
    await ch.deleteQueue(t.name('q'));
    assert.deepEqual(await ch.assertQueue(t.name('q'), { exclusive: true }), {
      queue: t.name('q'),
      messageCount: 0,
      consumerCount: 0,
    });
  },
);

// --- purge ---

claim(
  'queue.purge',
  'queue.purge throws away the ready messages, tells how many, and leaves what is delivered and not acknowledged.',
  { notebook: '05' },
  async (t) => {
    const ch = await t.confirmChannel();
    await ch.assertQueue(t.name('q'), { exclusive: true });
    for (const body of ['m1', 'm2', 'm3']) await t.publish(ch, '', t.name('q'), body);
    const got = await ch.get(t.name('q'));
    assert.deepEqual(await ch.purgeQueue(t.name('q')), { messageCount: 2 });
    assert.deepEqual(await ch.purgeQueue(t.name('q')), { messageCount: 0 });
    assert.ok(got !== false);
    ch.nack(got);
    await t.untilReady(ch, t.name('q'), 1);
    assert.deepEqual(await t.drain(ch, t.name('q')), ['m1']);
  },
);

claim(
  'queue.purge.missing',
  'Purging a queue that does not exist closes the channel with 404.',
  { notebook: '05' },
  async (t) => {
    const queue = t.name('q');
    await t.refused((await t.channel()).purgeQueue(queue), 404, MISSING);
  },
);
