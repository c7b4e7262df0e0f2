/** Declaring exchanges, anew, again and passively, and deleting them. */
import { strict as assert } from 'node:assert';
import { claim } from './harness/claim';
import { RoutingProbe } from './routing-probe';

// --- declaring ---

claim('exchange.type.unknown', 'A type that does not exist closes the connection with 503.', { notebook: '04' }, async (t) => {
  for (const type of ['nope', 'Direct', 'topic ']) {
    const ch = await t.channel(await t.connect());
    await t.refused(ch.assertExchange(t.name('x'), type), 503, `COMMAND_INVALID - unknown exchange type '${type}'`);
  }
});

claim(
  'exchange.type.erlang-word',
  'A type that does not exist is called unknown, or invalid if it is a word that the server has for something else.',
  {
    notebook: '04',
    differs:
      'The words that RabbitMQ has are the atoms of its Erlang machine; Warren has none and calls every such type unknown.',
  },
  async (t) => {
    const ch = await t.channel(await t.connect());
    const what = t.engine === 'rabbitmq' ? 'invalid' : 'unknown';
    await t.refused(ch.assertExchange(t.name('x'), 'queue'), 503, `COMMAND_INVALID - ${what} exchange type 'queue'`);
  },
);

claim(
  'exchange.redeclare',
  'Declaring an exchange again with the same attributes changes nothing: its bindings stay.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['q']);
    await probe.exchange('x', 'fanout', { autoDelete: true });
    await probe.bind('q', 'x');
    await probe.exchange('x', 'fanout', { autoDelete: true });
    assert.deepEqual(await probe.route('x', ''), ['q']);
  },
);

claim(
  'exchange.redeclare.attributes',
  'Declaring an exchange again with another type, durability, auto-delete or internal flag closes the channel with 406.',
  { notebook: '04' },
  async (t) => {
    const own = { durable: false, autoDelete: false, internal: false };
    await (await t.channel()).assertExchange(t.name('x'), 'direct', own);
    const differs = (attribute: string, received: string, current: string): string =>
      `PRECONDITION_FAILED - inequivalent arg '${attribute}' for exchange '{x}' in vhost '{vhost}': ` +
      `received '${received}' but current is '${current}'`;
    await t.refused((await t.channel()).assertExchange(t.name('x'), 'fanout', own), 406, differs('type', 'fanout', 'direct'));
    for (const [option, attribute] of [
      ['durable', 'durable'],
      ['autoDelete', 'auto_delete'],
      ['internal', 'internal'],
    ] as const) {
      await t.refused(
        (await t.channel()).assertExchange(t.name('x'), 'direct', { ...own, [option]: true }),
        406,
        differs(attribute, 'true', 'false'),
      );
    }
  },
);

claim(
  'exchange.redeclare.first',
  'Of several differences the first is told, in the order type, durable, auto_delete, internal, arguments.',
  { notebook: '04' },
  async (t) => {
    await (await t.channel()).assertExchange(t.name('x'), 'direct', { durable: false });
    const told = async (type: string, durable: boolean, autoDelete: boolean, internal: boolean): Promise<string> => {
      const ch = await t.channel();
      const { text } = await t.closure(
        ch.assertExchange(t.name('x'), type, { durable, autoDelete, internal, alternateExchange: 'ae' }),
      );
      return /inequivalent arg '([^']+)'/.exec(text)?.[1] ?? text;
    };
    assert.equal(await told('fanout', true, true, true), 'type');
    assert.equal(await told('direct', true, true, true), 'durable');
    assert.equal(await told('direct', false, true, true), 'auto_delete');
    assert.equal(await told('direct', false, false, true), 'internal');
    assert.equal(await told('direct', false, false, false), 'alternate-exchange');
  },
);

claim(
  'exchange.redeclare.alternate',
  'The alternate exchange must be the same when an exchange is declared again.',
  { notebook: '04' },
  async (t) => {
    const declare = async (base: string, alternateExchange?: string): Promise<unknown> =>
      (await t.channel()).assertExchange(t.name(base), 'direct', alternateExchange === undefined ? {} : { alternateExchange });
    const differs = (base: string, how: string): string =>
      `PRECONDITION_FAILED - inequivalent arg 'alternate-exchange' for exchange '{${base}}' in vhost '{vhost}': ${how}`;
    await declare('without');
    await declare('with', 'ae');
    await declare('with', 'ae');
    await t.refused(
      declare('without', 'ae'),
      406,
      differs('without', "received the value 'ae' of type 'longstr' but current is none"),
    );
    await t.refused(declare('with', 'other'), 406, differs('with', "received 'other' but current is 'ae'"));
    await t.refused(declare('with'), 406, differs('with', "received none but current is the value 'ae' of type 'longstr'"));
  },
);

claim(
  'exchange.arguments.unknown',
  'Arguments that an exchange does not know are accepted, and not compared when it is declared again.',
  { notebook: '04' },
  async (t) => {
    const ch = await t.channel();
    await ch.assertExchange(t.name('x'), 'direct', { arguments: { 'x-mine': 1 } });
    await ch.assertExchange(t.name('x'), 'direct', { arguments: { 'x-mine': 'two', more: [true] } });
    await ch.assertExchange(t.name('x'), 'direct');
  },
);

claim(
  'exchange.arguments.alternate-type',
  'alternate-exchange must be a text; else the channel is closed with 406.',
  { notebook: '04' },
  async (t) => {
    for (const [value, type] of [
      [5, 'byte'],
      [true, 'bool'],
      [null, 'void'],
      [['a'], 'array'],
    ] as const) {
      const declared = (await t.channel()).assertExchange(t.name('x'), 'direct', { arguments: { 'alternate-exchange': value } });
      await t.refused(
        declared,
        406,
        `PRECONDITION_FAILED - invalid type '${type}' for arg 'alternate-exchange' in exchange '{x}' in vhost '{vhost}'`,
      );
    }
  },
);

claim(
  'exchange.passive',
  'A passive declare asks whether an exchange of this name exists, and looks at nothing else: not even at the type.',
  { notebook: '04' },
  async (t) => {
    await (await t.channel()).assertExchange(t.name('x'), 'direct');
    const wire = await t.wire();
    await wire.openChannel();
    const exchange = t.name('x');
    for (const type of ['direct', 'fanout', 'no such type', '']) {
      await wire.call(
        'exchange.declare',
        1,
        { exchange, type, passive: true, durable: true, autoDelete: true, internal: true },
        'exchange.declare-ok',
      );
    }
  },
);

claim(
  'exchange.passive.missing',
  'A passive declare of an exchange that does not exist closes the channel with 404, and declares nothing.',
  { notebook: '04' },
  async (t) => {
    for (const base of ['x', 'x']) {
      await t.refused((await t.channel()).checkExchange(t.name(base)), 404, "NOT_FOUND - no exchange '{x}' in vhost '{vhost}'");
    }
  },
);

claim(
  'exchange.outlives',
  'An exchange outlives the connection that declared it, durable or not: there are no exclusive exchanges.',
  { notebook: '04' },
  async (t) => {
    const connection = await t.connect();
    const ch = await t.channel(connection);
    await ch.assertExchange(t.name('transient'), 'direct', { durable: false });
    await ch.assertExchange(t.name('durable'), 'direct', { durable: true });
    await connection.close();
    const other = await t.channel();
    await other.checkExchange(t.name('transient'));
    await other.checkExchange(t.name('durable'));
  },
);

// --- deleting ---

claim('exchange.delete.missing', 'Deleting an exchange that does not exist is no error.', { notebook: '04' }, async (t) => {
  const ch = await t.channel();
  await ch.deleteExchange(t.name('none'));
  await ch.deleteExchange(t.name('none'), { ifUnused: true });
});

claim(
  'exchange.delete.reserved',
  'Deleting a name that begins with `amq.` is refused with 403, whether there is such an exchange or not.',
  { notebook: '04' },
  async (t) => {
    await t.refused(
      (await t.channel()).deleteExchange('amq.none'),
      403,
      "ACCESS_REFUSED - deletion of system exchange 'amq.none' in vhost '{vhost}' not allowed",
    );
  },
);

claim(
  'exchange.delete.if-unused',
  'if-unused refuses to delete an exchange that has bindings to anything (406).',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['q']);
    await probe.exchange('x', 'fanout');
    await probe.bind('q', 'x');
    const ch = await t.channel();
    await t.refused(
      ch.deleteExchange(t.name('x'), { ifUnused: true }),
      406,
      "PRECONDITION_FAILED - exchange '{x}' in vhost '{vhost}' in use",
    );
    await probe.unbind('q', 'x');
    await probe.ch.deleteExchange(t.name('x'), { ifUnused: true });
    assert.equal(await probe.exists('x'), false);
  },
);

claim(
  'exchange.delete.if-unused-target',
  'An exchange that only receives from another one is unused, and if-unused deletes it.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, []);
    await probe.exchange('source', 'fanout');
    await probe.exchange('target', 'fanout');
    await probe.bind('target', 'source');
    await probe.ch.deleteExchange(t.name('target'), { ifUnused: true });
    assert.equal(await probe.exists('target'), false);
  },
);

claim(
  'exchange.delete.bindings',
  'With an exchange go its bindings: declared again under the same name it has none.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['q']);
    await probe.exchange('x', 'fanout');
    await probe.exchange('source', 'fanout');
    await probe.bind('q', 'x');
    await probe.bind('x', 'source');
    await probe.ch.deleteExchange(t.name('x'));
    await probe.exchange('x', 'fanout');
    assert.deepEqual(await probe.route('x', ''), []);
    await probe.bind('q', 'x');
    assert.deepEqual(await probe.route('source', ''), [], 'the binding from another exchange is gone as well');
  },
);
