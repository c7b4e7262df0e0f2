/** Time to live: of messages (x-message-ttl, expiration) and of queues (x-expires). */
import { strict as assert } from 'node:assert';
import type { ConfirmChannel } from 'amqplib';
import { claim } from './harness/claim';
import type { ClaimContext } from './harness/context';

/** Declares an exclusive queue with these arguments and gives a channel in confirm mode. */
async function withQueue(
  t: ClaimContext,
  args: Readonly<Record<string, unknown>> = {},
): Promise<{ ch: ConfirmChannel; queue: string }> {
  const ch = await t.confirmChannel();
  const queue = t.name('q');
  await ch.assertQueue(queue, { exclusive: true, arguments: args });
  return { ch, queue };
}

// --- messages ---

claim(
  'ttl.queue',
  'With x-message-ttl a message is gone when it has been in the queue that long, whether anybody asks for it or not.',
  { notebook: '07' },
  async (t) => {
    const { ch, queue } = await withQueue(t, { 'x-message-ttl': 3000 });
    await t.publish(ch, '', queue, 'm');
    await t.advance(100);
    assert.equal(await t.ready(ch, queue), 1);
    await t.advance(3000);
    await t.untilReady(ch, queue, 0);
    assert.equal(await ch.get(queue), false);
  },
);

claim(
  'ttl.queue.each',
  'x-message-ttl does not clear the queue: each message is counted from its own arrival, and the queue stays.',
  { notebook: '07' },
  async (t) => {
    const { ch, queue } = await withQueue(t, { 'x-message-ttl': 4000 });
    await t.publish(ch, '', queue, 'older');
    await t.advance(2500);
    await t.publish(ch, '', queue, 'newer');
    await t.advance(1700);
    await t.untilReady(ch, queue, 1);
    assert.deepEqual(await t.drain(ch, queue), ['newer']);
  },
);

claim(
  'ttl.message',
  'A message with the property expiration is gone after so many milliseconds in the queue.',
  { notebook: '07' },
  async (t) => {
    const { ch, queue } = await withQueue(t);
    await t.publish(ch, '', queue, 'mortal', { expiration: 100 });
    await t.publish(ch, '', queue, 'immortal');
    await t.advance(200);
    await t.untilReady(ch, queue, 1);
    assert.deepEqual(await t.drain(ch, queue), ['immortal']);
  },
);

claim('ttl.lower', 'Of x-message-ttl and expiration the lower holds.', { notebook: '07' }, async (t) => {
  const { ch, queue } = await withQueue(t, { 'x-message-ttl': 10_000 });
  const short = t.name('short');
  await ch.assertQueue(short, { exclusive: true, arguments: { 'x-message-ttl': 100 } });
  for (const name of [queue, short]) {
    await t.publish(ch, '', name, '100', { expiration: 100 });
    await t.publish(ch, '', name, '10000', { expiration: 10_000 });
  }
  await t.advance(250);
  await t.untilReady(ch, queue, 1);
  await t.untilReady(ch, short, 0);
});

claim(
  'ttl.head',
  'Only the head of a queue expires: a message behind one that lives longer stays, and is counted, until it is the head.',
  { notebook: '07' },
  async (t) => {
    const { ch, queue } = await withQueue(t);
    await t.publish(ch, '', queue, 'long', { expiration: 60_000 });
    await t.publish(ch, '', queue, 'short', { expiration: 50 });
    await t.publish(ch, '', queue, 'none');
    await t.advance(200);
    assert.equal(await t.ready(ch, queue), 3);
    assert.equal(((await ch.get(queue)) || assert.fail()).content.toString(), 'long');
    await t.untilReady(ch, queue, 1);
    assert.deepEqual(await t.drain(ch, queue), ['none']);
  },
);

claim(
  'ttl.unacked',
  'An unacknowledged message does not expire; given back too late, it expires at once.',
  { notebook: '07' },
  async (t) => {
    const { ch, queue } = await withQueue(t, { 'x-message-ttl': 2000 });
    await t.publish(ch, '', queue, 'm1');
    await t.publish(ch, '', queue, 'm2');
    const [one, two] = [await ch.get(queue), await ch.get(queue)];
    await t.advance(2200);
    ch.ack(one || assert.fail());
    ch.nack(two || assert.fail());
    await t.untilReady(ch, queue, 0);
    assert.equal(await ch.get(queue), false);
  },
);

claim('ttl.requeued', 'Requeueing does not start the time again.', { notebook: '07' }, async (t) => {
  const { ch, queue } = await withQueue(t, { 'x-message-ttl': 5000 });
  await t.publish(ch, '', queue, 'm');
  await t.advance(2500);
  ch.nack((await ch.get(queue)) || assert.fail());
  await t.untilReady(ch, queue, 1);
  await t.advance(2600);
  await t.untilReady(ch, queue, 0);
});

claim(
  'ttl.requeued-head',
  'A requeued message that is the head again keeps those behind it, although they are due.',
  { notebook: '07' },
  async (t) => {
    const { ch, queue } = await withQueue(t);
    await t.publish(ch, '', queue, 'long');
    await t.publish(ch, '', queue, 'short', { expiration: 3000 });
    const held = await ch.get(queue);
    ch.nack(held || assert.fail());
    await t.advance(3200);
    assert.equal(await t.ready(ch, queue), 2);
  },
);

claim(
  'ttl.zero',
  'With a time of 0 a message that no consumer takes at once is gone; the publisher gets its ack.',
  { notebook: '07' },
  async (t) => {
    const { ch, queue } = await withQueue(t, { 'x-message-ttl': 0 });
    assert.equal(await t.publish(ch, '', queue, 'lost'), 'ack');
    assert.equal(await t.ready(ch, queue), 0);
    const consumer = await t.collect(ch, queue);
    await t.publish(ch, '', queue, 'taken');
    assert.deepEqual(await consumer.bodies(1), ['taken']);
  },
);

claim(
  'ttl.zero.message',
  'So it is with expiration 0: a message that cannot be delivered at once is not delivered.',
  { notebook: '07' },
  async (t) => {
    const { ch, queue } = await withQueue(t);
    await t.publish(ch, '', queue, 'lost', { expiration: 0 });
    assert.equal(await ch.get(queue), false);
    const consumer = await t.collect(ch, queue, { noAck: true });
    await t.publish(ch, '', queue, 'taken', { expiration: 0 });
    assert.deepEqual(await consumer.bodies(1), ['taken']);
  },
);

claim('ttl.zero.requeued', 'A message with a time of 0 that a consumer gives back is gone.', { notebook: '07' }, async (t) => {
  const { ch, queue } = await withQueue(t, { 'x-message-ttl': 0 });
  await ch.prefetch(1);
  const consumer = await t.collect(ch, queue);
  await t.publish(ch, '', queue, 'm');
  ch.nack(await consumer.next());
  await t.quiet(100);
});

claim('ttl.each-queue', 'The time of a message counts in each queue on its own.', { notebook: '07' }, async (t) => {
  const { ch, queue } = await withQueue(t, { 'x-message-ttl': 100 });
  await ch.assertQueue(t.name('other'), { exclusive: true });
  for (const name of [queue, t.name('other')]) await ch.bindQueue(name, 'amq.direct', t.name('k'));
  await t.publish(ch, 'amq.direct', t.name('k'), 'm');
  await t.advance(200);
  await t.untilReady(ch, queue, 0);
  assert.equal(await t.ready(ch, t.name('other')), 1);
});

claim(
  'ttl.full-window',
  'Messages wait for a consumer with a full window no longer than their time.',
  { notebook: '07' },
  async (t) => {
    const { ch, queue } = await withQueue(t, { 'x-message-ttl': 100 });
    await ch.prefetch(1);
    const consumer = await t.collect(ch, queue);
    for (const body of ['m1', 'm2', 'm3']) await t.publish(ch, '', queue, body);
    const first = await consumer.next();
    await t.advance(250);
    ch.ack(first);
    await t.quiet(100);
  },
);

claim('ttl.redeclared', 'The time of a queue cannot be changed by declaring it again: 406.', { notebook: '07' }, async (t) => {
  const { ch, queue } = await withQueue(t, { 'x-message-ttl': 1000 });
  const again = ch.assertQueue(queue, { exclusive: true, arguments: { 'x-message-ttl': 2000 } });
  await t.refused(
    again,
    406,
    /^PRECONDITION_FAILED - inequivalent arg 'x-message-ttl' for queue .*: received '2000' but current is '1000'$/,
  );
});

claim(
  'ttl.longest',
  'x-message-ttl and x-expires may be up to ten years; more closes the channel with 406.',
  { notebook: '07' },
  async (t) => {
    for (const key of ['x-message-ttl', 'x-expires']) {
      const { ch, queue } = await withQueue(t, { [key]: 315_360_000_000 });
      await ch.deleteQueue(queue);
      const declared = ch.assertQueue(queue, { exclusive: true, arguments: { [key]: 315_360_000_001 } });
      await t.refused(
        declared,
        406,
        `PRECONDITION_FAILED - invalid arg '${key}' for queue '{q}' in vhost '{vhost}': {value_too_large,315360000001}`,
      );
    }
  },
);

// --- queues ---

/** Milliseconds without use after which the queues of these claims expire. */
const EXPIRES = 4000;

/** Less than {@link EXPIRES}, and the rest and a little more. Far apart, for a machine under load is late. */
const PART = 2500;
const REST = 1700;

/** Declares a queue that expires. */
async function expiring(t: ClaimContext): Promise<{ ch: ConfirmChannel; queue: string }> {
  const ch = await t.confirmChannel();
  const queue = t.name('q');
  await ch.assertQueue(queue, { expires: EXPIRES });
  return { ch, queue };
}

/** Asserts that the queue is there, without renewing its time as a passive declaration would. */
async function there(ch: ConfirmChannel, queue: string): Promise<void> {
  await ch.bindQueue(queue, 'amq.direct', queue);
}

/** Waits until the queue is gone, and asks in the same way: a queue that was renewed by the question would never go. */
async function gone(t: ClaimContext): Promise<void> {
  const missing = "NOT_FOUND - no queue '{q}' in vhost '{vhost}'";
  await t.untilRefused((ch) => ch.bindQueue(t.name('q'), 'amq.direct', t.name('q')), 404, missing);
}

claim(
  'expires.unused',
  'x-expires deletes a queue that nobody has used for so long, with all it holds.',
  { notebook: '07' },
  async (t) => {
    const { ch, queue } = await expiring(t);
    await t.publish(ch, '', queue, 'm');
    await t.advance(PART);
    await there(ch, queue);
    await t.advance(REST);
    await gone(t);
  },
);

const RENEWALS: ReadonlyArray<readonly [string, string, (ch: ConfirmChannel, queue: string) => Promise<unknown>]> = [
  ['get', 'basic.get renews the time, also if it finds nothing.', (ch, queue) => ch.get(queue)],
  ['declare', 'Declaring the queue again renews the time.', (ch, queue) => ch.assertQueue(queue, { expires: EXPIRES })],
  [
    'passive',
    'A passive declaration renews the time: whoever looks whether the queue is there keeps it there.',
    (ch, queue) => ch.checkQueue(queue),
  ],
];

for (const [id, sentence, use] of RENEWALS) {
  claim(`expires.${id}`, sentence, { notebook: '07' }, async (t) => {
    const { ch, queue } = await expiring(t);
    await t.advance(PART);
    await use(ch, queue);
    await t.advance(PART);
    await there(ch, queue);
    await t.advance(REST);
    await gone(t);
  });
}

claim('expires.not-renewed', 'Publishing, binding, purging and acknowledging do not renew it.', { notebook: '07' }, async (t) => {
  const { ch, queue } = await expiring(t);
  await t.publish(ch, '', queue, 'm');
  const held = await ch.get(queue);
  await t.advance(PART);
  ch.ack(held || assert.fail());
  await t.publish(ch, '', queue, 'm');
  await ch.bindQueue(queue, 'amq.direct', queue);
  await ch.purgeQueue(queue);
  await t.advance(REST);
  await gone(t);
});

claim(
  'expires.consumer',
  'A queue with a consumer does not expire; the time starts when the last one leaves.',
  { notebook: '07' },
  async (t) => {
    const { ch, queue } = await expiring(t);
    const consumer = await t.collect(ch, queue);
    await t.advance(EXPIRES + REST);
    await ch.cancel(consumer.consumerTag);
    await t.advance(PART);
    await there(ch, queue);
    await t.advance(REST);
    await gone(t);
  },
);

claim('expires.unacked', 'Unacknowledged messages do not keep a queue from expiring.', { notebook: '07' }, async (t) => {
  const { ch, queue } = await expiring(t);
  await t.publish(ch, '', queue, 'm');
  const held = await ch.get(queue);
  await t.advance(EXPIRES + REST);
  ch.ack(held || assert.fail());
  await gone(t);
});

claim(
  'expires.not-dead',
  'What an expiring or deleted queue still holds is not dead-lettered; nor is what is purged.',
  { notebook: '07' },
  async (t) => {
    const ch = await t.confirmChannel();
    await ch.assertQueue(t.name('dead'), { exclusive: true });
    const more = { deadLetterExchange: '', deadLetterRoutingKey: t.name('dead') };
    await ch.assertQueue(t.name('q'), { expires: EXPIRES, ...more });
    await ch.assertQueue(t.name('other'), more);
    for (const q of ['q', 'other']) await t.publish(ch, '', t.name(q), 'm');
    await ch.purgeQueue(t.name('other'));
    await t.publish(ch, '', t.name('other'), 'm');
    await ch.deleteQueue(t.name('other'));
    await t.advance(EXPIRES);
    await gone(t);
    assert.deepEqual(await t.drain(ch, t.name('dead')), []);
  },
);
