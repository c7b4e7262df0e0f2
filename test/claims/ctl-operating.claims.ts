/** rabbitmqctl at work on a node: tracing, listeners, waiting, names, limits of an import. */
import { strict as assert } from 'node:assert';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { ConsumeMessage } from 'amqplib';
import { fails, rows, told } from './commanding';
import { claim } from './harness/claim';
import type { ClaimContext } from './harness/context';

const OWN = { notebook: '09', vhost: 'own' } as const;

/** Traces the claim's own vhost, into a list. */
async function traced(t: ClaimContext): Promise<ConsumeMessage[]> {
  const copies: ConsumeMessage[] = [];
  const ch = await t.channel();
  const { queue } = await ch.assertQueue('', { exclusive: true });
  await ch.bindQueue(queue, 'amq.rabbitmq.trace', '#');
  await ch.consume(queue, (message) => message !== null && copies.push(message), { noAck: true });
  await told(t, 'trace_on', '-p', t.vhost);
  return copies;
}

function keys(copies: readonly ConsumeMessage[]): string[] {
  return copies.map(({ fields }) => fields.routingKey).sort();
}

claim(
  'ctl.trace.text',
  'trace_on and trace_off say what they did, also of a vhost that does not exist.',
  { notebook: '09' },
  async (t) => {
    const nowhere = t.name('nowhere');
    assert.equal(await told(t, 'trace_on', '-p', nowhere), `Trace enabled for vhost ${nowhere}`);
    assert.equal(await told(t, 'trace_off', '-p', nowhere), `Trace disabled for vhost ${nowhere}`);
  },
);

claim(
  'ctl.trace.published',
  'A traced publish is copied to amq.rabbitmq.trace as publish.EXCHANGE, with its body.',
  OWN,
  async (t) => {
    const copies = await traced(t);
    const ch = await t.confirmChannel();
    await ch.assertExchange('x', 'topic', { durable: false });
    await ch.assertQueue('q', { durable: false });
    await ch.bindQueue('q', 'x', '#');
    await t.publish(ch, 'x', 'a.b', 'hello', { messageId: 'm1', headers: { CC: ['c.d'] } });
    await t.eventually(async () => assert.deepEqual(keys(copies), ['publish.x']));
    const [copy] = copies as [ConsumeMessage];
    assert.equal(copy.content.toString(), 'hello');
    const {
      exchange_name: exchange,
      routing_keys: sent,
      routed_queues: queues,
      vhost,
      user,
      channel,
    } = copy.properties.headers ?? {};
    assert.deepEqual(
      [exchange, sent, queues, vhost, typeof user, typeof channel],
      ['x', ['a.b', 'c.d'], ['q'], t.vhost, 'string', 'number'],
    );
    assert.equal(copy.properties.headers?.properties.message_id, 'm1');
  },
);

claim(
  'ctl.trace.delivered',
  'A traced delivery is copied as deliver.QUEUE, and tells whether it was redelivered.',
  OWN,
  async (t) => {
    const ch = await t.confirmChannel();
    await ch.assertQueue('q', { durable: false });
    await t.publish(ch, '', 'q', 'm');
    const copies = await traced(t);
    const first = await ch.get('q');
    assert.ok(first !== false);
    ch.nack(first);
    await t.untilReady(ch, 'q', 1);
    await ch.get('q', { noAck: true });
    await t.eventually(async () => assert.deepEqual(keys(copies), ['deliver.q', 'deliver.q']));
    assert.deepEqual(copies.map(({ properties }) => properties.headers?.redelivered).sort(), [0, 1]);
  },
);

claim(
  'ctl.trace.unroutable',
  'A publish to the default exchange is traced with the queue it names, there or not.',
  OWN,
  async (t) => {
    const copies = await traced(t);
    const ch = await t.confirmChannel();
    await t.publish(ch, '', 'nowhere', 'm');
    await t.eventually(async () => assert.deepEqual(keys(copies), ['publish.']));
    assert.deepEqual(copies[0]?.properties.headers?.routed_queues, ['nowhere']);
  },
);

claim('ctl.trace.off', 'After trace_off nothing is copied any more, on channels that are open as well.', OWN, async (t) => {
  const copies = await traced(t);
  const ch = await t.confirmChannel();
  await t.publish(ch, '', 'nowhere', 'm1');
  await t.eventually(async () => assert.equal(copies.length, 1));
  await told(t, 'trace_off', '-p', t.vhost);
  await t.publish(ch, '', 'nowhere', 'm2');
  await t.quiet();
  assert.equal(copies.length, 1);
});

claim('ctl.trace.listed', 'list_vhosts tells which virtual hosts are traced.', OWN, async (t) => {
  const seen = async (): Promise<unknown> =>
    (await rows(t, 'list_vhosts', 'name', 'tracing')).find(({ name }) => name === t.vhost)?.tracing;
  assert.equal(await seen(), false);
  await told(t, 'trace_on', '-p', t.vhost);
  assert.equal(await seen(), true);
  await told(t, 'trace_off', '-p', t.vhost);
  assert.equal(await seen(), false);
});

claim(
  'ctl.suspend',
  'With its listeners suspended a node serves those who are connected and refuses others, until they are resumed.',
  { notebook: '09', alone: true },
  async (t) => {
    const ch = await t.channel();
    await told(t, 'suspend_listeners');
    try {
      await ch.assertQueue(t.name('q'), { exclusive: true });
      await assert.rejects(t.connect());
    } finally {
      await told(t, 'resume_listeners');
    }
    await (await t.connect()).close();
  },
);

claim('ctl.wait.nothing', 'wait without a pid or a pid file ends with 64.', { notebook: '09' }, async (t) => {
  await fails(t, 64, /^Error \(argument validation\): "No pid or pidfile specified"/, 'wait');
  await fails(t, 64, /"Cannot specify both pid and pidfile"/, 'wait', '--pid', '1', '/nowhere');
});

claim(
  'ctl.cluster-name.clients',
  'A name given by set_cluster_name is told to clients in connection.start.',
  { notebook: '09', alone: true },
  async (t) => {
    const name = t.name('cluster');
    await told(t, 'set_cluster_name', name);
    const connection = await t.connect();
    assert.equal(connection.connection.serverProperties.cluster_name, name);
    await connection.close();
    await told(t, 'clear_global_parameter', 'cluster_name');
  },
);

claim('ctl.ciphers', 'list_ciphers and list_hashes print Erlang lists of names.', { notebook: '09' }, async (t) => {
  assert.match(await told(t, 'list_ciphers'), /^\[chacha20,aes_256_ofb,/);
  assert.match(await told(t, 'list_hashes'), /^\[blake2s,blake2b,sha3_512,/);
});

claim('ctl.schema', 'schema_info lists tables, among them those of vhosts, users and queues.', { notebook: '09' }, async (t) => {
  const names = (await rows(t, 'schema_info', 'name')).map(({ name }) => name);
  for (const table of ['rabbit_vhost', 'rabbit_user', 'rabbit_queue', 'rabbit_runtime_parameters']) {
    assert.ok(names.includes(table), table);
  }
});

claim(
  'ctl.clear-permissions.order',
  'clear_permissions looks for the user (67) before the virtual host (69).',
  { notebook: '09' },
  async (t) => {
    const [nobody, nowhere] = [t.name('nobody'), t.name('nowhere')];
    await fails(t, 67, `User ${nobody} does not exist`, 'clear_permissions', '-p', nowhere, nobody);
    await fails(t, 67, `User ${nobody} does not exist`, 'clear_permissions', '-p', t.vhost, nobody);
    const { user } = await t.user();
    await fails(t, 69, /Virtual host .+ does not exist/, 'clear_permissions', '-p', nowhere, user);
  },
);

claim(
  'ctl.import.queue-limit',
  'An import that would exceed the queue limit of a virtual host is aborted, with 69.',
  OWN,
  async (t) => {
    await told(t, 'set_vhost_limits', '-p', t.vhost, '{"max-queues":1}');
    const queue = (name: string): object => ({ name, vhost: t.vhost, durable: true, auto_delete: false, arguments: {} });
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'claim-'));
    try {
      const file = path.join(folder, 'definitions.json');
      fs.writeFileSync(file, JSON.stringify({ queues: [queue('a'), queue('b')] }));
      fs.chmodSync(folder, 0o755);
      const text = /Adding 2 queue\(s\) to virtual host "[^"]+" would exceed the limit of 1 queue\(s\)\./;
      await fails(t, 69, text, 'import_definitions', file);
      assert.deepEqual(await rows(t, 'list_queues', '-p', t.vhost, 'name'), []);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  },
);

claim(
  'ctl.import.dash',
  'import_definitions takes - for the name of a file, and finds none, with 65.',
  { notebook: '09' },
  async (t) => {
    await fails(t, 65, /^Error \(argument validation\): Bad argument: File - does not exist/, 'import_definitions', '-');
  },
);
