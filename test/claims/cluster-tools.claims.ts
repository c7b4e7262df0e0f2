/** What is for one node, and what for the whole cluster: tools that look at messages, and limits. Nodes are not harmed. */
import { strict as assert } from 'node:assert';
import type { ClusterStage, NodeName } from './harness/cluster-stage';
import { factsOf, scenario } from './harness/scenario';

const running = scenario('tools of three nodes', { layout: 'three', harmless: true }, async (c) => c);
const claim = factsOf(running, '10');

const QUORUM = { 'x-queue-type': 'quorum' };

/** What `rabbitmq-queues peek` shows of a message: its properties. */
async function peeked(c: ClusterStage, position: number): Promise<Record<string, unknown>> {
  const { code, out, err } = await c.run('rabbitmq-queues', 'rabbit2', 'peek', 'peek.q', String(position), '--formatter', 'json');
  assert.equal(code, 0, err);
  return (JSON.parse(out) as { message: Record<string, unknown> }).message;
}

claim(
  'cluster.tools.peek',
  'peek shows a message of a quorum queue by its position, from any node, and leaves it there.',
  async (c) => {
    await c.filled('rabbit1', 'peek.q', 2, QUORUM);
    const channel = await c.confirmChannel('rabbit3');
    const headers = { text: 'x', number: 7, list: [1, 'two', true], table: { a: 1 } };
    await c.publish(channel, 'peek.q', ['whole'], { headers, messageId: 'm-1', priority: 3, contentType: 'text/plain' });
    await c.publish(channel, 'peek.q', ['y'.repeat(70)]);
    const common = { delivery_mode: 2, exchange: '', 'header.x-delivery-count': 0, routing_keys: ['peek.q'] };
    assert.deepEqual(await peeked(c, 1), { ...common, 'payload (max 64 bytes)': 'm1' });
    assert.deepEqual(await peeked(c, 3), {
      ...{ ...common, content_type: 'text/plain', message_id: 'm-1', priority: 3, 'payload (max 64 bytes)': 'whole' },
      ...{ 'header.text': 'x', 'header.number': 7, 'header.list': { byte: 1, longstr: 'two', bool: true } },
      'header.table': [['a', 'byte', 1]],
    });
    assert.equal((await peeked(c, 4))['payload (max 64 bytes)'], 'y'.repeat(64));
    assert.equal(await c.probe('rabbit2', 'peek.q'), 'ready 4');
    // A message that somebody holds is none of them.
    await channel.get('peek.q');
    assert.equal((await peeked(c, 1))['payload (max 64 bytes)'], 'm2');
  },
);

claim(
  'cluster.tools.peek-missing',
  'peek ends with 69 for positions without a message and for other queues, with 64 for 0.',
  async (c) => {
    await (await c.channel('rabbit1')).assertQueue('peek.classic');
    await (await c.channel('rabbit1')).assertQueue('peek.empty', { durable: true, arguments: QUORUM });
    const peek = async (...words: readonly string[]): Promise<readonly [number, string]> => {
      const { code, err } = await c.run('rabbitmq-queues', 'rabbit1', 'peek', ...words);
      return [code, err.split('\n')[0] as string];
    };
    assert.deepEqual(await peek('peek.empty', '1'), [69, 'Target queue does not have a message at that position']);
    assert.deepEqual(await peek('peek.classic', '1'), [69, 'Cannot peek into a classic queue']);
    assert.deepEqual(await peek('peek.none', '1'), [69, "Target queue was not found in virtual host '/'"]);
    const notPositive = 'Error (argument validation): "position value must be a positive integer"';
    assert.deepEqual(await peek('peek.empty', '0'), [64, notPositive]);
  },
);

claim(
  'cluster.tools.trace',
  'trace_on copies what the clients of that one node publish, not what goes through others.',
  async (c) => {
    await c.told('rabbit1', 'trace_on');
    const [one, two] = [await c.confirmChannel('rabbit1'), await c.confirmChannel('rabbit2')];
    await two.assertQueue('trace.copies');
    await two.bindQueue('trace.copies', 'amq.rabbitmq.trace', 'publish.#');
    await one.assertQueue('trace.q');
    await c.publish(two, 'trace.q', ['elsewhere']);
    await c.publish(one, 'trace.q', ['there']);
    await c.eventually(async () => assert.match(await c.probe('rabbit2', 'trace.copies'), /^ready [1-9]/));
    await c.told('rabbit1', 'trace_off');
    assert.deepEqual(await c.drain('rabbit2', 'trace.copies'), ['there']);
  },
);

/** Connects once more, for a moment. */
async function connecting(c: ClusterStage, node: NodeName, options: { vhost?: string; user?: string }): Promise<string> {
  return c.connect(node, options).then(
    async (connection) => {
      await connection.close();
      return 'connected';
    },
    // What the refusal says is a claim about one node; amqplib does not tell.
    () => 'refused',
  );
}

claim('cluster.tools.max-connections', 'max-connections of a virtual host counts the connections of all nodes.', async (c) => {
  await c.told('rabbit1', 'add_vhost', 'few');
  await c.told('rabbit1', 'set_permissions', '-p', 'few', 'guest', '.*', '.*', '.*');
  const open = [await c.connect('rabbit1', { vhost: 'few' }), await c.connect('rabbit2', { vhost: 'few' })];
  assert.equal(await connecting(c, 'rabbit3', { vhost: 'few' }), 'connected');
  await c.told('rabbit1', 'set_vhost_limits', '-p', 'few', '{"max-connections":2}');
  await c.eventually(async () => assert.equal(await connecting(c, 'rabbit3', { vhost: 'few' }), 'refused'));
  assert.equal(await connecting(c, 'rabbit1', { vhost: 'few' }), 'refused');
  await open[1]?.close();
  await c.eventually(async () => assert.equal(await connecting(c, 'rabbit3', { vhost: 'few' }), 'connected'));
  await c.told('rabbit1', 'delete_vhost', 'few');
});

claim('cluster.tools.user-limits', 'So do max-connections and max-channels of a user.', async (c) => {
  await c.told('rabbit1', 'add_user', 'modest', 'modest');
  await c.told('rabbit1', 'set_permissions', 'modest', '.*', '.*', '.*');
  await c.told('rabbit1', 'set_user_limits', 'modest', '{"max-connections":3,"max-channels":2}');
  const [one, two] = [await c.connect('rabbit1', { user: 'modest' }), await c.connect('rabbit2', { user: 'modest' })];
  const third = await c.connect('rabbit3', { user: 'modest' });
  await c.eventually(async () => assert.equal(await connecting(c, 'rabbit1', { user: 'modest' }), 'refused'));
  await one.createChannel();
  await two.createChannel();
  const ended = new Promise<string>((resolve) => third.once('error', (error: Error) => resolve(error.message)));
  void third.createChannel().catch(() => undefined);
  assert.match(await ended, /number of channels opened for user 'modest' has reached the maximum allowed user limit of \(2\)/);
  await c.leave();
  await c.told('rabbit1', 'delete_user', 'modest');
});

claim('cluster.tools.max-queues', 'max-queues of a virtual host counts the queues of all nodes.', async (c) => {
  await c.told('rabbit1', 'add_vhost', 'small');
  await c.told('rabbit1', 'set_permissions', '-p', 'small', 'guest', '.*', '.*', '.*');
  await c.told('rabbit1', 'set_vhost_limits', '-p', 'small', '{"max-queues":2}');
  for (const node of ['rabbit1', 'rabbit2'] as const) {
    await (await (await c.connect(node, { vhost: 'small' })).createChannel()).assertQueue(`of.${node}`);
  }
  const channel = await (await c.connect('rabbit3', { vhost: 'small' })).createChannel();
  const refused = new Promise<string>((resolve) => channel.once('error', (error: Error) => resolve(error.message)));
  void channel.assertQueue('of.rabbit3').catch(() => undefined);
  assert.match(await refused, /cannot declare queue 'of\.rabbit3': queue limit in vhost 'small' \(2\) is reached/);
  await c.leave();
  await c.told('rabbit1', 'delete_vhost', 'small');
});
