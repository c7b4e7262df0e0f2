import { strict as assert } from 'node:assert';
import { bodies, drain, durableQueue, exists, put, survival } from './survival';

const notebook = '05';

survival(
  'durability.queue.durable',
  'A durable queue outlives its node, whether that is stopped or killed.',
  { notebook },
  async (stage) => void (await durableQueue(stage)),
  async (stage) => assert.ok(await exists(stage, 'Queue', stage.name('q'))),
);

survival(
  'durability.queue.transient',
  'A queue that is not durable ends with its node.',
  { notebook },
  async (stage) => void (await (await stage.channel()).assertQueue(stage.name('q'), { durable: false })),
  async (stage) => assert.ok(!(await exists(stage, 'Queue', stage.name('q')))),
);

survival(
  'durability.queue.arguments',
  'A durable queue keeps its arguments: after a restart the same declaration finds it, and another one is refused.',
  { notebook },
  async (stage) => void (await durableQueue(stage, { 'x-max-length': 7 })),
  async (stage) => {
    const q = stage.name('q');
    await (await stage.channel()).assertQueue(q, { arguments: { 'x-max-length': 7 } });
    await assert.rejects((await stage.channel()).assertQueue(q, { arguments: { 'x-max-length': 8 } }), { code: 406 });
  },
);

survival(
  'durability.queue.max-length',
  'The length limit of a queue holds for the messages that it had before a restart, too.',
  { notebook },
  async (stage) => {
    const q = await durableQueue(stage, { 'x-max-length': 3 });
    const ch = await stage.confirmChannel();
    for (const body of ['1', '2', '3']) await put(ch, q, body);
  },
  async (stage) => {
    const ch = await stage.confirmChannel();
    await put(ch, stage.name('q'), '4');
    assert.deepEqual(bodies(await drain(ch, stage.name('q'))), ['2', '3', '4']);
  },
);

survival(
  'durability.queue.deleted',
  'A queue that was deleted stays deleted, and one that is declared again by its name is empty.',
  { notebook },
  async (stage) => {
    const q = await durableQueue(stage);
    const ch = await stage.confirmChannel();
    await put(ch, q, 'old');
    await ch.deleteQueue(q);
    await put(ch, await durableQueue(stage, {}, 'again'), 'old');
    await ch.deleteQueue(stage.name('again'));
    await durableQueue(stage, {}, 'again');
  },
  async (stage) => {
    assert.ok(!(await exists(stage, 'Queue', stage.name('q'))));
    assert.deepEqual(await drain(await stage.channel(), stage.name('again')), []);
  },
);

survival(
  'durability.queue.exclusive',
  'An exclusive queue ends with its node, although it was declared durable.',
  { notebook },
  async (stage) => void (await (await stage.channel()).assertQueue(stage.name('q'), { exclusive: true, durable: true })),
  async (stage) => assert.ok(!(await exists(stage, 'Queue', stage.name('q')))),
);

survival(
  'durability.queue.auto-delete',
  'A durable auto-delete queue that never had a consumer outlives its node.',
  { notebook },
  async (stage) => void (await (await stage.channel()).assertQueue(stage.name('q'), { autoDelete: true, durable: true })),
  async (stage) => assert.ok(await exists(stage, 'Queue', stage.name('q'))),
);

survival(
  'durability.exchange.durable',
  'A durable exchange outlives its node; one that is not durable does not.',
  { notebook },
  async (stage) => {
    const ch = await stage.channel();
    await ch.assertExchange(stage.name('durable'), 'topic', { durable: true });
    await ch.assertExchange(stage.name('transient'), 'topic', { durable: false });
  },
  async (stage) => {
    assert.ok(await exists(stage, 'Exchange', stage.name('durable')));
    assert.ok(!(await exists(stage, 'Exchange', stage.name('transient'))));
  },
);

survival(
  'durability.exchange.arguments',
  'A durable exchange keeps its type and its alternate exchange.',
  { notebook },
  async (stage) => {
    const ch = await stage.channel();
    await ch.bindQueue(await durableQueue(stage), 'amq.fanout', '');
    await ch.assertExchange(stage.name('x'), 'direct', { alternateExchange: 'amq.fanout' });
  },
  async (stage) => {
    const ch = await stage.confirmChannel();
    ch.publish(stage.name('x'), 'nobody', Buffer.from('m'));
    await ch.waitForConfirms();
    assert.deepEqual(await drain(ch, stage.name('q')), ['m']);
    await assert.rejects((await stage.channel()).assertExchange(stage.name('x'), 'topic'), { code: 406 });
  },
);

survival(
  'durability.binding.queue',
  'A binding between a durable exchange and a durable queue outlives the node; one that was undone stays undone.',
  { notebook },
  async (stage) => {
    const ch = await stage.channel();
    const q = await durableQueue(stage);
    for (const key of ['kept', 'undone']) await ch.bindQueue(q, 'amq.direct', stage.name(key));
    await ch.unbindQueue(q, 'amq.direct', stage.name('undone'));
  },
  async (stage) => {
    const ch = await stage.confirmChannel();
    for (const key of ['kept', 'undone']) ch.publish('amq.direct', stage.name(key), Buffer.from(key));
    await ch.waitForConfirms();
    assert.deepEqual(await drain(ch, stage.name('q')), ['kept']);
  },
);

survival(
  'durability.binding.exchange',
  'A binding between two durable exchanges outlives the node.',
  { notebook },
  async (stage) => {
    const ch = await stage.channel();
    for (const x of ['from', 'to']) await ch.assertExchange(stage.name(x), 'fanout');
    await ch.bindExchange(stage.name('to'), stage.name('from'), '');
    await ch.bindQueue(await durableQueue(stage), stage.name('to'), '');
  },
  async (stage) => {
    const ch = await stage.confirmChannel();
    ch.publish(stage.name('from'), '', Buffer.from('m'));
    await ch.waitForConfirms();
    assert.deepEqual(await drain(ch, stage.name('q')), ['m']);
  },
);

survival(
  'durability.vhost',
  'Virtual hosts, users, tags and permissions outlive the node, and what lies in a virtual host stays in it.',
  { notebook: '09' },
  async ({ node, end, name, ...stage }) => {
    for (const args of [
      ['add_vhost', `v-${end}`],
      ['add_user', `u-${end}`, `u-${end}`],
      ['set_user_tags', `u-${end}`, 'monitoring'],
      ['set_permissions', '-p', `v-${end}`, `u-${end}`, '^a', '^b', '^c'],
      ['set_permissions', '-p', `v-${end}`, 'guest', '.*', '.*', '.*'],
    ]) {
      assert.equal((await node.ctl(...args)).exitCode, 0);
    }
    await (await stage.channel(`v-${end}`)).assertQueue(name('q'));
  },
  async (stage) => {
    const { node, end, name } = stage;
    await (await stage.channel(`v-${end}`)).checkQueue(name('q'));
    assert.ok(!(await exists(stage, 'Queue', name('q'))), 'it is in / as well');
    await node.connect(`v-${end}`, `u-${end}`);
    assert.match((await node.ctl('list_users', '-q')).stdout, new RegExp(`u-${end}\\s+\\[monitoring\\]`));
    assert.match(
      (await node.ctl('list_permissions', '-q', '-p', `v-${end}`)).stdout,
      new RegExp(`u-${end}\\s+\\^a\\s+\\^b\\s+\\^c`),
    );
  },
);
