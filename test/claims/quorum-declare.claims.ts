/** Quorum queues: what is refused, compared, counted when they are declared and deleted. */
import { strict as assert } from 'node:assert';
import type { Options } from 'amqplib';
import { claim } from './harness/claim';
import { filled, ON, QUORUM, quorum } from './quorum-queue';
import type { Arguments } from './routing-probe';

const PROPERTIES: ReadonlyArray<readonly [id: string, what: string, options: Options.AssertQueue, property: string]> = [
  ['transient', 'A transient', { durable: false }, 'non-durable'],
  ['exclusive', 'An exclusive', { exclusive: true }, 'exclusive-owner'],
  ['auto-delete', 'An auto-delete', { autoDelete: true }, 'auto-delete'],
];
for (const [id, what, options, property] of PROPERTIES) {
  claim(`quorum.refused.${id}`, `${what} quorum queue is refused.`, ON, async (t) => {
    const ch = await t.channel();
    const declared = ch.assertQueue(t.name('q'), { durable: true, ...options, arguments: QUORUM });
    await t.refused(declared, 406, `PRECONDITION_FAILED - invalid property '${property}' for queue '{q}' in vhost '{vhost}'`);
  });
}

claim('quorum.refused.server-named', 'The server makes up no names for quorum queues.', ON, async (t) => {
  const ch = await t.channel();
  const text = 'PRECONDITION_FAILED - Cannot declare a server-named queue for type rabbit_quorum_queue';
  await t.refused(ch.assertQueue('', { durable: true, arguments: QUORUM }), 406, text);
});

for (const [key, value] of [
  ['x-max-priority', 5],
  ['x-queue-mode', 'lazy'],
  ['x-queue-version', 2],
  ['x-queue-master-locator', 'min-masters'],
  ['x-max-age', '1D'],
  ['x-stream-max-segment-size-bytes', 100],
  ['x-initial-cluster-size', 1],
] as const) {
  claim(`quorum.refused.${key}`, `A quorum queue with ${key} is refused.`, ON, async (t) => {
    const which = `invalid arg '${key}' for queue '{q}' in vhost '{vhost}' of queue type rabbit_quorum_queue`;
    const text = `PRECONDITION_FAILED - ${which}`;
    await t.refused(quorum(t, await t.channel(), { [key]: value }), 406, text);
  });
}

for (const [key, values] of [
  [
    'x-dead-letter-strategy',
    [
      ['nope', 'invalid_dlx_strategy'],
      [5, '{unacceptable_type,byte}'],
    ],
  ],
  [
    'x-max-in-memory-length',
    [
      [-1, '{value_negative,-1}'],
      ['a', '"expected integer, got longstr"'],
    ],
  ],
  ['x-max-in-memory-bytes', [['a', '"expected integer, got longstr"']]],
  [
    'x-quorum-initial-group-size',
    [
      [0, '{value_zero,0}'],
      [-1, '{value_negative,-1}'],
      ['a', '"expected integer, got longstr"'],
    ],
  ],
  [
    'x-queue-leader-locator',
    [
      ['nope', 'invalid_queue_locator_arg'],
      [5, '{unacceptable_type,byte}'],
    ],
  ],
] as const) {
  claim(`quorum.invalid.${key}`, `Bad values of ${key} are refused, each with its reason.`, ON, async (t) => {
    for (const [value, reason] of values) {
      const text = `PRECONDITION_FAILED - invalid arg '${key}' for queue '{q}' in vhost '{vhost}': ${reason}`;
      await t.refused(quorum(t, await t.channel(), { [key]: value }), 406, text);
    }
  });
}

claim('quorum.accepted', 'Arguments that have no effect on one node, or that nobody knows, are accepted.', ON, async (t) => {
  const ch = await t.channel();
  for (const [i, args] of [
    { 'x-max-in-memory-length': 5, 'x-max-in-memory-bytes': 5 },
    { 'x-quorum-initial-group-size': 3, 'x-queue-leader-locator': 'balanced' },
    { 'x-overflow': 'reject-publish-dlx' },
    { 'x-delivery-limit': 'any text' },
    { 'x-dead-letter-strategy': 'at-least-once' },
    { 'x-unknown': 1 },
  ].entries())
    await quorum(t, ch, args, `q${i}`);
});

claim('quorum.invalid.order', 'Values are checked before arguments of other kinds, those before properties.', ON, async (t) => {
  const declare = async (args: Arguments, options: Options.AssertQueue) =>
    (await t.channel()).assertQueue(t.name('q'), { durable: true, ...options, arguments: { ...QUORUM, ...args } });
  await t.refused(
    declare({ 'x-queue-mode': 'lazy', 'x-expires': 0 }, { exclusive: true }),
    406,
    /'x-expires'.*\{value_zero,0\}$/,
  );
  await t.refused(declare({ 'x-queue-mode': 'lazy', 'x-max-priority': 5 }, { exclusive: true }), 406, /'x-queue-mode'/);
  await t.refused(declare({}, { exclusive: true, autoDelete: true }), 406, /'auto-delete'/);
  await t.refused(declare({}, { exclusive: true, durable: false }), 406, /'exclusive-owner'/);
});

claim(
  'quorum.type.differs',
  'A quorum queue is not declared again without its type, nor a classic one with another.',
  ON,
  async (t) => {
    await quorum(t, await t.channel());
    const again = async (args: Arguments, base = 'q') =>
      (await t.channel()).assertQueue(t.name(base), { durable: true, arguments: args });
    const start = "PRECONDITION_FAILED - inequivalent arg 'x-queue-type' for queue";
    const none = `${start} '{q}' in vhost '{vhost}': received none but current is the value 'quorum' of type 'longstr'`;
    await t.refused(again({}), 406, none);
    const classic = `${start} '{q}' in vhost '{vhost}': received 'classic' but current is 'quorum'`;
    await t.refused(again({ 'x-queue-type': 'classic' }), 406, classic);
    await again({}, 'c');
    const other = `${start} '{c}' in vhost '{vhost}': received the value 'quorum' of type 'longstr' but current is none`;
    await t.refused(again(QUORUM, 'c'), 406, other);
  },
);

claim('quorum.again', 'Declared again, its arguments must be the same, also those that have no effect.', ON, async (t) => {
  await quorum(t, await t.channel());
  await quorum(t, await t.channel());
  for (const key of ['x-delivery-limit', 'x-quorum-initial-group-size', 'x-max-length', 'x-max-in-memory-length']) {
    const difference = "received the value '3' of type 'byte' but current is none";
    const text = `PRECONDITION_FAILED - inequivalent arg '${key}' for queue '{q}' in vhost '{vhost}': ${difference}`;
    await t.refused(quorum(t, await t.channel(), { [key]: 3 }), 406, text);
  }
});

claim('quorum.again.mode', 'x-queue-mode is refused of a new queue only: declared again with it, all is well.', ON, async (t) => {
  await quorum(t, await t.channel());
  await quorum(t, await t.channel(), { 'x-queue-mode': 'lazy' });
});

for (const flag of ['ifUnused', 'ifEmpty'] as const) {
  const word = flag === 'ifUnused' ? 'if-unused' : 'if-empty';
  claim(`quorum.delete.${word}`, `queue.delete with ${word} ends the connection, whatever is in the queue.`, ON, async (t) => {
    const ch = await t.channel();
    await quorum(t, ch);
    const why = `queue.delete operations with ${word} flag set are not supported by quorum queues`;
    const text = `NOT_IMPLEMENTED - cannot delete queue '{q}' in vhost '{vhost}'. ${why}`;
    await t.refused(ch.deleteQueue(t.name('q'), { [flag]: true }), 540, text);
  });
}

claim('quorum.delete.count', 'queue.delete and queue.purge count ready messages, not those that are held.', ON, async (t) => {
  const { ch, q } = await filled(t, 3);
  await ch.get(q);
  assert.deepEqual(await ch.purgeQueue(q), { messageCount: 2 });
  await t.publish(ch, '', q, '4');
  assert.deepEqual(await ch.deleteQueue(q), { messageCount: 1 });
});
