/** What publishing, consuming and acknowledging refuse. */
import { field, tableOf } from '../../../lib/amqp/field-table';
import type { Properties } from '../../../lib/amqp/properties';
import { scenario } from '../scenario';

scenario('ack-unknown-tag', 'Acknowledging what was not delivered.', async (stage) => {
  const client = await stage.client();
  await client.each('basic.ack', [{ deliveryTag: 99 }, { deliveryTag: 0 }, { deliveryTag: 5, multiple: true }], 1);
  await client.each('basic.nack', [{ deliveryTag: 7 }, { deliveryTag: 7, multiple: true, requeue: true }], 11);
  await client.each('basic.reject', [{ deliveryTag: 7, requeue: true }], 21);
});

scenario('ack-all-of-nothing', 'ack 0 multiple means all that is outstanding, which may be nothing.', async (stage) => {
  const client = await stage.client();
  await client.open();
  client.wire.send('basic.ack', 1, { deliveryTag: 0, multiple: true });
  client.wire.send('basic.nack', 1, { deliveryTag: 0, multiple: true });
  await client.ask('queue.declare', 1, { queue: 'w-ack-0', exclusive: true });
});

scenario('ack-twice', 'The same delivery acknowledged twice.', async (stage) => {
  const client = await stage.client();
  await client.open();
  await client.ask('queue.declare', 1, { queue: 'w-twice', exclusive: true });
  client.publish(1, { routingKey: 'w-twice', body: 'm' });
  await client.ask('basic.get', 1, { queue: 'w-twice' });
  client.wire.send('basic.ack', 1, { deliveryTag: 1 });
  await client.ask('basic.ack', 1, { deliveryTag: 1 });
});

scenario('qos-prefetch-size', 'A prefetch size is not implemented.', async (stage) => {
  const client = await stage.client();
  await client.open();
  await client.ask('basic.qos', 1, { prefetchSize: 1024 });
});

scenario('recover', 'basic.recover with requeue, then without.', async (stage) => {
  const client = await stage.client();
  await client.open();
  await client.ask('basic.recover', 1, { requeue: true });
  client.wire.send('basic.recover-async', 1, { requeue: true });
  await client.ask('basic.recover', 1, { requeue: false });
});

scenario('recover-async-no-requeue', 'basic.recover-async without requeue.', async (stage) => {
  const client = await stage.client();
  await client.open();
  await client.ask('basic.recover-async', 1, { requeue: false });
});

scenario('publish-immediate', 'The immediate flag is not implemented.', async (stage) => {
  const client = await stage.client();
  await client.open();
  client.publish(1, { routingKey: 'nowhere', immediate: true, body: 'm' });
  await client.reply();
});

scenario('publish-mandatory', 'A mandatory message that reaches no queue comes back before its confirm.', async (stage) => {
  const client = await stage.client();
  await client.open();
  await client.ask('confirm.select', 1);
  client.publish(1, {
    exchange: 'amq.direct',
    routingKey: 'w-nowhere',
    mandatory: true,
    body: 'm',
    properties: { messageId: 'm1', timestamp: 5 },
  });
  await client.reply();
  await client.reply();
});

const BAD_PROPERTIES: ReadonlyArray<readonly [string, string, Properties]> = [
  ['user-id', 'A user-id that is not the user of the connection.', { userId: 'bob' }],
  ['expiration-text', 'An expiration that is no number.', { expiration: 'abc' }],
  ['expiration-negative', 'A negative expiration.', { expiration: '-1' }],
  ['expiration-fraction', 'An expiration with a fraction.', { expiration: '1.5' }],
  ['expiration-empty', 'An empty expiration.', { expiration: '' }],
  ['expiration-too-large', 'An expiration of more than 4294967295 ms.', { expiration: '4294967296000' }],
  ['cc', 'A CC header that is no array.', { headers: tableOf({ CC: 'k' }) }],
  ['bcc', 'A BCC header that is no array.', { headers: tableOf({ BCC: 5 }) }],
];

for (const [name, title, properties] of BAD_PROPERTIES) {
  scenario(`publish-${name}`, title, async (stage) => {
    const client = await stage.client();
    await client.open();
    client.publish(1, { routingKey: 'nowhere', body: 'm', properties });
    await client.reply();
  });
}

scenario('publish-cc-members', 'Members of a CC header that are not text are passed over.', async (stage) => {
  const client = await stage.client();
  await client.open();
  await client.ask('queue.declare', 1, { queue: 'w-cc', exclusive: true });
  const CC = field.array([field.int(5), field.text('w-cc')]);
  client.publish(1, { routingKey: 'nowhere', body: 'm', properties: { headers: new Map([['CC', CC]]) } });
  await client.ask('basic.get', 1, { queue: 'w-cc' });
});

scenario('consumer-tag-reused', 'A consumer tag used twice on a channel closes the connection.', async (stage) => {
  const client = await stage.client();
  await client.open();
  await client.ask('queue.declare', 1, { queue: 'w-tag', exclusive: true });
  await client.ask('basic.consume', 1, { queue: 'w-tag', consumerTag: 'x' });
  await client.ask('basic.consume', 1, { queue: 'w-tag', consumerTag: 'x' });
});

scenario('consumer-exclusive', 'An exclusive consumer stays alone.', async (stage) => {
  const client = await stage.client();
  await client.open();
  await client.ask('queue.declare', 1, { queue: 'w-alone', autoDelete: false });
  await client.ask('basic.consume', 1, { queue: 'w-alone', consumerTag: 'x', exclusive: true });
  await client.each('basic.consume', [{ queue: 'w-alone' }, { queue: 'w-alone', exclusive: true }]);
  await client.ask('basic.cancel', 1, { consumerTag: 'x' });
  await client.ask('basic.consume', 1, { queue: 'w-alone', consumerTag: 'y' });
  await client.each('basic.consume', [{ queue: 'w-alone', exclusive: true }], 11);
  await client.ask('queue.delete', 1, { queue: 'w-alone' });
});

scenario('consumer-cancel-unknown', 'Cancelling a consumer that does not exist.', async (stage) => {
  const client = await stage.client();
  await client.open();
  await client.ask('basic.cancel', 1, { consumerTag: 'unknown' });
});

scenario('consumer-server-tag', 'A consumer without a tag gets one.', async (stage) => {
  const client = await stage.client();
  await client.open();
  await client.ask('queue.declare', 1, { queue: 'w-notag', exclusive: true });
  await client.ask('basic.consume', 1, { queue: 'w-notag' });
});

scenario('consumer-priority-invalid', 'A consumer priority that is no integer.', async (stage) => {
  const client = await stage.client();
  await client.open();
  await client.ask('queue.declare', 1, { queue: 'w-prio', exclusive: true });
  await client.ask('basic.consume', 1, { queue: 'w-prio', arguments: tableOf({ 'x-priority': 'high' }) });
});

scenario('reply-to-errors', 'Direct reply-to used the wrong way.', async (stage) => {
  const client = await stage.client();
  const pseudo = 'amq.rabbitmq.reply-to';
  await client.each('basic.consume', [{ queue: pseudo }], 1);
  await client.open(2);
  client.publish(2, { routingKey: 'nowhere', body: 'm', properties: { replyTo: pseudo } });
  await client.reply();
  await client.open(3);
  await client.ask('basic.consume', 3, { queue: pseudo, noAck: true });
  await client.ask('basic.consume', 3, { queue: pseudo, noAck: true });
});

scenario('reply-to', 'A question and its answer by direct reply-to.', async (stage) => {
  const client = await stage.client();
  await client.open();
  await client.ask('queue.declare', 1, { queue: 'w-rpc', exclusive: true });
  await client.ask('basic.consume', 1, { queue: 'amq.rabbitmq.reply-to', noAck: true, consumerTag: 'c' });
  client.publish(1, {
    routingKey: 'w-rpc',
    body: 'question',
    properties: { replyTo: 'amq.rabbitmq.reply-to', correlationId: '1' },
  });
  const question = await client.ask('basic.get', 1, { queue: 'w-rpc', noAck: true });
  await client.open(2);
  client.publish(2, { routingKey: question?.properties.replyTo ?? '', body: 'answer', properties: { correlationId: '1' } });
  await client.reply();
  await client.ask('queue.declare', 2, { queue: question?.properties.replyTo ?? '', passive: true });
  await client.ask('queue.declare', 1, { queue: 'amq.rabbitmq.reply-to' });
});

scenario('dead-letter', 'The headers that a dead-lettered message carries, field by field.', async (stage) => {
  const client = await stage.client();
  await client.open();
  await client.ask('queue.declare', 1, { queue: 'w-dead', exclusive: true });
  const args = tableOf({ 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'w-dead' });
  await client.ask('queue.declare', 1, { queue: 'w-dying', exclusive: true, arguments: args });
  await client.ask('basic.consume', 1, { queue: 'w-dead', noAck: true, consumerTag: 'c' });
  client.publish(1, {
    routingKey: 'w-dying',
    body: 'late',
    properties: { expiration: '0', headers: tableOf({ CC: ['w-cc'], n: 1 }) },
  });
  await client.reply();
  client.publish(1, { routingKey: 'w-dying', body: 'unwanted', properties: { deliveryMode: 2 } });
  await client.ask('basic.get', 1, { queue: 'w-dying' });
  client.wire.send('basic.reject', 1, { deliveryTag: 2 });
  await client.reply();
});

scenario('get', 'basic.get of something and of nothing.', async (stage) => {
  const client = await stage.client();
  await client.open();
  await client.ask('queue.declare', 1, { queue: 'w-get', exclusive: true });
  client.publish(1, {
    routingKey: 'w-get',
    body: 'm',
    properties: { contentType: 'text/plain', deliveryMode: 1, headers: tableOf({ a: 1, b: 'x', c: null, d: [true] }) },
  });
  await client.ask('basic.get', 1, { queue: 'w-get' });
  await client.ask('basic.get', 1, { queue: 'w-get' });
  client.wire.send('basic.nack', 1, { deliveryTag: 1, requeue: true });
  await client.ask('basic.get', 1, { queue: 'w-get', noAck: true });
});
