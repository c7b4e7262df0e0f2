/** What queue methods refuse. */
import { field, tableOf } from '../../../lib/amqp/field-table';
import { scenario } from '../scenario';

scenario('queue-inequivalent', 'A queue declared again with other properties or arguments.', async (stage) => {
  const client = await stage.client();
  await client.open();
  const same = { queue: 'w-eq', arguments: tableOf({ 'x-message-ttl': 1000 }) };
  await client.ask('queue.declare', 1, same);
  await client.each('queue.declare', [
    same,
    { ...same, durable: true },
    { ...same, autoDelete: true },
    { ...same, exclusive: true },
    { queue: 'w-eq' },
    { queue: 'w-eq', arguments: tableOf({ 'x-message-ttl': 2000 }) },
    { queue: 'w-eq', arguments: tableOf({ 'x-message-ttl': '1000' }) },
    { queue: 'w-eq', arguments: new Map([['x-message-ttl', field.long(1000)]]) },
    { queue: 'w-eq', arguments: tableOf({ 'x-message-ttl': 1000, 'x-max-length': 3 }) },
    { queue: 'w-eq', arguments: tableOf({ 'x-message-ttl': 1000, 'x-foo': 3 }) },
  ]);
  await client.ask('queue.delete', 1, { queue: 'w-eq' });
});

const ARGUMENTS: ReadonlyArray<readonly [string, unknown, unknown]> = [
  ['x-expires', 60_000, 1],
  ['x-max-length', 5, 6],
  ['x-max-length-bytes', 500, 6],
  ['x-overflow', 'reject-publish', 'drop-head'],
  ['x-dead-letter-exchange', 'dlx', 'other'],
  ['x-max-priority', 5, 6],
  ['x-queue-mode', 'lazy', 'default'],
  ['x-single-active-consumer', true, false],
  ['x-queue-master-locator', 'min-masters', 'client-local'],
  ['x-queue-version', 2, 1],
];

scenario(
  'queue-inequivalent-arguments',
  'Every argument that must be the same when a queue is declared again.',
  async (stage) => {
    const client = await stage.client();
    await client.open();
    for (const [i, [argument, value, other]] of ARGUMENTS.entries()) {
      const queue = `w-eq-${argument}`;
      await client.ask('queue.declare', 1, { queue, arguments: tableOf({ [argument]: value }) });
      await client.each('queue.declare', [{ queue }, { queue, arguments: tableOf({ [argument]: other }) }], 2 + 2 * i);
      await client.ask('queue.delete', 1, { queue });
    }
  },
);

const INVALID: ReadonlyArray<readonly [string, unknown]> = [
  ['x-message-ttl', -1],
  ['x-message-ttl', 'abc'],
  ['x-message-ttl', 1.5],
  ['x-message-ttl', 4_294_967_296_000],
  ['x-expires', 0],
  ['x-expires', -5],
  ['x-expires', 'a'],
  ['x-max-length', -1],
  ['x-max-length', 'a'],
  ['x-max-length-bytes', -1],
  ['x-max-priority', 256],
  ['x-max-priority', -1],
  ['x-max-priority', '5'],
  ['x-overflow', 'nope'],
  ['x-overflow', 5],
  ['x-dead-letter-exchange', 5],
  ['x-dead-letter-routing-key', 'k'],
  ['x-dead-letter-routing-key', 5],
  ['x-queue-type', 'nope'],
  ['x-queue-mode', 'nope'],
  ['x-single-active-consumer', 'yes'],
  ['x-queue-version', 3],
  ['x-delivery-limit', 3],
];

scenario('queue-invalid-arguments', 'Arguments with values that make no sense.', async (stage) => {
  const client = await stage.client();
  await client.each(
    'queue.declare',
    INVALID.map(([argument, value]) => ({ queue: `w-inv-${argument}`, arguments: tableOf({ [argument]: value }) })),
  );
});

scenario('queue-exclusive', 'A queue that is exclusive to another connection.', async (stage) => {
  const owner = await stage.client();
  await owner.open();
  await owner.ask('queue.declare', 1, { queue: 'w-excl', exclusive: true });
  const other = await stage.client();
  await other.each('queue.declare', [
    { queue: 'w-excl', exclusive: true },
    { queue: 'w-excl' },
    { queue: 'w-excl', passive: true },
  ]);
  await other.each('basic.consume', [{ queue: 'w-excl' }], 11);
  await other.each('basic.get', [{ queue: 'w-excl' }], 12);
  await other.each('queue.purge', [{ queue: 'w-excl' }], 13);
  await other.each('queue.delete', [{ queue: 'w-excl' }], 14);
  await other.each('queue.bind', [{ queue: 'w-excl', exchange: 'amq.direct', routingKey: 'k' }], 15);
  await other.each('queue.unbind', [{ queue: 'w-excl', exchange: 'amq.direct', routingKey: 'k' }], 16);
});

scenario('queue-exclusive-wanted', 'An existing queue declared as exclusive.', async (stage) => {
  const client = await stage.client();
  await client.open();
  await client.ask('queue.declare', 1, { queue: 'w-shared', autoDelete: true });
  await client.each('queue.declare', [{ queue: 'w-shared', autoDelete: true, exclusive: true }]);
  await client.ask('queue.delete', 1, { queue: 'w-shared' });
});

scenario('queue-reserved-name', "Names that begin with amq. are the server's own.", async (stage) => {
  const client = await stage.client();
  await client.each('queue.declare', [
    { queue: 'amq.w' },
    { queue: 'AMQ.w', exclusive: true },
    { queue: 'amq.w', passive: true },
  ]);
});

scenario(
  'queue-server-named',
  'A queue without a name gets one, and stands for the last queue of its channel.',
  async (stage) => {
    const client = await stage.client();
    await client.open();
    await client.ask('queue.declare', 1, { exclusive: true });
    await client.ask('queue.bind', 1, { exchange: 'amq.direct', routingKey: 'w-k' });
    await client.ask('queue.purge', 1);
    await client.ask('basic.get', 1);
    await client.ask('queue.delete', 1);
  },
);

scenario('queue-missing', 'Methods on a queue that does not exist.', async (stage) => {
  const client = await stage.client();
  await client.each('queue.declare', [{ queue: 'noq', passive: true }], 1);
  await client.each('queue.purge', [{ queue: 'noq' }], 2);
  await client.each('queue.delete', [{ queue: 'noq' }], 3);
  await client.each('basic.get', [{ queue: 'noq' }], 4);
  await client.each('basic.consume', [{ queue: 'noq' }], 5);
  await client.each('queue.bind', [{ queue: 'noq', exchange: 'amq.direct' }], 6);
  await client.each('queue.unbind', [{ queue: 'noq', exchange: 'amq.direct' }], 7);
});

scenario('queue-no-last', 'No queue named, and none declared on the channel before.', async (stage) => {
  const client = await stage.client();
  await client.each('basic.consume', [{}], 1);
  await client.each('basic.get', [{}], 2);
  await client.each('queue.bind', [{ exchange: 'amq.direct' }], 3);
  await client.each('queue.purge', [{}], 4);
  await client.each('queue.delete', [{}], 5);
  await client.each('queue.declare', [{ passive: true }], 6);
});

scenario('queue-delete-conditions', 'if-unused and if-empty.', async (stage) => {
  const client = await stage.client();
  await client.open();
  await client.ask('queue.declare', 1, { queue: 'w-cond' });
  client.publish(1, { routingKey: 'w-cond', body: 'm' });
  await client.each('queue.delete', [{ queue: 'w-cond', ifEmpty: true }]);
  await client.ask('queue.purge', 1, { queue: 'w-cond' });
  await client.ask('basic.consume', 1, { queue: 'w-cond', consumerTag: 'c' });
  await client.each('queue.delete', [{ queue: 'w-cond', ifUnused: true }], 3);
  await client.ask('queue.delete', 1, { queue: 'w-cond', ifEmpty: true });
});

scenario('queue-deleted-under-consumer', 'basic.cancel when the queue of a consumer goes.', async (stage) => {
  const client = await stage.client();
  await client.open();
  await client.ask('queue.declare', 1, { queue: 'w-gone' });
  await client.ask('basic.consume', 1, { queue: 'w-gone', consumerTag: 'c' });
  const other = await stage.client();
  await other.open();
  await other.ask('queue.delete', 1, { queue: 'w-gone' });
  await client.reply();
});

scenario('queue-nowait', 'Methods with nowait are not answered, but their errors are.', async (stage) => {
  const client = await stage.client();
  await client.open();
  client.wire.send('queue.declare', 1, { queue: 'w-nowait', exclusive: true, nowait: true });
  client.wire.send('queue.bind', 1, { queue: 'w-nowait', exchange: 'amq.direct', routingKey: 'w', nowait: true });
  client.wire.send('queue.purge', 1, { queue: 'w-nowait', nowait: true });
  client.wire.send('queue.delete', 1, { queue: 'w-nowait', nowait: true });
  await client.ask('queue.declare', 1, { queue: 'w-nowait', passive: true, nowait: true });
});

scenario('headers-binding-invalid', 'Bindings to a headers exchange with a wrong x-match.', async (stage) => {
  const client = await stage.client();
  await client.open();
  await client.ask('queue.declare', 1, { queue: 'w-match', exclusive: true });
  const binding = { queue: 'w-match', exchange: 'amq.headers' };
  await client.each('queue.bind', [
    { ...binding, arguments: tableOf({ 'x-match': 'nope' }) },
    { ...binding, arguments: tableOf({ 'x-match': 5 }) },
    { ...binding, arguments: tableOf({}) },
  ]);
});
