/** Direct reply-to: an answer to a request without a queue for it. */
import { strict as assert } from 'node:assert';
import { field } from '../../lib/amqp/field-table';
import { claim } from './harness/claim';
import type { ClaimContext } from './harness/context';
import type { WireClient } from './harness/wire-client';

const REPLY_TO = 'amq.rabbitmq.reply-to';
const ADDRESS = /^amq\.rabbitmq\.reply-to\.[A-Za-z0-9+/=]+\.[A-Za-z0-9+/=]+$/;

interface Setting {
  /** Asks on channel 1, where it consumes replies under the tag `r`. */
  readonly client: WireClient;
  /** Answers on channel 1. */
  readonly server: WireClient;
  readonly queue: string;
}

async function asking(t: ClaimContext): Promise<Setting> {
  const [client, server] = [await t.wire(), await t.wire()];
  for (const wire of [client, server]) await wire.openChannel();
  const queue = t.name('rpc');
  await server.call('queue.declare', 1, { queue, exclusive: true }, 'queue.declare-ok');
  await client.call('basic.consume', 1, { queue: REPLY_TO, consumerTag: 'r', noAck: true }, 'basic.consume-ok');
  return { client, server, queue };
}

/** Sends a question and gives the address that the server sees. */
async function ask({ client, server, queue }: Setting, body = 'question'): Promise<string> {
  client.publish(1, { routingKey: queue, properties: { replyTo: REPLY_TO, correlationId: 'c1' }, body });
  await client.call('basic.qos', 1, {}, 'basic.qos-ok');
  return (await server.call('basic.get', 1, { queue, noAck: true }, 'basic.get-ok')).properties.replyTo ?? '';
}

claim(
  'reply.address',
  'A request with reply-to amq.rabbitmq.reply-to arrives with an address of its channel in its place.',
  { notebook: '07' },
  async (t) => {
    const s = await asking(t);
    const [one, two] = [await ask(s), await ask(s)];
    assert.match(one, ADDRESS);
    assert.equal(two, one);
  },
);

claim(
  'reply.delivered',
  'What is published to that address over the default exchange reaches the requester, without any queue.',
  { notebook: '07' },
  async (t) => {
    const s = await asking(t);
    const address = await ask(s);
    s.server.publish(1, { routingKey: address, properties: { correlationId: 'c1', deliveryMode: 2 }, body: 'answer' });
    const { args, properties, body } = await s.client.expect('basic.deliver', 1);
    assert.deepEqual(args, { consumerTag: 'r', deliveryTag: 1, redelivered: false, exchange: '', routingKey: address });
    assert.deepEqual([body.toString(), properties], ['answer', { correlationId: 'c1', deliveryMode: 2 }]);
  },
);

claim(
  'reply.tags',
  'Replies do not use up delivery tags: each has the tag that the next ordinary delivery of the channel will have.',
  { notebook: '07' },
  async (t) => {
    const s = await asking(t);
    const address = await ask(s);
    for (let i = 0; i < 2; i++) {
      s.server.publish(1, { routingKey: address, body: 'answer' });
      assert.equal((await s.client.expect('basic.deliver', 1)).args.deliveryTag, 1);
    }
    s.client.publish(1, { routingKey: s.queue, body: 'm' });
    await s.client.call('basic.qos', 1, {}, 'basic.qos-ok');
    await s.client.openChannel(2);
    await s.client.call('queue.declare', 1, { queue: t.name('own'), exclusive: true }, 'queue.declare-ok');
    s.client.publish(1, { routingKey: t.name('own'), body: 'm' });
    assert.equal((await s.client.call('basic.get', 1, { queue: t.name('own') }, 'basic.get-ok')).args.deliveryTag, 1);
    s.server.publish(1, { routingKey: address, body: 'answer' });
    assert.equal((await s.client.expect('basic.deliver', 1)).args.deliveryTag, 2);
  },
);

claim(
  'reply.mandatory',
  'A reply counts as not routed: a mandatory one is delivered, and returned to the server as well.',
  { notebook: '07' },
  async (t) => {
    const s = await asking(t);
    const address = await ask(s);
    s.server.publish(1, { routingKey: address, mandatory: true, body: 'answer' });
    assert.equal((await s.client.expect('basic.deliver', 1)).body.toString(), 'answer');
    assert.equal((await s.server.expect('basic.return', 1)).args.replyCode, 312);
  },
);

claim('reply.confirmed', 'A reply is confirmed, whether the requester is there or not.', { notebook: '07' }, async (t) => {
  const s = await asking(t);
  const address = await ask(s);
  await s.server.call('confirm.select', 1, {}, 'confirm.select-ok');
  s.server.publish(1, { routingKey: address, body: 'answer' });
  await s.server.expect('basic.ack', 1);
  await s.client.expect('basic.deliver', 1);
  await s.client.call('channel.close', 1, { replyCode: 200 }, 'channel.close-ok');
  s.server.publish(1, { routingKey: address, body: 'late' });
  await s.server.expect('basic.ack', 1);
});

claim(
  'reply.gone',
  'When the requester has gone its address leads nowhere: the reply is lost, a mandatory one comes back (312).',
  { notebook: '07' },
  async (t) => {
    const s = await asking(t);
    const address = await ask(s);
    await s.client.call('channel.close', 1, { replyCode: 200 }, 'channel.close-ok');
    s.server.publish(1, { routingKey: address, body: 'lost' });
    s.server.publish(1, { routingKey: address, mandatory: true, body: 'late' });
    const { args, body } = await s.server.expect('basic.return', 1);
    assert.deepEqual([args.replyCode, args.replyText, args.routingKey, body.toString()], [312, 'NO_ROUTE', address, 'late']);
  },
);

claim(
  'reply.cancelled',
  'After basic.cancel of its tag replies are not delivered; consuming again on the channel gives another address.',
  { notebook: '07' },
  async (t) => {
    const s = await asking(t);
    const address = await ask(s);
    await s.client.call('basic.cancel', 1, { consumerTag: 'r' }, 'basic.cancel-ok');
    s.server.publish(1, { routingKey: address, body: 'late' });
    await s.server.call('basic.qos', 1, {}, 'basic.qos-ok');
    await t.quiet(100);
    await s.client.call('basic.consume', 1, { queue: REPLY_TO, consumerTag: 'r', noAck: true }, 'basic.consume-ok');
    assert.notEqual(await ask(s), address);
  },
);

claim(
  'reply.looked-up',
  'A server can ask whether the requester is there: the address is declared like a queue with one consumer, or missing (404).',
  { notebook: '07' },
  async (t) => {
    const s = await asking(t);
    const address = await ask(s);
    for (const passive of [true, false]) {
      const declared = await s.server.call('queue.declare', 1, { queue: address, passive }, 'queue.declare-ok');
      assert.deepEqual(declared.args, { queue: address, messageCount: 0, consumerCount: 1 });
    }
    await s.client.call('channel.close', 1, { replyCode: 200 }, 'channel.close-ok');
    s.server.send('queue.declare', 1, { queue: address, passive: true });
    await s.server.expectChannelClose(1, 404, `NOT_FOUND - no queue '${address}' in vhost '${t.vhost}'`, 'queue.declare');
  },
);

claim(
  'reply.name',
  'The name amq.rabbitmq.reply-to itself can always be declared, and stands for nothing else.',
  { notebook: '07' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    const declared = await wire.call('queue.declare', 1, { queue: REPLY_TO }, 'queue.declare-ok');
    assert.deepEqual(declared.args, { queue: REPLY_TO, messageCount: 0, consumerCount: 1 });
    wire.send('basic.get', 1, { queue: REPLY_TO });
    await wire.expectChannelClose(1, 404, `NOT_FOUND - no queue '${REPLY_TO}' in vhost '${t.vhost}'`, 'basic.get');
  },
);

claim(
  'reply.with-ack',
  'Replies cannot be acknowledged: consuming them without no-ack closes the channel with 406.',
  { notebook: '07' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    wire.send('basic.consume', 1, { queue: REPLY_TO });
    await wire.expectChannelClose(1, 406, 'PRECONDITION_FAILED - reply consumer cannot acknowledge', 'basic.consume');
  },
);

claim('reply.twice', 'A channel has one consumer of replies: a second one closes it with 406.', { notebook: '07' }, async (t) => {
  const { client } = await asking(t);
  client.send('basic.consume', 1, { queue: REPLY_TO, noAck: true });
  await client.expectChannelClose(1, 406, 'PRECONDITION_FAILED - reply consumer already set', 'basic.consume');
});

claim(
  'reply.before-consuming',
  'A request with that reply-to on a channel that does not consume replies closes it with 406.',
  { notebook: '07' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    wire.publish(1, { routingKey: t.name('rpc'), properties: { replyTo: REPLY_TO }, body: 'm' });
    await wire.expectChannelClose(1, 406, 'PRECONDITION_FAILED - fast reply consumer does not exist', 'basic.publish');
  },
);

claim('reply.per-channel', 'Each channel has an address of its own, and gets its own replies.', { notebook: '07' }, async (t) => {
  const s = await asking(t);
  await s.client.openChannel(2);
  await s.client.call('basic.consume', 2, { queue: REPLY_TO, noAck: true }, 'basic.consume-ok');
  const one = await ask(s);
  s.client.publish(2, { routingKey: s.queue, properties: { replyTo: REPLY_TO }, body: 'm' });
  await s.client.call('basic.qos', 2, {}, 'basic.qos-ok');
  const two = (await s.server.call('basic.get', 1, { queue: s.queue, noAck: true }, 'basic.get-ok')).properties.replyTo ?? '';
  assert.notEqual(one, two);
  s.server.publish(1, { routingKey: two, body: 'for 2' });
  assert.equal((await s.client.expect('basic.deliver', 2)).body.toString(), 'for 2');
  await t.quiet();
});

claim('reply.default-exchange-only', 'Only the default exchange knows reply addresses.', { notebook: '07' }, async (t) => {
  const s = await asking(t);
  const address = await ask(s);
  s.server.publish(1, { exchange: 'amq.direct', routingKey: address, mandatory: true, body: 'm' });
  await s.server.expect('basic.return', 1);
  await t.quiet();
});

claim('reply.cc', 'A reply address may stand in CC, beside an ordinary queue.', { notebook: '07' }, async (t) => {
  const s = await asking(t);
  const address = await ask(s);
  const headers = new Map([['CC', field.array([field.text(address)])]]);
  s.server.publish(1, { routingKey: s.queue, properties: { headers }, body: 'both' });
  const { args, body } = await s.client.expect('basic.deliver', 1);
  assert.deepEqual([args.routingKey, body.toString()], [s.queue, 'both']);
  await s.server.call('basic.get', 1, { queue: s.queue }, 'basic.get-ok');
});

claim('reply.large', 'A reply may have many frames.', { notebook: '07' }, async (t) => {
  const s = await asking(t);
  const body = Buffer.alloc(400_000, 5);
  s.server.publish(1, { routingKey: await ask(s), body });
  assert.ok((await s.client.expect('basic.deliver', 1)).body.equals(body));
});

claim(
  'reply.transaction',
  'In a transaction a reply is delivered at once, when it is published; rolling back comes too late.',
  { notebook: '07' },
  async (t) => {
    const s = await asking(t);
    const address = await ask(s);
    await s.server.call('tx.select', 1, {}, 'tx.select-ok');
    s.server.publish(1, { routingKey: address, body: 'answer' });
    assert.equal((await s.client.expect('basic.deliver', 1)).body.toString(), 'answer');
    await s.server.call('tx.rollback', 1, {}, 'tx.rollback-ok');
  },
);

claim(
  'reply.tag-in-use',
  'The tag of the reply consumer is not among the other tags of its channel: a queue consumer may have the same.',
  { notebook: '07' },
  async (t) => {
    const s = await asking(t);
    await s.client.call('queue.declare', 1, { queue: t.name('own'), exclusive: true }, 'queue.declare-ok');
    await s.client.call('basic.consume', 1, { queue: t.name('own'), consumerTag: 'r' }, 'basic.consume-ok');
  },
);
