/** Routes over several exchanges: bindings between exchanges, alternate exchanges, and exchanges that delete themselves. */
import { strict as assert } from 'node:assert';
import { claim } from './harness/claim';
import type { ClaimContext } from './harness/context';
import { RoutingProbe } from './routing-probe';

// --- exchange to exchange ---

claim(
  'exchange.bound',
  'An exchange bound to another gets what the binding matches, and matches the same routing key against its own bindings.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['errors', 'app']);
    await probe.exchange('in', 'direct');
    await probe.exchange('sort', 'topic');
    await probe.bind('sort', 'in', 'app.error');
    await probe.bind('sort', 'in', 'app.info');
    await probe.bind('errors', 'sort', '*.error');
    await probe.bind('app', 'sort', 'app.*');
    assert.deepEqual(await probe.route('in', 'app.error'), ['app', 'errors']);
    assert.deepEqual(await probe.route('in', 'app.info'), ['app']);
    assert.deepEqual(await probe.route('in', 'db.error'), [], 'no binding from `in` matches');
  },
);

claim(
  'exchange.bound.origin',
  'Whatever the way, a message tells the exchange that it was published to, and its routing key.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['q']);
    for (const x of ['first', 'second', 'third']) await probe.exchange(x, 'fanout');
    await probe.bind('second', 'first', 'bound with this');
    await probe.bind('third', 'second');
    await probe.bind('q', 'third');
    await t.publish(probe.ch, t.name('first'), 'published.with.this', 'm');
    const [message] = await t.drainMessages(probe.ch, t.name('q'));
    assert.equal(message?.fields.exchange, t.name('first'));
    assert.equal(message?.fields.routingKey, 'published.with.this');
  },
);

claim('exchange.bound.once', 'A queue that several ways lead to gets a message once.', { notebook: '04' }, async (t) => {
  const probe = await RoutingProbe.with(t, ['q']);
  for (const x of ['start', 'left', 'right']) await probe.exchange(x, 'fanout');
  for (const x of ['left', 'right']) await probe.bind(x, 'start');
  for (const x of ['start', 'left', 'right']) await probe.bind('q', x);
  assert.deepEqual(await probe.route('start', ''), ['q']);
});

claim(
  'exchange.bound.cycle',
  'Bindings may form a cycle, and an exchange may be bound to itself: each exchange sees a message once.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['one', 'two']);
    await probe.exchange('a', 'fanout');
    await probe.exchange('b', 'fanout');
    await probe.bind('b', 'a');
    await probe.bind('a', 'b');
    await probe.bind('a', 'a');
    await probe.bind('one', 'a');
    await probe.bind('two', 'b');
    assert.deepEqual(await probe.route('a', ''), ['one', 'two']);
    assert.deepEqual(await probe.route('b', ''), ['one', 'two']);
  },
);

claim(
  'exchange.bound.unbind',
  'A binding between exchanges is removed by key and arguments, as one to a queue.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['q']);
    await probe.exchange('a', 'direct');
    await probe.exchange('b', 'fanout');
    await probe.bind('q', 'b');
    for (const key of ['k', 'l']) await probe.bind('b', 'a', key);
    await probe.unbind('b', 'a', 'k');
    await probe.unbind('b', 'a', 'l', { other: 1 });
    assert.deepEqual(await probe.route('a', 'k'), []);
    assert.deepEqual(await probe.route('a', 'l'), ['q']);
  },
);

claim(
  'exchange.bound.headers',
  'A headers exchange behind a direct one sees the headers of each message.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['pdf', 'zip']);
    await probe.exchange('in', 'direct');
    await probe.exchange('sort', 'headers');
    await probe.bind('sort', 'in', 'k');
    for (const format of ['pdf', 'zip']) await probe.bind(format, 'sort', '', { format });
    for (const format of ['pdf', 'zip', 'pdf']) assert.deepEqual(await probe.route('in', 'k', { headers: { format } }), [format]);
    assert.deepEqual(await probe.route('in', 'k'), []);
  },
);

claim(
  'exchange.bound.from-headers',
  'A headers exchange chooses among exchanges by their binding arguments as among queues.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['q']);
    await probe.exchange('sort', 'headers');
    await probe.exchange('out', 'fanout');
    await probe.bind('out', 'sort', '', { 'x-match': 'any', a: 1 });
    await probe.bind('q', 'out');
    assert.deepEqual(await probe.route('sort', '', { headers: { a: 1 } }), ['q']);
    assert.deepEqual(await probe.route('sort', '', { headers: { a: 2 } }), []);
  },
);

claim(
  'exchange.bound.missing',
  'exchange.bind needs both exchanges (404, the source is looked for first); exchange.unbind of what is not there is no error.',
  { notebook: '04' },
  async (t) => {
    const missing = (base: string): string => `NOT_FOUND - no exchange '{${base}}' in vhost '{vhost}'`;
    const [none, nor] = [t.name('none'), t.name('nor')];
    await t.refused((await t.channel()).bindExchange(nor, none, ''), 404, missing('none'));
    await t.refused((await t.channel()).bindExchange(nor, 'amq.fanout', ''), 404, missing('nor'));
    const ch = await t.channel();
    await ch.unbindExchange(nor, none, '');
    await ch.unbindExchange('amq.fanout', 'amq.direct', t.name('never bound'));
  },
);

// --- alternate exchange ---

claim(
  'exchange.alternate',
  'What an exchange cannot route goes to its alternate exchange, and is not returned if that routes it.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['known', 'rest']);
    await probe.exchange('ae', 'fanout');
    await probe.exchange('x', 'direct', { alternateExchange: t.name('ae') });
    await probe.bind('known', 'x', 'known');
    await probe.bind('rest', 'ae');
    assert.deepEqual(await probe.route('x', 'known'), ['known'], 'what is routed does not go to the alternate');
    assert.deepEqual(await probe.route('x', 'other'), ['rest']);
  },
);

claim(
  'exchange.alternate.origin',
  'A message that took the way of an alternate exchange tells the exchange that it was published to.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['q']);
    await probe.exchange('ae', 'fanout');
    await probe.exchange('x', 'direct', { alternateExchange: t.name('ae') });
    await probe.bind('q', 'ae');
    await t.publish(probe.ch, t.name('x'), 'k', 'm');
    const [message] = await t.drainMessages(probe.ch, t.name('q'));
    assert.deepEqual([message?.fields.exchange, message?.fields.routingKey], [t.name('x'), 'k']);
  },
);

claim(
  'exchange.alternate.returned',
  'With an alternate exchange that has no way either, or does not exist, a mandatory message is returned.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, []);
    await probe.exchange('ae', 'direct');
    await probe.exchange('x', 'direct', { alternateExchange: t.name('ae') });
    await probe.exchange('y', 'direct', { alternateExchange: t.name('none') });
    assert.deepEqual(await probe.route('x', 'k'), []);
    assert.deepEqual(await probe.route('y', 'k'), []);
  },
);

claim(
  'exchange.alternate.later',
  'An alternate exchange is looked up at each message: it may be declared after the exchange that names it, and deleted.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['q']);
    await probe.exchange('x', 'direct', { alternateExchange: t.name('ae') });
    assert.deepEqual(await probe.route('x', 'k'), []);
    await probe.exchange('ae', 'fanout');
    await probe.bind('q', 'ae');
    assert.deepEqual(await probe.route('x', 'k'), ['q']);
    await probe.ch.deleteExchange(t.name('ae'));
    assert.deepEqual(await probe.route('x', 'k'), []);
  },
);

claim(
  'exchange.alternate.chain',
  'Alternate exchanges form chains: each is asked when the one before finds nothing.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['one', 'two', 'three']);
    await probe.exchange('first', 'direct', { alternateExchange: t.name('second') });
    await probe.exchange('second', 'direct', { alternateExchange: t.name('third') });
    await probe.exchange('third', 'fanout');
    await probe.bind('one', 'first', '1');
    await probe.bind('two', 'second', '2');
    await probe.bind('three', 'third');
    assert.deepEqual(await probe.route('first', '1'), ['one']);
    assert.deepEqual(await probe.route('first', '2'), ['two']);
    assert.deepEqual(await probe.route('first', '3'), ['three']);
  },
);

claim(
  'exchange.alternate.cycle',
  'Alternates in a circle, or an exchange that is its own, end like an exchange without one.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['q']);
    await probe.exchange('a', 'direct', { alternateExchange: t.name('b') });
    await probe.exchange('b', 'direct', { alternateExchange: t.name('a') });
    await probe.exchange('own', 'direct', { alternateExchange: t.name('own') });
    await probe.bind('q', 'b', 'k');
    assert.deepEqual(await probe.route('a', 'k'), ['q']);
    assert.deepEqual(await probe.route('a', 'other'), []);
    assert.deepEqual(await probe.route('own', 'k'), []);
  },
);

claim(
  'exchange.alternate.behind',
  'Within a route each exchange asks its own alternate when it finds nothing itself, also one that stands behind another.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['direct', 'rest']);
    await probe.exchange('in', 'fanout');
    await probe.exchange('ae', 'fanout');
    await probe.exchange('behind', 'direct', { alternateExchange: t.name('ae') });
    await probe.bind('direct', 'in');
    await probe.bind('behind', 'in');
    await probe.bind('rest', 'ae');
    assert.deepEqual(await probe.route('in', 'k'), ['direct', 'rest']);
  },
);

claim(
  'exchange.alternate.dead-end',
  'A binding to an exchange counts as a way, even if it ends there: then the alternate exchange is not asked.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['rest']);
    await probe.exchange('ae', 'fanout');
    await probe.exchange('end', 'fanout');
    await probe.exchange('x', 'direct', { alternateExchange: t.name('ae') });
    await probe.bind('rest', 'ae');
    await probe.bind('end', 'x', 'k');
    assert.deepEqual(await probe.route('x', 'k'), []);
    assert.deepEqual(await probe.route('x', 'other'), ['rest']);
  },
);

claim(
  'exchange.alternate.copies',
  'The alternate exchange is asked when neither the routing key nor a CC or BCC key finds a way; then it sees them all.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['hit', 'rest', 'copy']);
    await probe.exchange('ae', 'direct');
    await probe.exchange('x', 'direct', { alternateExchange: t.name('ae') });
    await probe.bind('hit', 'x', 'hit');
    await probe.bind('rest', 'ae', 'miss');
    await probe.bind('copy', 'ae', 'copy');
    assert.deepEqual(await probe.route('x', 'miss'), ['rest']);
    assert.deepEqual(await probe.route('x', 'miss', { CC: ['hit'] }), ['hit']);
    assert.deepEqual(await probe.route('x', 'hit', { BCC: ['miss'] }), ['hit']);
    assert.deepEqual(await probe.route('x', 'miss', { BCC: ['copy'] }), ['copy', 'rest']);
  },
);

claim(
  'exchange.alternate.default',
  'The default exchange serves nobody as alternate exchange: its bindings count for publishing to it only.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['q']);
    await probe.exchange('x', 'direct', { alternateExchange: '' });
    assert.deepEqual(await probe.route('x', t.name('q')), []);
    assert.deepEqual(await probe.route('', t.name('q')), ['q']);
  },
);

// --- auto-delete ---

async function autoDelete(t: ClaimContext, queues: readonly string[]): Promise<RoutingProbe> {
  const probe = await RoutingProbe.with(t, queues);
  await probe.exchange('x', 'fanout', { autoDelete: true });
  return probe;
}

claim(
  'exchange.auto-delete',
  'An auto-delete exchange goes with its last binding, not before, and not because it never had one.',
  { notebook: '04' },
  async (t) => {
    const probe = await autoDelete(t, ['one', 'two']);
    assert.equal(await probe.exists('x'), true, 'never bound');
    await probe.bind('one', 'x');
    await probe.bind('two', 'x');
    await probe.unbind('one', 'x');
    await probe.unbind('one', 'x', 'never bound');
    assert.equal(await probe.exists('x'), true, 'one binding left');
    await probe.unbind('two', 'x');
    assert.equal(await probe.exists('x'), false);
  },
);

claim(
  'exchange.auto-delete.queue',
  'Deleting the only queue that is bound to an auto-delete exchange deletes the exchange.',
  { notebook: '04' },
  async (t) => {
    const probe = await autoDelete(t, ['q']);
    await probe.bind('q', 'x', 'one');
    await probe.bind('q', 'x', 'two');
    await probe.ch.deleteQueue(t.name('q'));
    assert.equal(await probe.exists('x'), false);
  },
);

claim(
  'exchange.auto-delete.connection',
  'When a connection ends, its exclusive queues go, and with them the auto-delete exchanges that were bound to nothing else.',
  { notebook: '04' },
  async (t) => {
    const probe = await autoDelete(t, []);
    const connection = await t.connect();
    const ch = await t.channel(connection);
    await ch.assertQueue(t.name('q'), { exclusive: true });
    await ch.bindQueue(t.name('q'), t.name('x'), '');
    await connection.close();
    await t.eventually(async () => assert.equal(await probe.exists('x'), false));
  },
);

claim(
  'exchange.auto-delete.target',
  'Bindings that lead to an auto-delete exchange do not keep it, nor does it go with them: only those that start there count.',
  { notebook: '04' },
  async (t) => {
    const probe = await autoDelete(t, ['q']);
    await probe.bind('x', 'amq.fanout', t.name('k'));
    await probe.unbind('x', 'amq.fanout', t.name('k'));
    assert.equal(await probe.exists('x'), true, 'the last binding to it was removed');
    await probe.bind('x', 'amq.fanout', t.name('k'));
    await probe.bind('q', 'x');
    await probe.unbind('q', 'x');
    assert.equal(await probe.exists('x'), false, 'a binding to it was left');
  },
);

claim(
  'exchange.auto-delete.chain',
  'An auto-delete exchange that goes takes its binding from another one along, which may then go as well.',
  { notebook: '04' },
  async (t) => {
    const probe = await autoDelete(t, ['q']);
    for (const x of ['y', 'z']) await probe.exchange(x, 'fanout', { autoDelete: true });
    await probe.bind('y', 'x');
    await probe.bind('z', 'y');
    await probe.bind('q', 'z');
    await probe.unbind('q', 'z');
    for (const x of ['x', 'y', 'z']) assert.equal(await probe.exists(x), false, x);
  },
);

claim(
  'exchange.auto-delete.cycle',
  'Auto-delete exchanges bound in a circle keep each other until one binding of the circle goes.',
  { notebook: '04' },
  async (t) => {
    const probe = await autoDelete(t, ['q']);
    await probe.exchange('y', 'fanout', { autoDelete: true });
    await probe.bind('y', 'x');
    await probe.bind('x', 'y');
    await probe.bind('q', 'x');
    await probe.unbind('q', 'x');
    for (const x of ['x', 'y']) assert.equal(await probe.exists(x), true, x);
    await probe.unbind('y', 'x');
    for (const x of ['x', 'y']) assert.equal(await probe.exists(x), false, x);
  },
);
