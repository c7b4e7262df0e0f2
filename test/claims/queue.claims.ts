/** Queues: declaring them, their names, and the queue that an empty name stands for. */
import { strict as assert } from 'node:assert';
import { claim } from './harness/claim';

// --- declaring ---

claim(
  'queue.declare',
  'queue.declare is answered with the name, the number of ready messages and the number of consumers.',
  { notebook: '05' },
  async (t) => {
    const ch = await t.confirmChannel();
    const queue = t.name('q');
    assert.deepEqual(await ch.assertQueue(queue, { exclusive: true }), { queue, messageCount: 0, consumerCount: 0 });
    for (let i = 0; i < 3; i++) await t.publish(ch, '', queue, 'm');
    assert.deepEqual(await ch.assertQueue(queue, { exclusive: true }), { queue, messageCount: 3, consumerCount: 0 });
  },
);

claim(
  'queue.redeclare',
  'Declaring a queue again with the same attributes changes nothing: its messages, consumers and bindings stay.',
  { notebook: '05' },
  async (t) => {
    const ch = await t.confirmChannel();
    const queue = t.name('q');
    await ch.assertQueue(queue, { exclusive: true });
    await ch.bindQueue(queue, 'amq.fanout', '');
    const consumer = await t.collect(ch, queue);
    assert.equal((await ch.assertQueue(queue, { exclusive: true })).consumerCount, 1);
    await t.publish(ch, 'amq.fanout', '', 'm');
    assert.deepEqual(await consumer.bodies(1), ['m']);
  },
);

claim(
  'queue.declare.unacked',
  'The number of messages in declare-ok is that of the ready ones: what is delivered and not acknowledged does not count.',
  { notebook: '05' },
  async (t) => {
    const ch = await t.confirmChannel();
    const queue = t.name('q');
    await ch.assertQueue(queue, { exclusive: true });
    for (let i = 0; i < 3; i++) await t.publish(ch, '', queue, 'm');
    await ch.get(queue);
    assert.equal(await t.ready(ch, queue), 2);
  },
);

claim(
  'queue.passive',
  'A passive declare asks for the queue of this name, and looks at none of its attributes.',
  { notebook: '05' },
  async (t) => {
    await (await t.channel()).assertQueue(t.name('q'), { durable: false });
    const wire = await t.wire();
    await wire.openChannel();
    const all = { passive: true, durable: true, autoDelete: true, exclusive: true };
    const { args } = await wire.call('queue.declare', 1, { queue: t.name('q'), ...all }, 'queue.declare-ok');
    assert.deepEqual(args, { queue: t.name('q'), messageCount: 0, consumerCount: 0 });
  },
);

claim(
  'queue.passive.missing',
  'A passive declare of a queue that does not exist closes the channel with 404, and declares nothing.',
  { notebook: '05' },
  async (t) => {
    const queue = t.name('q');
    for (let i = 0; i < 2; i++)
      await t.refused((await t.channel()).checkQueue(queue), 404, "NOT_FOUND - no queue '{q}' in vhost '{vhost}'");
  },
);

claim(
  'queue.outlives',
  'A queue that is neither exclusive nor auto-delete outlives the connection that declared it, also a transient one.',
  { notebook: '05' },
  async (t) => {
    const connection = await t.connect();
    const ch = await t.confirmChannel(connection);
    for (const durable of [true, false]) {
      await ch.assertQueue(t.name(`durable${durable}`), { durable });
      await t.publish(ch, '', t.name(`durable${durable}`), 'm');
    }
    await connection.close();
    const other = await t.channel();
    for (const durable of [true, false]) assert.deepEqual(await t.drain(other, t.name(`durable${durable}`)), ['m']);
  },
);

// --- names ---

claim(
  'queue.name.server',
  'Without a name the server gives one: amq.gen- and 22 characters, each time another.',
  { notebook: '05' },
  async (t) => {
    const ch = await t.channel();
    const names = new Set<string>();
    for (let i = 0; i < 10; i++) {
      const { queue } = await ch.assertQueue('', { exclusive: true });
      assert.match(queue, /^amq\.gen-[A-Za-z0-9_-]{22}$/);
      names.add(queue);
    }
    assert.equal(names.size, 10);
  },
);

claim(
  'queue.name.server-redeclare',
  'A server-named queue is asked for passively: declaring it again by its name is refused, for the name begins with `amq.`.',
  { notebook: '05' },
  async (t) => {
    const ch = await t.channel();
    const { queue } = await ch.assertQueue('', { exclusive: true });
    await ch.checkQueue(queue);
    await t.refused(
      ch.assertQueue(queue, { exclusive: true }),
      403,
      `ACCESS_REFUSED - queue name '${queue}' contains reserved prefix 'amq.*'`,
    );
    await (await t.channel()).deleteQueue(queue);
  },
);

claim(
  'queue.name.reserved',
  'Clients cannot declare queues whose names begin with `amq.`; `amq` and `AMQ.q` are ordinary names.',
  { notebook: '05' },
  async (t) => {
    await t.refused(
      (await t.channel()).assertQueue('amq.mine'),
      403,
      "ACCESS_REFUSED - queue name 'amq.mine' contains reserved prefix 'amq.*'",
    );
    await t.refused(
      (await t.channel()).assertQueue('a\nmq.mine'),
      403,
      "ACCESS_REFUSED - queue name 'amq.mine' contains reserved prefix 'amq.*'",
    );
    const ch = await t.channel();
    for (const name of ['amq', `AMQ.${t.name('q')}`]) await ch.assertQueue(name, { exclusive: true });
  },
);

claim(
  'queue.name.octets',
  'A name has up to 255 octets of UTF-8; names are compared octet by octet, so that letters that look alike can be two names.',
  { notebook: '05' },
  async (t) => {
    const ch = await t.channel();
    const own = t.name('q');
    const names = [
      '队列/📬 %2f "\'<&',
      `${own}\t`,
      `${own} `,
      own.toUpperCase(),
      `${own}caf\u00e9`,
      `${own}cafe\u0301`,
      '队'.repeat(85),
    ];
    for (const queue of names) assert.equal((await ch.assertQueue(queue, { exclusive: true })).queue, queue);
    for (const queue of names) assert.deepEqual(await ch.deleteQueue(queue), { messageCount: 0 });
    assert.equal(Buffer.byteLength('队'.repeat(85)), 255);
  },
);

claim(
  'queue.name.line-breaks',
  'Line breaks are taken out of a queue name when it is declared, bound or deleted, not in get, consume and purge.',
  { notebook: '05' },
  async (t) => {
    const ch = await t.channel();
    const broken = `\n${t.name('q')}\r\n`;
    assert.equal((await ch.assertQueue(broken, { durable: false })).queue, t.name('q'));
    await ch.checkQueue(broken);
    await ch.bindQueue(broken, 'amq.direct', t.name('k'));
    await ch.unbindQueue(broken, 'amq.direct', t.name('k'));
    const missing = `NOT_FOUND - no queue '${broken}' in vhost '{vhost}'`;
    await t.refused((await t.channel()).get(broken), 404, missing);
    await t.refused(
      (await t.channel()).consume(broken, () => {}),
      404,
      missing,
    );
    await t.refused((await t.channel()).purgeQueue(broken), 404, missing);
    await ch.deleteQueue(broken);
    await t.refused(ch.checkQueue(t.name('q')), 404, "NOT_FOUND - no queue '{q}' in vhost '{vhost}'");
  },
);

claim(
  'queue.name.only-line-breaks',
  'A name of nothing but line breaks is no name: the server gives one.',
  { notebook: '05' },
  async (t) => {
    const ch = await t.channel();
    assert.match((await ch.assertQueue('\r\n', { exclusive: true })).queue, /^amq\.gen-/);
  },
);

// --- the queue declared last ---

claim(
  'queue.last',
  'An empty queue name stands for the queue declared last on the channel: to consume, get, purge, bind, unbind and delete.',
  { notebook: '05' },
  async (t) => {
    const ch = await t.confirmChannel();
    const { queue } = await ch.assertQueue('', { exclusive: true });
    await ch.bindQueue('', 'amq.direct', queue);
    for (const body of ['one', 'two', 'three']) await t.publish(ch, 'amq.direct', queue, body);
    const got = await ch.get('', { noAck: true });
    assert.equal(got !== false && got.content.toString(), 'one');
    const consumer = await t.collect(ch, '', { noAck: true });
    assert.deepEqual(await consumer.bodies(2), ['two', 'three']);
    await ch.cancel(consumer.consumerTag);
    await t.publish(ch, 'amq.direct', queue, 'four');
    assert.deepEqual(await ch.purgeQueue(''), { messageCount: 1 });
    await ch.unbindQueue('', 'amq.direct', queue);
    await ch.deleteQueue('');
    await t.refused(ch.checkQueue(queue), 404, `NOT_FOUND - no queue '${queue}' in vhost '{vhost}'`);
  },
);

claim(
  'queue.last.passive',
  'A passive declare makes a queue the last one too, but an empty name in it stands for no queue.',
  { notebook: '05' },
  async (t) => {
    const [ch, other] = [await t.channel(), await t.confirmChannel()];
    const queue = t.name('q');
    await other.assertQueue(queue, { exclusive: true });
    await t.publish(other, '', queue, 'm');
    await ch.checkQueue(queue);
    const got = await ch.get('', { noAck: true });
    assert.equal(got !== false && got.content.toString(), 'm');
    await t.refused(ch.checkQueue(''), 404, "NOT_FOUND - no queue '' in vhost '{vhost}'");
  },
);

claim(
  'queue.last.per-channel',
  'Each channel has its own last queue; without one an empty name closes the channel with 404.',
  { notebook: '05' },
  async (t) => {
    await (await t.channel()).assertQueue(t.name('q'), { exclusive: true });
    const none = 'NOT_FOUND - no previously declared queue';
    await t.refused((await t.channel()).get(''), 404, none);
    await t.refused(
      (await t.channel()).consume('', () => {}),
      404,
      none,
    );
    await t.refused((await t.channel()).purgeQueue(''), 404, none);
    await t.refused((await t.channel()).deleteQueue(''), 404, none);
    await t.refused((await t.channel()).bindQueue('', 'amq.direct', 'k'), 404, none);
    await t.refused((await t.channel()).unbindQueue('', 'amq.direct', 'k'), 404, none);
  },
);

claim(
  'queue.last.deleted',
  'A last queue that is deleted stays the last one: an empty name then names a queue that does not exist.',
  { notebook: '05' },
  async (t) => {
    const ch = await t.channel();
    await ch.assertQueue(t.name('q'), { exclusive: true });
    await ch.deleteQueue(t.name('q'));
    await t.refused(ch.get(''), 404, "NOT_FOUND - no queue '{q}' in vhost '{vhost}'");
  },
);
