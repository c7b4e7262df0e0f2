/** Bindings between exchanges and queues: what makes two of them the same, how they are removed, what they need. */
import { strict as assert } from 'node:assert';
import { claim } from './harness/claim';
import { RoutingProbe } from './routing-probe';

claim(
  'binding.several',
  'A queue may be bound to an exchange with several keys, and to several exchanges.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['q']);
    await probe.exchange('x', 'direct');
    await probe.exchange('y', 'direct');
    for (const key of ['one', 'two']) await probe.bind('q', 'x', key);
    await probe.bind('q', 'y', 'three');
    for (const key of ['one', 'two']) assert.deepEqual(await probe.route('x', key), ['q']);
    assert.deepEqual(await probe.route('y', 'three'), ['q']);
    assert.deepEqual(await probe.route('x', 'three'), []);
  },
);

claim(
  'binding.duplicate',
  'Binding again with the same key and arguments changes nothing: one delivery, and one unbind undoes it.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['q']);
    await probe.exchange('x', 'direct');
    for (let i = 0; i < 3; i++) await probe.bind('q', 'x', 'k', { a: 1 });
    assert.deepEqual(await probe.route('x', 'k'), ['q']);
    await probe.unbind('q', 'x', 'k', { a: 1 });
    assert.deepEqual(await probe.route('x', 'k'), []);
  },
);

claim(
  'binding.arguments',
  'Bindings with the same key and different arguments are two, even if the exchange ignores arguments; a message comes once.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['q']);
    await probe.exchange('x', 'direct');
    await probe.bind('q', 'x', 'k');
    await probe.bind('q', 'x', 'k', { a: 1 });
    assert.deepEqual(await probe.route('x', 'k'), ['q']);
    await probe.unbind('q', 'x', 'k');
    assert.deepEqual(await probe.route('x', 'k'), ['q'], 'the one with an argument is left');
    await probe.unbind('q', 'x', 'k', { a: 1 });
    assert.deepEqual(await probe.route('x', 'k'), []);
  },
);

claim(
  'binding.arguments.order',
  'The order of binding arguments does not matter; their types do, so that 1 as one octet and 1 as eight are different.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['q']);
    await probe.exchange('x', 'headers');
    await probe.bind('q', 'x', '', { a: 1, b: 2 });
    await probe.unbind('q', 'x', '', { a: { '!': 'int64', value: 1 }, b: 2 });
    await probe.unbind('q', 'x', '', { a: 1 });
    await probe.unbind('q', 'x', '', { a: 1, b: 2, 'x-match': 'all' });
    assert.deepEqual(await probe.route('x', '', { headers: { a: 1, b: 2 } }), ['q']);
    await probe.unbind('q', 'x', '', { b: 2, a: 1 });
    assert.deepEqual(await probe.route('x', '', { headers: { a: 1, b: 2 } }), []);
  },
);

claim(
  'binding.headers.key',
  'On a headers exchange bindings that differ only in their key are two, though the key is not matched.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['q']);
    await probe.exchange('x', 'headers');
    for (const key of ['one', 'two']) await probe.bind('q', 'x', key, { a: 1 });
    await probe.unbind('q', 'x', 'one', { a: 1 });
    assert.deepEqual(await probe.route('x', '', { headers: { a: 1 } }), ['q']);
    await probe.unbind('q', 'x', 'two', { a: 1 });
    assert.deepEqual(await probe.route('x', '', { headers: { a: 1 } }), []);
  },
);

claim(
  'binding.unbind.missing',
  'Unbinding what is not bound is no error, whether the queue, the exchange, both or only the binding is missing.',
  { notebook: '04' },
  async (t) => {
    const ch = await t.channel();
    await ch.assertQueue(t.name('q'), { exclusive: true });
    await ch.unbindQueue(t.name('q'), 'amq.direct', t.name('k'));
    await ch.unbindQueue(t.name('q'), t.name('none'), 'k');
    await ch.unbindQueue(t.name('nor'), 'amq.direct', 'k');
    await ch.unbindQueue(t.name('nor'), t.name('none'), 'k');
  },
);

claim(
  'binding.missing',
  'queue.bind needs the exchange and the queue (404); if both are missing the exchange is told.',
  { notebook: '04' },
  async (t) => {
    const [none, nor] = [t.name('none'), t.name('nor')];
    await (await t.channel()).assertQueue(t.name('q'), { exclusive: true });
    await t.refused(
      (await t.channel()).bindQueue(t.name('q'), none, 'k'),
      404,
      "NOT_FOUND - no exchange '{none}' in vhost '{vhost}'",
    );
    await t.refused(
      (await t.channel()).bindQueue(nor, 'amq.direct', 'k'),
      404,
      "NOT_FOUND - no queue '{nor}' in vhost '{vhost}'",
    );
    await t.refused((await t.channel()).bindQueue(nor, none, 'k'), 404, "NOT_FOUND - no exchange '{none}' in vhost '{vhost}'");
  },
);

claim(
  'binding.last-queue',
  'With neither a queue name nor a key, queue.bind binds the queue declared last on the channel, with its name as key.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['q']);
    await probe.exchange('x', 'direct');
    await probe.ch.bindQueue('', t.name('x'), '');
    assert.deepEqual(await probe.route('x', t.name('q')), ['q']);
    assert.deepEqual(await probe.route('x', ''), []);
    await probe.ch.unbindQueue('', t.name('x'), '');
    assert.deepEqual(await probe.route('x', t.name('q')), []);
  },
);

claim(
  'binding.last-queue.key',
  'An empty key stays empty if the queue is named, and a key that is given stays if the queue is not.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['q']);
    await probe.exchange('x', 'direct');
    await probe.ch.bindQueue(t.name('q'), t.name('x'), '');
    await probe.ch.bindQueue('', t.name('x'), 'given');
    assert.deepEqual(await probe.route('x', ''), ['q']);
    assert.deepEqual(await probe.route('x', 'given'), ['q']);
    assert.deepEqual(await probe.route('x', t.name('q')), []);
  },
);

claim('binding.key.octets', 'A binding key has up to 255 octets, and line breaks in it stay.', { notebook: '04' }, async (t) => {
  const keys = ['k'.repeat(255), 'line\nbreak\r', ' ', '\u00e9'.repeat(127)];
  const probe = await RoutingProbe.with(t, ['q']);
  await probe.exchange('x', 'direct');
  for (const key of keys) await probe.bind('q', 'x', key);
  for (const key of keys) assert.deepEqual(await probe.route('x', key), ['q']);
  assert.deepEqual(await probe.route('x', 'linebreak'), []);
});

claim(
  'binding.queue-deleted',
  'With a queue go its bindings: declared again under the same name it is bound to nothing but the default exchange.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['q']);
    await probe.exchange('x', 'fanout');
    await probe.bind('q', 'x');
    await probe.ch.deleteQueue(t.name('q'));
    await probe.queue('q');
    assert.deepEqual(await probe.route('x', ''), []);
    assert.deepEqual(await probe.route('', t.name('q')), ['q']);
  },
);

claim(
  'binding.effect',
  'A binding works from bind-ok on and no longer after unbind-ok, also for publishers of other connections.',
  { notebook: '04' },
  async (t) => {
    const ch = await t.channel();
    const publisher = await t.confirmChannel(await t.connect());
    await ch.assertExchange(t.name('x'), 'topic', { durable: false });
    await ch.assertQueue(t.name('q'), { exclusive: true });
    for (let round = 0; round < 5; round++) {
      await ch.bindQueue(t.name('q'), t.name('x'), 'a.#');
      await t.publish(publisher, t.name('x'), 'a.b', 'bound');
      await ch.unbindQueue(t.name('q'), t.name('x'), 'a.#');
      await t.publish(publisher, t.name('x'), 'a.b', 'unbound');
    }
    assert.deepEqual(await t.drain(ch, t.name('q')), Array(5).fill('bound'));
  },
);

claim(
  'binding.waiting',
  'What waits in a queue stays when its binding goes, and a new binding brings nothing that was published before.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['early', 'late']);
    await probe.exchange('x', 'fanout');
    await probe.bind('early', 'x');
    await t.publish(probe.ch, t.name('x'), '', 'm');
    await probe.unbind('early', 'x');
    await probe.bind('late', 'x');
    assert.deepEqual(await t.drain(probe.ch, t.name('late')), []);
    assert.deepEqual(await t.drain(probe.ch, t.name('early')), ['m']);
  },
);

claim(
  'binding.locked',
  "Another connection's exclusive queue can be neither bound nor unbound (405); unbinding what is not bound to it is no error.",
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['q']);
    await probe.exchange('x', 'direct');
    await probe.bind('q', 'x', 'k');
    const connection = await t.connect();
    const other = (): ReturnType<typeof t.channel> => t.channel(connection);
    const locked =
      /^RESOURCE_LOCKED - cannot obtain exclusive access to locked queue '.*' in vhost '.*'\. It could be originally declared/;
    await t.refused((await other()).bindQueue(t.name('q'), t.name('x'), 'k'), 405, locked);
    await t.refused((await other()).unbindQueue(t.name('q'), t.name('x'), 'k'), 405, locked);
    await (await other()).unbindQueue(t.name('q'), t.name('x'), 'other');
    assert.deepEqual(await probe.route('x', 'k'), ['q']);
  },
);

claim(
  'binding.checks',
  'queue.bind looks for exchange and queue first, then at the arguments, then at who owns the queue.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['q']);
    await probe.exchange('x', 'headers');
    const connection = await t.connect();
    const bind = async (queue: string): Promise<unknown> =>
      (await t.channel(connection)).bindQueue(queue, t.name('x'), '', { 'x-match': 'nope' });
    await t.refused(bind(t.name('none')), 404, "NOT_FOUND - no queue '{none}' in vhost '{vhost}'");
    await t.refused(bind(t.name('q')), 406, /^PRECONDITION_FAILED - Invalid x-match field value <<"nope">>/);
  },
);

claim(
  'binding.unbind.unchecked',
  'Unbinding does not look at arguments that no binding could have: no error.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['q']);
    await probe.exchange('x', 'headers');
    await probe.unbind('q', 'x', '', { 'x-match': 'nope' });
  },
);

claim('binding.server-named', 'A server-named queue is bound by the name that it was given.', { notebook: '04' }, async (t) => {
  const ch = await t.confirmChannel();
  const { queue } = await ch.assertQueue('', { exclusive: true });
  await ch.assertExchange(t.name('x'), 'fanout', { durable: false });
  await ch.bindQueue(queue, t.name('x'), '');
  await t.publish(ch, t.name('x'), '', 'm');
  assert.deepEqual(await t.drain(ch, queue), ['m']);
});

claim(
  'binding.durability',
  'Durable and transient exchanges and queues may be bound to each other in any combination.',
  { notebook: '04' },
  async (t) => {
    const ch = await t.confirmChannel();
    for (const durable of [true, false]) {
      await ch.assertExchange(t.name(`x${durable}`), 'fanout', { durable, autoDelete: true });
      await ch.assertQueue(t.name(`q${durable}`), { durable });
    }
    for (const source of [true, false]) {
      for (const target of [true, false]) await ch.bindQueue(t.name(`q${target}`), t.name(`x${source}`), '');
      await t.publish(ch, t.name(`x${source}`), '', `from ${source}`);
    }
    for (const target of [true, false]) {
      assert.deepEqual(await t.drain(ch, t.name(`q${target}`)), ['from true', 'from false']);
      await ch.deleteQueue(t.name(`q${target}`));
    }
  },
);
