/** What a user without the permission is told. `limited` may configure c-, write w-, read r-. */
import { tableOf } from '../../../lib/amqp/field-table';
import { scenario } from '../scenario';

const LIMITED = { user: 'limited', password: 'limited' };

scenario('access-queue', 'Queue methods without permission.', async (stage) => {
  const admin = await stage.client();
  await admin.open();
  for (const queue of ['r-acc', 'w-acc', 'o-acc'])
    await admin.ask('queue.declare', 1, { queue, exclusive: false, autoDelete: true });
  const client = await stage.client(LIMITED);
  await client.each(
    'queue.declare',
    [
      { queue: 'zz' },
      { queue: 'r-acc', autoDelete: true },
      { queue: 'r-acc', passive: true },
      { queue: 'zz', passive: true },
      { queue: 'c-acc', exclusive: true },
      { queue: 'c-dlx', arguments: tableOf({ 'x-dead-letter-exchange': 'zz' }) },
      { queue: '' },
    ],
    1,
  );
  await client.each('queue.delete', [{ queue: 'w-acc' }, { queue: 'zz' }], 11);
  await client.each('queue.purge', [{ queue: 'w-acc' }, { queue: 'r-acc' }, { queue: 'zz' }], 21);
  for (const queue of ['r-acc', 'w-acc', 'o-acc']) await admin.ask('queue.delete', 1, { queue });
});

scenario('access-exchange', 'Exchange methods and bindings without permission.', async (stage) => {
  const admin = await stage.client();
  await admin.open();
  for (const exchange of ['r-accx', 'w-accx', 'o-accx']) await admin.ask('exchange.declare', 1, { exchange, type: 'direct' });
  for (const queue of ['r-accq', 'w-accq']) await admin.ask('queue.declare', 1, { queue });
  const client = await stage.client(LIMITED);
  await client.each(
    'exchange.declare',
    [
      { exchange: 'zz', type: 'direct' },
      { exchange: 'o-accx', type: 'direct', passive: true },
      { exchange: 'c-accx', type: 'direct', arguments: tableOf({ 'alternate-exchange': 'zz' }) },
      { exchange: 'c-accx', type: 'direct', autoDelete: true },
    ],
    1,
  );
  await client.each('exchange.delete', [{ exchange: 'w-accx' }, { exchange: 'zz' }, { exchange: 'c-accx' }], 11);
  await client.each(
    'queue.bind',
    [
      { queue: 'w-accq', exchange: 'o-accx' },
      { queue: 'w-accq', exchange: 'r-accx' },
      { queue: 'r-accq', exchange: 'r-accx' },
      { queue: 'w-accq', exchange: 'zz' },
      { queue: 'zz', exchange: 'r-accx' },
    ],
    21,
  );
  await client.each(
    'queue.unbind',
    [
      { queue: 'r-accq', exchange: 'r-accx' },
      { queue: 'w-accq', exchange: 'r-accx' },
    ],
    31,
  );
  await client.each(
    'exchange.bind',
    [
      { destination: 'w-accx', source: 'r-accx' },
      { destination: 'r-accx', source: 'r-accx' },
      { destination: 'w-accx', source: 'w-accx' },
    ],
    41,
  );
  for (const exchange of ['r-accx', 'w-accx', 'o-accx']) await admin.ask('exchange.delete', 1, { exchange });
  for (const queue of ['r-accq', 'w-accq']) await admin.ask('queue.delete', 1, { queue });
});

scenario('access-basic', 'Publishing and reading without permission.', async (stage) => {
  const admin = await stage.client();
  await admin.open();
  for (const exchange of ['w-accb', 'o-accb']) await admin.ask('exchange.declare', 1, { exchange, type: 'direct' });
  for (const queue of ['r-accb', 'w-accbq']) await admin.ask('queue.declare', 1, { queue });
  const client = await stage.client(LIMITED);
  for (const [channel, exchange] of ['w-accb', 'o-accb', '', 'zz'].entries()) {
    await client.open(channel + 1);
    await client.ask('confirm.select', channel + 1);
    client.publish(channel + 1, { exchange, routingKey: 'r-accb', body: 'm' });
    await client.reply();
  }
  await client.each('basic.get', [{ queue: 'w-accbq' }, { queue: 'r-accb' }, { queue: 'zz' }], 11);
  await client.each('basic.consume', [{ queue: 'w-accbq' }, { queue: 'r-accb', consumerTag: 'c' }, { queue: 'zz' }], 21);
  for (const exchange of ['w-accb', 'o-accb']) await admin.ask('exchange.delete', 1, { exchange });
  for (const queue of ['w-accbq', 'r-accb']) await admin.ask('queue.delete', 1, { queue });
  await client.reply();
});
