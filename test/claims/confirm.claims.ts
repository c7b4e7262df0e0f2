/** Publishing reliably: what a confirm says, what comes back as basic.return, and in which order. */
import { strict as assert } from 'node:assert';
import { field, type Field } from '../../lib/amqp/field-table';
import type { MethodName } from '../../lib/amqp/methods';
import { claim } from './harness/claim';
import type { ClaimContext } from './harness/context';
import { type Setting, setting } from './setting';

/** Channel 1 in confirm mode, and a queue. */
async function confirming(t: ClaimContext, args: Readonly<Record<string, Field>> = {}): Promise<Setting> {
  const s = await setting(t, { args });
  await s.wire.call('confirm.select', 1, {}, 'confirm.select-ok');
  return s;
}

/** Takes confirms until every number up to `count` has its answer, and gives the answers in order: `ack nack ...`. */
async function answers({ wire }: Setting, count: number, channel = 1): Promise<string> {
  const given = new Map<number, string>();
  while (given.size < count) {
    const { name, args } = (await wire.next(channel)) ?? assert.fail('confirms are missing');
    assert.ok(name === 'basic.ack' || name === 'basic.nack', `no confirm: ${name}`);
    const { deliveryTag, multiple } = args as { deliveryTag: number; multiple: boolean };
    const settled = Array.from({ length: multiple ? deliveryTag : 1 }, (_, i) => deliveryTag - i).filter(
      (seq) => !given.has(seq),
    );
    assert.ok(settled.length > 0, `number ${deliveryTag} is confirmed twice`);
    for (const seq of settled) given.set(seq, name.slice(6));
  }
  return [...given]
    .sort(([a], [b]) => a - b)
    .map(([, answer]) => answer)
    .join(' ');
}

// --- confirms ---

claim(
  'confirm.single',
  'A confirm that is the only one outstanding is not multiple, and names the publish by its number.',
  { notebook: '06' },
  async (t) => {
    const { wire, queue } = await confirming(t);
    for (const deliveryTag of [1, 2, 3]) {
      wire.publish(1, { routingKey: queue, body: 'm' });
      assert.deepEqual((await wire.expect('basic.ack', 1)).args, { deliveryTag, multiple: false });
    }
  },
);

claim(
  'confirm.nack',
  'A nack is multiple wherever all below is settled, and has the bit requeue set, which means nothing here.',
  { notebook: '06' },
  async (t) => {
    const { wire, queue } = await confirming(t, { 'x-max-length': field.int(0), 'x-overflow': field.text('reject-publish') });
    for (const deliveryTag of [1, 2]) {
      wire.publish(1, { routingKey: queue, body: 'm' });
      assert.deepEqual((await wire.expect('basic.nack', 1)).args, { deliveryTag, multiple: true, requeue: true });
    }
  },
);

claim(
  'confirm.mixed',
  'Acks and nacks of one burst never cover each other: every number has one answer, the right one.',
  { notebook: '06' },
  async (t) => {
    const s = await confirming(t, { 'x-max-length': field.int(3), 'x-overflow': field.text('reject-publish') });
    for (let i = 1; i <= 8; i++) s.wire.publish(1, { routingKey: i % 2 === 0 ? t.name('nowhere') : s.queue, body: 'm' });
    assert.equal(await answers(s, 8), 'ack ack ack ack ack ack nack ack');
  },
);

claim(
  'confirm.taken',
  'An ack says that the broker has the message, not that a consumer has: it comes without any consumer.',
  { notebook: '06' },
  async (t) => {
    const { wire, queue } = await confirming(t);
    wire.publish(1, { routingKey: queue, body: 'm' });
    await wire.expect('basic.ack', 1);
    assert.equal((await wire.call('basic.get', 1, { queue }, 'basic.get-ok')).body.toString(), 'm');
  },
);

claim(
  'confirm.unacknowledged',
  'A confirm does not wait for the acknowledgement of the consumer that has the message.',
  { notebook: '06' },
  async (t) => {
    const { wire, queue } = await confirming(t);
    await wire.openChannel(2);
    await wire.call('basic.consume', 2, { queue }, 'basic.consume-ok');
    wire.publish(1, { routingKey: queue, properties: { deliveryMode: 2 }, body: 'm' });
    await wire.expect('basic.deliver', 2);
    await wire.expect('basic.ack', 1);
  },
);

claim(
  'confirm.persistent',
  'Persistent messages to durable queues are confirmed like any other, if later.',
  { notebook: '06' },
  async (t) => {
    const s = await confirming(t);
    await s.wire.call('queue.declare', 1, { queue: t.name('d'), durable: true }, 'queue.declare-ok');
    for (let i = 0; i < 10; i++) s.wire.publish(1, { routingKey: t.name('d'), properties: { deliveryMode: 2 }, body: 'm' });
    assert.equal(await answers(s, 10), Array.from({ length: 10 }, () => 'ack').join(' '));
    await s.wire.call('queue.delete', 1, { queue: t.name('d') }, 'queue.delete-ok');
  },
);

claim(
  'confirm.many-queues',
  'A message that goes to many queues is confirmed once, when all have it.',
  { notebook: '06' },
  async (t) => {
    const { wire } = await confirming(t);
    for (let i = 0; i < 20; i++) {
      await wire.call('queue.declare', 1, { queue: t.name(`q${i}`), exclusive: true }, 'queue.declare-ok');
      await wire.call(
        'queue.bind',
        1,
        { queue: t.name(`q${i}`), exchange: 'amq.direct', routingKey: t.name('k') },
        'queue.bind-ok',
      );
    }
    wire.publish(1, { exchange: 'amq.direct', routingKey: t.name('k'), body: 'm' });
    assert.deepEqual((await wire.expect('basic.ack', 1)).args, { deliveryTag: 1, multiple: false });
    for (let i = 0; i < 20; i++) await wire.call('basic.get', 1, { queue: t.name(`q${i}`) }, 'basic.get-ok');
    await t.quiet();
  },
);

claim(
  'confirm.lost',
  'A message that is dropped, expired or dead-lettered at once is confirmed with an ack: the broker did what it was told.',
  { notebook: '06' },
  async (t) => {
    const { wire } = await confirming(t);
    const fates: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
      dropped: { 'x-max-length': field.int(0) },
      expired: { 'x-message-ttl': field.int(0) },
      dead: { 'x-message-ttl': field.int(0), 'x-dead-letter-exchange': field.text(t.name('missing')) },
    };
    for (const [name, args] of Object.entries(fates)) {
      await wire.call(
        'queue.declare',
        1,
        { queue: t.name(name), exclusive: true, arguments: new Map(Object.entries(args)) },
        'queue.declare-ok',
      );
      wire.publish(1, { routingKey: t.name(name), body: 'm' });
      await wire.expect('basic.ack', 1);
    }
  },
);

claim(
  'confirm.per-channel',
  'Each channel in confirm mode counts its own publishes; one that is not gets no confirms.',
  { notebook: '06' },
  async (t) => {
    const { wire, queue } = await confirming(t);
    await wire.openChannel(2);
    await wire.call('confirm.select', 2, {}, 'confirm.select-ok');
    await wire.openChannel(3);
    for (const channel of [1, 1, 2, 3]) wire.publish(channel, { routingKey: queue, body: 'm' });
    assert.equal(await answers({ wire, queue }, 2, 1), 'ack ack');
    assert.equal(await answers({ wire, queue }, 1, 2), 'ack');
    await wire.call('basic.qos', 3, {}, 'basic.qos-ok');
    await t.quiet();
  },
);

claim(
  'confirm.mandatory-before',
  'Messages published before confirm.select are not counted, mandatory ones neither.',
  { notebook: '06' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    wire.publish(1, { exchange: 'amq.direct', routingKey: t.name('nowhere'), mandatory: true, body: 'm' });
    await wire.expect('basic.return', 1);
    await wire.call('confirm.select', 1, {}, 'confirm.select-ok');
    wire.publish(1, { exchange: 'amq.direct', routingKey: t.name('nowhere'), body: 'm' });
    assert.equal((await wire.expect('basic.ack', 1)).args.deliveryTag, 1);
  },
);

claim(
  'confirm.before-close',
  'What was published before channel.close is in its queue, confirmed or not.',
  { notebook: '06' },
  async (t) => {
    const { wire, queue } = await confirming(t);
    await wire.openChannel(2);
    for (let i = 0; i < 3; i++) wire.publish(2, { routingKey: queue, body: 'm' });
    await wire.call('channel.close', 2, { replyCode: 200 }, 'channel.close-ok');
    assert.equal((await wire.call('basic.get', 1, { queue }, 'basic.get-ok')).args.messageCount, 2);
  },
);

claim(
  'confirm.after-error',
  'After a publish that closes the channel, those behind it are ignored: neither taken nor confirmed.',
  { notebook: '06' },
  async (t) => {
    const { wire, queue } = await confirming(t);
    wire.publish(1, { exchange: t.name('none'), body: 'refused' });
    wire.publish(1, { routingKey: queue, body: 'ignored' });
    let name: MethodName | undefined;
    do name = (await wire.next(1))?.name;
    while (name === 'basic.ack');
    assert.equal(name, 'channel.close');
    wire.send('channel.close-ok', 1);
    await wire.openChannel();
    await wire.call('basic.get', 1, { queue }, 'basic.get-empty');
  },
);

// --- returns ---

claim(
  'confirm.return.each',
  'Of several mandatory messages without a queue each is returned before it is confirmed, in order.',
  { notebook: '06' },
  async (t) => {
    const { wire } = await confirming(t);
    for (let i = 1; i <= 4; i++)
      wire.publish(1, { exchange: 'amq.direct', routingKey: t.name('nowhere'), mandatory: true, body: `m${i}` });
    let returned = 0;
    let confirmed = 0;
    while (confirmed < 4) {
      const { name, args, body } = (await wire.next(1)) ?? assert.fail();
      if (name === 'basic.return') assert.equal(body.toString(), `m${++returned}`);
      else confirmed = (args as { deliveryTag: number }).deliveryTag;
      assert.ok(confirmed <= returned, `number ${confirmed} was confirmed before it was returned`);
    }
  },
);

claim(
  'confirm.return.content',
  'A returned message comes back whole: properties, headers, body, exchange and routing key.',
  { notebook: '06' },
  async (t) => {
    const { wire } = await confirming(t);
    const properties = { messageId: 'id', deliveryMode: 2, headers: new Map([['k', field.text('v')]]), expiration: '1000' };
    const body = Buffer.alloc(300_000, 7);
    wire.publish(1, { exchange: 'amq.topic', routingKey: t.name('nowhere'), mandatory: true, properties, body });
    const returned = await wire.expect('basic.return', 1);
    assert.deepEqual(returned.args, {
      replyCode: 312,
      replyText: 'NO_ROUTE',
      exchange: 'amq.topic',
      routingKey: t.name('nowhere'),
    });
    assert.deepEqual(returned.properties, properties);
    assert.ok(returned.body.equals(body));
  },
);

claim('confirm.return.without-confirms', 'Mandatory works without confirm mode.', { notebook: '06' }, async (t) => {
  const ch = await t.channel();
  const returns = t.returns(ch);
  ch.publish('amq.direct', t.name('nowhere'), Buffer.from('m'), { mandatory: true });
  const { content, fields } = await returns.next();
  assert.deepEqual([content.toString(), (fields as unknown as { replyCode: number }).replyCode], ['m', 312]);
});

claim(
  'confirm.return.routed',
  'A mandatory message that reaches one queue at least is not returned, whatever becomes of it there.',
  { notebook: '06' },
  async (t) => {
    const { wire, queue } = await confirming(t, { 'x-message-ttl': field.int(0) });
    wire.publish(1, { routingKey: queue, mandatory: true, body: 'm' });
    await wire.expect('basic.ack', 1);
    await t.quiet();
  },
);

claim('confirm.return.cc', 'A mandatory message whose CC key reaches a queue is not returned.', { notebook: '06' }, async (t) => {
  const { wire, queue } = await confirming(t);
  const headers = new Map([['CC', field.array([field.text(queue)])]]);
  wire.publish(1, { routingKey: t.name('nowhere'), mandatory: true, properties: { headers }, body: 'm' });
  await wire.expect('basic.ack', 1);
  await t.quiet();
});

claim('confirm.return.bcc', 'A BCC header is taken out of a returned message too.', { notebook: '06' }, async (t) => {
  const { wire } = await confirming(t);
  const headers = new Map([
    ['a', field.text('1')],
    ['BCC', field.array([field.text(t.name('nowhere2'))])],
  ]);
  wire.publish(1, { routingKey: t.name('nowhere'), mandatory: true, properties: { headers }, body: 'm' });
  assert.deepEqual((await wire.expect('basic.return', 1)).properties.headers, new Map([['a', field.text('1')]]));
});

claim(
  'confirm.return.deleted',
  'When a queue is deleted, mandatory messages to it are returned from then on.',
  { notebook: '06' },
  async (t) => {
    const { wire, queue } = await confirming(t);
    wire.publish(1, { routingKey: queue, mandatory: true, body: 'm1' });
    await wire.expect('basic.ack', 1);
    await wire.call('queue.delete', 1, { queue }, 'queue.delete-ok');
    wire.publish(1, { routingKey: queue, mandatory: true, body: 'm2' });
    assert.equal((await wire.expect('basic.return', 1)).body.toString(), 'm2');
    await wire.expect('basic.ack', 1);
  },
);
