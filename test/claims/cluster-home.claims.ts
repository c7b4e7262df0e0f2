/** Home nodes: a queue's content lives on one node, and every node serves it. */
import { strict as assert } from 'node:assert';
import { bodies } from './harness/cluster-stage';
import { factsOf, scenario } from './harness/scenario';

const running = scenario('queues on three homes', { layout: 'three', harmless: true }, async (c) => c);
const claim = factsOf(running, '10');

claim('cluster.home.declarer', 'The home of a queue is the node that its declarer is connected to.', async (c) => {
  for (const node of ['rabbit1', 'rabbit2', 'rabbit3'] as const) {
    await (await c.channel(node)).assertQueue(`home.${node}`);
    assert.equal((await c.queue(`home.${node}`))?.node, node);
  }
});

claim('cluster.home.stays', 'Declaring a queue again through another node does not move it.', async (c) => {
  await (await c.channel('rabbit1')).assertQueue('home.stays');
  await (await c.channel('rabbit2')).assertQueue('home.stays');
  assert.equal((await c.queue('home.stays'))?.node, 'rabbit1');
});

claim('cluster.home.publish', 'What is published through one node can be fetched through any other, in order.', async (c) => {
  await c.filled('rabbit1', 'home.publish', 0);
  await c.publish(await c.confirmChannel('rabbit2'), 'home.publish', bodies(20));
  assert.deepEqual(await c.drain('rabbit3', 'home.publish'), bodies(20));
});

claim('cluster.home.consume', 'A consumer on another node gets messages in order, and its acknowledgements count.', async (c) => {
  await c.filled('rabbit1', 'home.consume', 50);
  const ch = await c.channel('rabbit3');
  const got: string[] = [];
  await new Promise<void>((resolve) => {
    void ch.consume('home.consume', (message) => {
      if (message === null) return;
      got.push(message.content.toString());
      ch.ack(message);
      if (got.length === 50) resolve();
    });
  });
  assert.deepEqual(got, bodies(50));
  await c.eventually(async () => assert.equal(await c.probe('rabbit1', 'home.consume'), 'ready 0'));
});

claim('cluster.home.prefetch', 'A prefetch holds for a consumer on another node.', async (c) => {
  await c.filled('rabbit1', 'home.prefetch', 10);
  const ch = await c.channel('rabbit2');
  await ch.prefetch(3);
  let got = 0;
  await ch.consume('home.prefetch', () => void got++);
  await c.eventually(async () => assert.equal(got, 3));
  assert.equal(await c.probe('rabbit3', 'home.prefetch'), 'ready 7');
});

claim(
  'cluster.home.requeue',
  'A message that a consumer on another node rejects returns to its old place, redelivered.',
  async (c) => {
    await c.filled('rabbit1', 'home.requeue', 3);
    const ch = await c.channel('rabbit2');
    const message = await ch.get('home.requeue', { noAck: false });
    assert.ok(message !== false);
    ch.nack(message, false, true);
    await c.eventually(async () => assert.equal(await c.probe('rabbit3', 'home.requeue'), 'ready 3'));
    assert.deepEqual(await c.drain('rabbit3', 'home.requeue'), ['m1*', 'm2', 'm3']);
  },
);

claim(
  'cluster.home.channel-closed',
  'Unacknowledged messages return to a queue of another node when their channel closes.',
  async (c) => {
    await c.filled('rabbit2', 'home.closed', 4);
    const ch = await c.channel('rabbit3');
    for (let i = 0; i < 3; i++) await ch.get('home.closed', { noAck: false });
    assert.equal(await c.probe('rabbit1', 'home.closed'), 'ready 1');
    await ch.close();
    await c.eventually(async () => assert.equal(await c.probe('rabbit1', 'home.closed'), 'ready 4'));
  },
);

claim('cluster.home.confirm', 'Confirms come for queues of other nodes, in whatever order the homes answer.', async (c) => {
  for (const node of ['rabbit1', 'rabbit2', 'rabbit3'] as const) await c.filled(node, `home.confirm.${node}`, 0);
  const ch = await c.confirmChannel('rabbit2');
  const answers = await Promise.all(
    ['rabbit1', 'rabbit2', 'rabbit3'].map((node) => c.publish(ch, `home.confirm.${node}`, ['a', 'b'])),
  );
  assert.deepEqual(
    answers.flat(),
    Array.from({ length: 6 }, () => 'ack'),
  );
});

claim('cluster.home.fanout', 'One publish reaches queues on all nodes, each once.', async (c) => {
  const ch = await c.confirmChannel('rabbit1');
  await ch.assertExchange('home.fanout', 'fanout');
  for (const node of ['rabbit1', 'rabbit2', 'rabbit3'] as const) {
    const there = await c.channel(node);
    await there.assertQueue(`home.fanout.${node}`);
    await there.bindQueue(`home.fanout.${node}`, 'home.fanout', '');
  }
  ch.publish('home.fanout', '', Buffer.from('m'));
  await ch.waitForConfirms();
  for (const node of ['rabbit1', 'rabbit2', 'rabbit3']) assert.deepEqual(await c.drain('rabbit2', `home.fanout.${node}`), ['m']);
});

claim(
  'cluster.home.mandatory',
  'A mandatory message for a queue of another node is not returned; without a queue it is.',
  async (c) => {
    await c.filled('rabbit1', 'home.mandatory', 0);
    const ch = await c.confirmChannel('rabbit3');
    const returned: string[] = [];
    ch.on('return', ({ content }) => returned.push(content.toString()));
    await c.publish(ch, 'home.mandatory', ['routed'], { mandatory: true });
    await c.publish(ch, 'home.nowhere', ['unrouted'], { mandatory: true });
    assert.deepEqual(returned, ['unrouted']);
  },
);

claim('cluster.home.competing', 'Consumers on different nodes share a queue as consumers on one do.', async (c) => {
  await c.filled('rabbit2', 'home.competing', 0);
  const got = new Map<string, number>();
  for (const node of ['rabbit1', 'rabbit2', 'rabbit3'] as const) {
    const ch = await c.channel(node);
    await ch.consume('home.competing', () => void got.set(node, (got.get(node) ?? 0) + 1), { noAck: true });
  }
  await c.publish(await c.confirmChannel('rabbit1'), 'home.competing', bodies(30));
  await c.eventually(async () => assert.deepEqual([...got.values()], [10, 10, 10]));
});

claim('cluster.home.counts', 'declare-ok counts messages and consumers of a queue of another node.', async (c) => {
  await c.filled('rabbit1', 'home.counts', 4);
  const ch = await c.channel('rabbit2');
  await ch.prefetch(1);
  await ch.consume('home.counts', () => undefined);
  await c.eventually(async () => {
    const { messageCount, consumerCount } = await (await c.channel('rabbit3')).checkQueue('home.counts');
    assert.deepEqual([messageCount, consumerCount], [3, 1]);
  });
});

claim('cluster.home.purge', 'purge and delete through another node tell how many messages they took.', async (c) => {
  await c.filled('rabbit1', 'home.purge', 5);
  const ch = await c.confirmChannel('rabbit3');
  assert.equal((await ch.purgeQueue('home.purge')).messageCount, 5);
  await c.publish(ch, 'home.purge', ['a', 'b']);
  assert.equal((await ch.deleteQueue('home.purge')).messageCount, 2);
});

claim('cluster.home.if-empty', 'if-empty and if-unused are asked of the home: 406 through any node.', async (c) => {
  await c.filled('rabbit1', 'home.used', 1);
  assert.equal(
    await c.answer('rabbit2', (ch) => ch.deleteQueue('home.used', { ifEmpty: true })),
    "PRECONDITION_FAILED - queue 'home.used' in vhost '/' not empty",
  );
  const ch = await c.channel('rabbit3');
  await ch.consume('home.used', () => undefined);
  assert.equal(
    await c.answer('rabbit2', (other) => other.deleteQueue('home.used', { ifUnused: true })),
    "PRECONDITION_FAILED - queue 'home.used' in vhost '/' in use",
  );
});

claim('cluster.home.exclusive', 'An exclusive queue is refused to connections of all nodes but its own: 405.', async (c) => {
  const ch = await c.channel('rabbit1');
  await ch.assertQueue('home.exclusive', { exclusive: true });
  for (const node of ['rabbit1', 'rabbit2'] as const)
    assert.match(
      await c.probe(node, 'home.exclusive'),
      /^RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'home\.exclusive'/,
    );
});

claim('cluster.home.exclusive-end', 'An exclusive queue is gone on all nodes when its connection ends.', async (c) => {
  const connection = await c.connect('rabbit2');
  await (await connection.createChannel()).assertQueue('home.owned', { exclusive: true });
  await connection.close();
  await c.eventually(async () =>
    assert.equal(await c.probe('rabbit3', 'home.owned'), "NOT_FOUND - no queue 'home.owned' in vhost '/'"),
  );
});

claim('cluster.home.exclusive-consumer', 'An exclusive consumer keeps consumers of all nodes away: 403.', async (c) => {
  await c.filled('rabbit1', 'home.alone', 0);
  const ch = await c.channel('rabbit2');
  await ch.consume('home.alone', () => undefined, { exclusive: true });
  assert.match(
    await c.answer('rabbit3', (other) => other.consume('home.alone', () => undefined)),
    /^ACCESS_REFUSED - queue 'home\.alone' in vhost '\/' in exclusive use/,
  );
});

claim('cluster.home.auto-delete', 'An auto-delete queue goes when its last consumer, on another node, has gone.', async (c) => {
  await (await c.channel('rabbit1')).assertQueue('home.auto', { autoDelete: true });
  const ch = await c.channel('rabbit2');
  const { consumerTag } = await ch.consume('home.auto', () => undefined);
  await ch.cancel(consumerTag);
  await c.eventually(async () => assert.match(await c.probe('rabbit3', 'home.auto'), /^NOT_FOUND - no queue/));
});

claim('cluster.home.deleted-consumer', 'A consumer is cancelled when its queue, on another node, is deleted.', async (c) => {
  await c.filled('rabbit1', 'home.cancel', 0);
  const ch = await c.channel('rabbit2');
  let cancelled = false;
  await ch.consume('home.cancel', (message) => {
    if (message === null) cancelled = true;
  });
  await (await c.channel('rabbit3')).deleteQueue('home.cancel');
  await c.eventually(async () => assert.ok(cancelled));
});

claim('cluster.home.dead-letter', 'Dead letters go to a queue on another node.', async (c) => {
  await c.filled('rabbit2', 'home.grave', 0);
  await c.filled('rabbit1', 'home.dying', 2, {
    'x-dead-letter-exchange': '',
    'x-dead-letter-routing-key': 'home.grave',
    'x-message-ttl': 100,
  });
  await c.eventually(async () => assert.equal(await c.probe('rabbit3', 'home.grave'), 'ready 2'));
});

claim('cluster.home.reject-publish', 'A queue on another node that is full and rejects gives basic.nack.', async (c) => {
  await c.filled('rabbit1', 'home.full', 0, { 'x-max-length': 1, 'x-overflow': 'reject-publish' });
  const ch = await c.confirmChannel('rabbit3');
  assert.deepEqual(await c.publish(ch, 'home.full', ['a']), ['ack']);
  await c.eventually(async () => assert.deepEqual(await c.publish(ch, 'home.full', ['b']), ['nack']));
});

claim('cluster.home.transaction', 'A transaction spans queues of several nodes.', async (c) => {
  for (const node of ['rabbit1', 'rabbit3'] as const) await c.filled(node, `home.tx.${node}`, 0);
  const wire = await c.wire('rabbit2');
  await wire.openChannel(1);
  await wire.call('tx.select', 1, {}, 'tx.select-ok');
  for (const node of ['rabbit1', 'rabbit3']) wire.publish(1, { routingKey: `home.tx.${node}`, body: 'm' });
  await wire.call('basic.qos', 1, {}, 'basic.qos-ok');
  assert.equal(await c.probe('rabbit1', 'home.tx.rabbit1'), 'ready 0');
  await wire.call('tx.commit', 1, {}, 'tx.commit-ok');
  assert.equal(await c.probe('rabbit1', 'home.tx.rabbit1'), 'ready 1');
  assert.equal(await c.probe('rabbit1', 'home.tx.rabbit3'), 'ready 1');
});

claim(
  'cluster.home.locator-argument',
  'x-queue-master-locator min-masters puts a queue on a node with the fewest.',
  async (c) => {
    const ch = await c.channel('rabbit1');
    for (let i = 0; i < 12; i++) await ch.assertQueue(`home.heavy.${i}`);
    await ch.assertQueue('home.light', { arguments: { 'x-queue-master-locator': 'min-masters' } });
    assert.notEqual((await c.queue('home.light'))?.node, 'rabbit1');
  },
);

claim(
  'cluster.home.locator-policy',
  'The policy queue-master-locator says the same for queues declared afterwards.',
  async (c) => {
    const ch = await c.channel('rabbit1');
    for (let i = 0; i < 12; i++) await ch.assertQueue(`home.weight.${i}`);
    await c.told('rabbit2', 'set_policy', 'locator', '^home\\.lighter$', '{"queue-master-locator":"min-masters"}');
    await ch.assertQueue('home.lighter');
    assert.notEqual((await c.queue('home.lighter'))?.node, 'rabbit1');
    await c.told('rabbit2', 'clear_policy', 'locator');
  },
);

claim(
  'cluster.home.locator-local',
  'x-queue-master-locator client-local is the default: the node of the declarer.',
  async (c) => {
    await (await c.channel('rabbit3')).assertQueue('home.local', { arguments: { 'x-queue-master-locator': 'client-local' } });
    assert.equal((await c.queue('home.local'))?.node, 'rabbit3');
  },
);

claim('cluster.home.column', 'list_queues tells the home of each queue in its pid.', async (c) => {
  await (await c.channel('rabbit2')).assertQueue('home.pid');
  const row = (await c.told('rabbit3', 'list_queues', 'name', 'pid')).split('\n').find((line) => line.startsWith('home.pid\t'));
  assert.match(row ?? '', /^home\.pid\t<rabbit2@localhost\.\d+\.\d+\.\d+>$/);
});

claim('cluster.home.local-option', 'list_queues --local tells queues of the node that is asked only.', async (c) => {
  for (const node of ['rabbit1', 'rabbit2'] as const) await (await c.channel(node)).assertQueue(`home.near.${node}`);
  const listed = (await c.told('rabbit1', 'list_queues', '--local', 'name')).split('\n');
  assert.ok(listed.includes('home.near.rabbit1') && !listed.includes('home.near.rabbit2'), listed.join(' '));
});
