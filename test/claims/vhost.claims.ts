/** Virtual hosts: separate worlds of exchanges, queues and bindings on one broker. Most claims compare their own with `/`. */
import { strict as assert } from 'node:assert';
import type { ConfirmChannel } from 'amqplib';
import { claim } from './harness/claim';
import type { ClaimContext } from './harness/context';

async function channelIn(t: ClaimContext, name: string): Promise<ConfirmChannel> {
  return t.confirmChannel(await t.connect({ vhost: name }));
}

claim(
  'vhost.names',
  'Queues and exchanges of the same name in two vhosts are different ones, and may have different attributes.',
  { notebook: '05' },
  async (t) => {
    const [here, there] = [await channelIn(t, t.vhost), await channelIn(t, '/')];
    const [queue, exchange] = [t.name('q'), t.name('x')];
    await here.assertQueue(queue, { exclusive: true, maxLength: 5 });
    await there.assertQueue(queue, { exclusive: true });
    await here.assertExchange(exchange, 'fanout', { durable: false });
    await there.assertExchange(exchange, 'direct', { autoDelete: true });
    for (const ch of [here, there]) await ch.bindQueue(queue, exchange, 'k');
    await t.publish(here, exchange, 'k', 'here');
    await t.publish(there, '', queue, 'there');
    assert.deepEqual(await t.drain(here, queue), ['here']);
    assert.deepEqual(await t.drain(there, queue), ['there']);
  },
);

claim(
  'vhost.isolation',
  'A connection sees one vhost only: what another one has does not exist for it.',
  { notebook: '05' },
  async (t) => {
    const there = await channelIn(t, '/');
    await there.assertQueue(t.name('q'), { exclusive: true });
    await there.assertExchange(t.name('x'), 'fanout', { durable: false });
    await t.refused((await t.channel()).checkQueue(t.name('q')), 404, "NOT_FOUND - no queue '{q}' in vhost '{vhost}'");
    await t.refused((await t.channel()).checkExchange(t.name('x')), 404, "NOT_FOUND - no exchange '{x}' in vhost '{vhost}'");
    await (await t.channel()).assertQueue(t.name('bound'), { exclusive: true });
    await t.refused(
      (await t.channel()).bindQueue(t.name('bound'), t.name('x'), ''),
      404,
      "NOT_FOUND - no exchange '{x}' in vhost '{vhost}'",
    );
    await there.deleteExchange(t.name('x'));
  },
);

claim(
  'vhost.predeclared',
  'Each vhost has predeclared exchanges of its own: a message to amq.fanout stays in the vhost.',
  { notebook: '05' },
  async (t) => {
    const [here, there] = [await channelIn(t, t.vhost), await channelIn(t, '/')];
    for (const ch of [here, there]) {
      await ch.assertQueue(t.name('q'), { exclusive: true });
      await ch.bindQueue(t.name('q'), 'amq.topic', `${t.name('k')}.#`);
    }
    await t.publish(here, 'amq.topic', t.name('k'), 'm');
    assert.deepEqual(await t.drain(there, t.name('q')), []);
    assert.deepEqual(await t.drain(here, t.name('q')), ['m']);
  },
);

claim('vhost.default-exchange', 'The default exchange leads to the queues of its own vhost.', { notebook: '05' }, async (t) => {
  const [here, there] = [await channelIn(t, t.vhost), await channelIn(t, '/')];
  await there.assertQueue(t.name('q'), { exclusive: true });
  const returns = t.returns(here);
  await t.publish(here, '', t.name('q'), 'm', { mandatory: true });
  assert.deepEqual(await returns.bodies(1), ['m']);
  assert.equal(await t.ready(there, t.name('q')), 0);
});

claim(
  'vhost.references',
  'Alternate and dead letter exchanges are looked for in the vhost of who names them.',
  { notebook: '05' },
  async (t) => {
    const [here, there] = [await channelIn(t, t.vhost), await channelIn(t, '/')];
    for (const ch of [here, there]) {
      await ch.assertExchange(t.name('spare'), 'fanout', { autoDelete: true });
      await ch.assertQueue(t.name('rest'), { exclusive: true });
      await ch.bindQueue(t.name('rest'), t.name('spare'), '');
    }
    await here.assertExchange(t.name('x'), 'direct', { durable: false, alternateExchange: t.name('spare') });
    await here.assertQueue(t.name('dying'), { exclusive: true, deadLetterExchange: t.name('spare'), messageTtl: 0 });
    await t.publish(here, t.name('x'), 'nowhere', 'unrouted');
    await t.publish(here, '', t.name('dying'), 'dead');
    const got: string[] = [];
    await t.eventually(async () => {
      got.push(...(await t.drain(here, t.name('rest'))));
      assert.deepEqual(got, ['unrouted', 'dead']);
    });
    assert.deepEqual(await t.drain(there, t.name('rest')), []);
  },
);

claim('vhost.exclusive', 'An exclusive queue in one vhost does not lock the name in another.', { notebook: '05' }, async (t) => {
  const [here, there] = [await channelIn(t, t.vhost), await channelIn(t, '/')];
  for (const ch of [here, there]) await ch.assertQueue(t.name('q'), { exclusive: true });
});

claim(
  'vhost.name',
  'A vhost name is any text: slashes, blanks, per cent signs, letters of all languages; `/` is merely the first one.',
  { notebook: '05' },
  async (t) => {
    const name = t.name('/shop/订单 €%2f');
    await t.ctl('add_vhost', name);
    await t.ctl('set_permissions', '-p', name, 'guest', '.*', '.*', '.*');
    const ch = await channelIn(t, name);
    await t.refused(ch.checkQueue('none'), 404, `NOT_FOUND - no queue 'none' in vhost '${name}'`);
    await channelIn(t, '/');
  },
);

claim(
  'vhost.deleted',
  'Deleting a vhost deletes all that is in it: added again under the same name it is empty, and nobody may enter.',
  { notebook: '05', vhost: 'own' },
  async (t) => {
    const before = await t.confirmChannel();
    await before.assertQueue(t.name('q'), { durable: true });
    await before.assertExchange(t.name('x'), 'fanout', { durable: true });
    await t.publish(before, '', t.name('q'), 'm', { persistent: true });
    await t.ctl('delete_vhost', t.vhost);
    assert.equal((await t.closure(() => {})).code, 320);
    await t.ctl('add_vhost', t.vhost);
    const wire = await t.wire({ upTo: 'open' });
    await wire.expectConnectionClose(530, `NOT_ALLOWED - access to vhost '${t.vhost}' refused for user 'guest'`);
    await t.permit('guest', { configure: '.*', write: '.*', read: '.*' });
    const after = await t.connect();
    await t.refused((await t.channel(after)).checkQueue(t.name('q')), 404, "NOT_FOUND - no queue '{q}' in vhost '{vhost}'");
    await t.refused((await t.channel(after)).checkExchange(t.name('x')), 404, "NOT_FOUND - no exchange '{x}' in vhost '{vhost}'");
  },
);

claim(
  'vhost.permissions',
  'What a user may do is said for each vhost: everything in one, and not even to enter the next.',
  { notebook: '05' },
  async (t) => {
    const login = await t.user({ configure: '.*', write: '.*', read: '.*' });
    const here = await t.channel(await t.connect(login));
    await here.assertQueue(t.name('q'), { exclusive: true });
    const wire = await t.wire({ ...login, vhost: '/', upTo: 'open' });
    await wire.expectConnectionClose(530, `NOT_ALLOWED - access to vhost '/' refused for user '${login.user}'`);
  },
);
