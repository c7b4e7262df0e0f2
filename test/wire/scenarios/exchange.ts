/** What exchange methods refuse. */
import { tableOf } from '../../../lib/amqp/field-table';
import { scenario } from '../scenario';

scenario('exchange-inequivalent', 'An exchange declared again with other properties or arguments.', async (stage) => {
  const client = await stage.client();
  await client.open();
  const same = { exchange: 'w-x', type: 'direct' };
  await client.ask('exchange.declare', 1, same);
  await client.each('exchange.declare', [
    same,
    { ...same, type: 'fanout' },
    { ...same, durable: true },
    { ...same, autoDelete: true },
    { ...same, internal: true },
    { ...same, arguments: tableOf({ 'alternate-exchange': 'ae' }) },
    { ...same, arguments: tableOf({ 'x-foo': 1 }) },
  ]);
  await client.ask('exchange.delete', 1, { exchange: 'w-x' });
  const alternate = { ...same, arguments: tableOf({ 'alternate-exchange': 'ae' }) };
  await client.ask('exchange.declare', 1, alternate);
  await client.each('exchange.declare', [same, { ...same, arguments: tableOf({ 'alternate-exchange': 'ae2' }) }], 11);
  await client.ask('exchange.delete', 1, { exchange: 'w-x' });
});

scenario('exchange-unknown-type', 'A type that does not exist closes the connection.', async (stage) => {
  const client = await stage.client();
  await client.open();
  await client.ask('exchange.declare', 1, { exchange: 'w-x-type', type: 'nope' });
});

scenario('exchange-reserved', 'Names of the server and the default exchange.', async (stage) => {
  const client = await stage.client();
  await client.each('exchange.declare', [
    { exchange: 'amq.foo', type: 'direct' },
    { exchange: 'amq.direct', type: 'direct', durable: true },
    { exchange: 'amq.direct', type: 'fanout', durable: true },
    { exchange: '', type: 'direct', durable: true },
    { exchange: '', type: 'direct', passive: true },
  ]);
  await client.each('exchange.delete', [{ exchange: 'amq.direct' }, { exchange: '' }], 11);
});

scenario('exchange-missing', 'Methods on an exchange that does not exist.', async (stage) => {
  const client = await stage.client();
  await client.open();
  await client.ask('queue.declare', 1, { queue: 'w-x-missing', exclusive: true });
  await client.each('exchange.declare', [{ exchange: 'nox', passive: true }], 2);
  await client.each('exchange.delete', [{ exchange: 'nox' }], 3);
  await client.each(
    'exchange.bind',
    [
      { source: 'nox', destination: 'amq.direct' },
      { source: 'amq.direct', destination: 'nox' },
    ],
    4,
  );
  await client.each('exchange.unbind', [{ source: 'nox', destination: 'amq.direct' }], 6);
  await client.each(
    'queue.bind',
    [
      { queue: 'w-x-missing', exchange: 'nox' },
      { queue: 'noq', exchange: 'nox' },
    ],
    7,
  );
  await client.each('queue.unbind', [{ queue: 'w-x-missing', exchange: 'nox' }], 9);
});

scenario('exchange-default-binding', 'Nothing can be bound to the default exchange.', async (stage) => {
  const client = await stage.client();
  await client.open();
  await client.ask('queue.declare', 1, { queue: 'w-x-default', exclusive: true });
  await client.each('queue.bind', [{ queue: 'w-x-default', routingKey: 'k' }], 2);
  await client.each('queue.unbind', [{ queue: 'w-x-default', routingKey: 'k' }], 3);
  await client.each(
    'exchange.bind',
    [
      { source: '', destination: 'amq.direct' },
      { source: 'amq.direct', destination: '' },
    ],
    4,
  );
  await client.each('exchange.unbind', [{ source: '', destination: 'amq.direct' }], 6);
});

scenario('exchange-if-unused', 'if-unused while a queue is bound.', async (stage) => {
  const client = await stage.client();
  await client.open();
  await client.ask('exchange.declare', 1, { exchange: 'w-x-used', type: 'direct' });
  await client.ask('queue.declare', 1, { queue: 'w-x-used', exclusive: true });
  await client.ask('queue.bind', 1, { queue: 'w-x-used', exchange: 'w-x-used' });
  await client.each('exchange.delete', [{ exchange: 'w-x-used', ifUnused: true }, { exchange: 'w-x-used' }]);
});

scenario('exchange-passive', 'A passive declare looks at nothing but the name.', async (stage) => {
  const client = await stage.client();
  await client.open();
  await client.ask('exchange.declare', 1, { exchange: 'amq.topic', type: 'fanout', passive: true });
});

scenario('exchange-alternate-invalid', 'alternate-exchange must be text.', async (stage) => {
  const client = await stage.client();
  await client.open();
  await client.ask('exchange.declare', 1, {
    exchange: 'w-x-ae',
    type: 'direct',
    arguments: tableOf({ 'alternate-exchange': 5 }),
  });
});

scenario('exchange-internal', 'Publishing to an internal exchange, and to one that does not exist.', async (stage) => {
  const client = await stage.client();
  await client.open();
  await client.ask('exchange.declare', 1, { exchange: 'w-x-int', type: 'fanout', internal: true, autoDelete: true });
  await client.open(2);
  client.publish(2, { exchange: 'w-x-int', body: 'm' });
  await client.reply();
  await client.open(3);
  client.publish(3, { exchange: 'nox', body: 'm' });
  await client.reply();
  await client.ask('exchange.delete', 1, { exchange: 'w-x-int' });
});
