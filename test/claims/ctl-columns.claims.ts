/** rabbitmqctl's listings, column by column: what is told of connections, channels, queues and consumers. */
import { strict as assert } from 'node:assert';
import { fails, rows } from './commanding';
import { claim } from './harness/claim';
import type { ClaimContext } from './harness/context';

type Row = Record<string, unknown>;

/** The one row of the queue `q` of the claim's own vhost. */
async function queue(t: ClaimContext, ...columns: string[]): Promise<Row> {
  const found = await rows(t, 'list_queues', '-p', t.vhost, 'name', ...columns);
  return found.find(({ name }) => name === 'q') ?? {};
}

/** The rows of the connections into the claim's own vhost. */
async function connections(t: ClaimContext, ...columns: string[]): Promise<Row[]> {
  return (await rows(t, 'list_connections', 'vhost', ...columns)).filter(({ vhost }) => vhost === t.vhost);
}

const OWN = { notebook: '09', vhost: 'own' } as const;

claim('ctl.columns.connection.tuned', 'frame_max, channel_max and timeout are what the client has agreed to.', OWN, async (t) => {
  await t.channel();
  const [row] = await connections(t, 'frame_max', 'channel_max', 'timeout');
  assert.deepEqual([row?.frame_max, row?.channel_max], [131072, 2047]);
  assert.equal(typeof row?.timeout, 'number');
});

claim('ctl.columns.connection.mechanism', 'auth_mechanism is PLAIN for a client with a password.', OWN, async (t) => {
  await t.channel();
  const [row] = await connections(t, 'auth_mechanism', 'protocol');
  assert.equal(row?.auth_mechanism, 'PLAIN');
  assert.deepEqual(row?.protocol, [0, 9, 1]);
});

claim(
  'ctl.columns.connection.properties',
  'client_properties are those that the client has sent, with their types.',
  OWN,
  async (t) => {
    await t.channel();
    const [row] = await connections(t, 'client_properties');
    const properties = row?.client_properties as [string, string, unknown][];
    assert.deepEqual(
      properties.find(([key]) => key === 'product'),
      ['product', 'longstr', 'amqplib'],
    );
    assert.equal(properties.find(([key]) => key === 'capabilities')?.[1], 'table');
  },
);

claim(
  'ctl.columns.connection.traffic',
  'Octets and pieces that a connection has sent and received grow; none waits.',
  OWN,
  async (t) => {
    const ch = await t.channel();
    const seen = async (): Promise<Row> =>
      (await connections(t, 'recv_oct', 'recv_cnt', 'send_oct', 'send_cnt', 'send_pend'))[0] ?? {};
    const before = await seen();
    for (const column of ['recv_oct', 'recv_cnt', 'send_oct', 'send_cnt']) assert.ok(Number(before[column]) > 0, column);
    assert.equal(before.send_pend, 0);
    await ch.assertQueue('q');
    await t.eventually(async () => {
      const after = await seen();
      for (const column of ['recv_oct', 'recv_cnt', 'send_oct', 'send_cnt']) {
        assert.ok(Number(after[column]) > Number(before[column]), column);
      }
    });
  },
);

claim('ctl.columns.connection.since', 'connected_at is in milliseconds since 1970.', OWN, async (t) => {
  await t.channel();
  const [row] = await connections(t, 'connected_at');
  assert.ok(Number(row?.connected_at) > 1_600_000_000_000);
});

claim('ctl.columns.connection.no-tls', 'Without TLS ssl is false, and the columns about it are empty.', OWN, async (t) => {
  await t.channel();
  const columns = ['ssl_protocol', 'ssl_key_exchange', 'ssl_cipher', 'ssl_hash', 'peer_cert_subject', 'peer_cert_validity'];
  const [row] = await connections(t, 'ssl', ...columns);
  assert.equal(row?.ssl, false);
  for (const column of columns) assert.equal(row?.[column], '', column);
});

claim('ctl.columns.queue.bytes', 'message_bytes counts the octets of bodies, ready and unacknowledged apart.', OWN, async (t) => {
  const ch = await t.confirmChannel();
  await ch.assertQueue('q', { durable: false });
  await t.publish(ch, '', 'q', '12345');
  await t.publish(ch, '', 'q', '1234567');
  await ch.get('q');
  await t.eventually(async () => {
    const row = await queue(t, 'message_bytes', 'message_bytes_ready', 'message_bytes_unacknowledged');
    assert.deepEqual(row, { name: 'q', message_bytes: 12, message_bytes_ready: 7, message_bytes_unacknowledged: 5 });
  });
});

claim('ctl.columns.queue.persistent', 'messages_persistent counts persistent messages of a durable queue.', OWN, async (t) => {
  const ch = await t.confirmChannel();
  await ch.assertQueue('q');
  await t.publish(ch, '', 'q', 'kept', { persistent: true });
  await t.publish(ch, '', 'q', 'lost', { persistent: false });
  await t.eventually(async () => {
    const row = await queue(t, 'messages_persistent', 'message_bytes_persistent');
    assert.deepEqual(row, { name: 'q', messages_persistent: 1, message_bytes_persistent: 4 });
  });
});

claim('ctl.columns.queue.transient', 'In a queue that is not durable no message counts as persistent.', OWN, async (t) => {
  const ch = await t.confirmChannel();
  await ch.assertQueue('q', { durable: false });
  await t.publish(ch, '', 'q', 'm', { persistent: true });
  await t.eventually(async () => {
    assert.deepEqual(await queue(t, 'messages', 'messages_persistent'), { name: 'q', messages: 1, messages_persistent: 0 });
  });
});

claim('ctl.columns.queue.ram', 'messages_ram counts what memory holds, ready and unacknowledged.', OWN, async (t) => {
  const ch = await t.confirmChannel();
  await ch.assertQueue('q', { durable: false });
  for (const body of ['1', '2', '3']) await t.publish(ch, '', 'q', body);
  await ch.get('q');
  await t.eventually(async () => {
    const row = await queue(t, 'messages_ready_ram', 'messages_unacknowledged_ram', 'messages_ram', 'message_bytes_ram');
    const ram = { messages_ready_ram: 2, messages_unacknowledged_ram: 1, messages_ram: 3, message_bytes_ram: 3 };
    assert.deepEqual(row, { name: 'q', ...ram });
  });
});

claim(
  'ctl.columns.queue.head-timestamp',
  'head_message_timestamp is the timestamp of the oldest ready message.',
  OWN,
  async (t) => {
    const ch = await t.confirmChannel();
    await ch.assertQueue('q', { durable: false });
    await t.publish(ch, '', 'q', 'a', { timestamp: 1700000000 });
    await t.publish(ch, '', 'q', 'b', { timestamp: 1700000009 });
    await t.eventually(async () => assert.equal((await queue(t, 'head_message_timestamp')).head_message_timestamp, 1700000000));
    await ch.get('q', { noAck: true });
    await t.eventually(async () => assert.equal((await queue(t, 'head_message_timestamp')).head_message_timestamp, 1700000009));
  },
);

claim('ctl.columns.queue.no-head', 'An empty queue has no head_message_timestamp.', OWN, async (t) => {
  await (await t.channel()).assertQueue('q', { durable: false });
  assert.equal((await queue(t, 'head_message_timestamp')).head_message_timestamp, '');
});

claim('ctl.columns.queue.owner', 'owner_pid is the connection of an exclusive queue, and empty for others.', OWN, async (t) => {
  const ch = await t.channel();
  await ch.assertQueue('q', { exclusive: true });
  await ch.assertQueue('shared', { durable: false });
  const [connection] = await connections(t, 'pid');
  const found = await rows(t, 'list_queues', '-p', t.vhost, 'name', 'owner_pid');
  const owners = Object.fromEntries(found.map(({ name, owner_pid: owner }) => [name, owner]));
  const plain = (pid: unknown): string => String(pid).split('.').slice(-2).join('.');
  assert.equal(plain(owners.q), plain(connection?.pid));
  assert.equal(owners.shared, '');
});

claim('ctl.columns.queue.capacity', 'consumer_capacity is 0 without consumers and 1 with an idle one.', OWN, async (t) => {
  const ch = await t.channel();
  await ch.assertQueue('q', { durable: false });
  assert.equal((await queue(t, 'consumer_capacity')).consumer_capacity, 0);
  await ch.consume('q', () => undefined, { noAck: true });
  await t.eventually(async () => {
    const { consumer_capacity: capacity, consumer_utilisation: utilisation } = await queue(
      t,
      'consumer_capacity',
      'consumer_utilisation',
    );
    assert.deepEqual([capacity, utilisation], [1, 1]);
  });
});

claim('ctl.columns.queue.memory', 'memory is a number of octets.', OWN, async (t) => {
  await (await t.channel()).assertQueue('q', { durable: false });
  assert.ok(Number((await queue(t, 'memory')).memory) > 0);
});

claim(
  'ctl.columns.queue.alone',
  'slave_pids, leader, members and online are empty for a classic queue alone.',
  OWN,
  async (t) => {
    await (await t.channel()).assertQueue('q', { durable: false });
    const row = await queue(t, 'slave_pids', 'synchronised_slave_pids', 'leader', 'members', 'online');
    assert.deepEqual(Object.values(row), ['q', '', '', '', '', '']);
  },
);

claim('ctl.columns.channel.tx', 'messages_uncommitted and acks_uncommitted count what waits for tx.commit.', OWN, async (t) => {
  const ch = await t.confirmChannel();
  await ch.assertQueue('q', { durable: false });
  await t.publish(ch, '', 'q', 'm');
  const wire = await t.wire();
  await wire.openChannel(1);
  await wire.call('tx.select', 1, {}, 'tx.select-ok');
  wire.publish(1, { routingKey: 'q', body: 'one' });
  wire.publish(1, { routingKey: 'q', body: 'two' });
  await t.eventually(async () => {
    const found = await rows(t, 'list_channels', 'vhost', 'transactional', 'messages_uncommitted', 'acks_uncommitted');
    const own = found.find(({ vhost, transactional }) => vhost === t.vhost && transactional === true);
    assert.deepEqual([own?.messages_uncommitted, own?.acks_uncommitted], [2, 0]);
  });
});

claim(
  'ctl.columns.consumer.arguments',
  'arguments of a consumer are all that it gave, not only its priority.',
  OWN,
  async (t) => {
    const ch = await t.channel();
    await ch.assertQueue('q', { durable: false });
    await ch.consume('q', () => undefined, { arguments: { 'x-note': 'mine', 'x-priority': 3 } });
    const [row] = await rows(t, 'list_consumers', '-p', t.vhost, 'queue_name', 'arguments');
    assert.deepEqual([...((row?.arguments ?? []) as unknown[])].sort(), [
      ['x-note', 'longstr', 'mine'],
      ['x-priority', 'byte', 3],
    ]);
  },
);

claim('ctl.columns.refused', 'A column that a listing does not have ends with 64, by name.', { notebook: '09' }, async (t) => {
  for (const listing of ['list_connections', 'list_channels', 'list_queues', 'list_consumers', 'list_exchanges', 'schema_info']) {
    await fails(t, 64, /Info key\(s\) bogus are not supported/, listing, 'bogus');
  }
});
