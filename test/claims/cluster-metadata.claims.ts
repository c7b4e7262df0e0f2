/** Definitions in a cluster of three: what one node has made is there on all at once. */
import { strict as assert } from 'node:assert';
import type { ClusterStage, NodeName } from './harness/cluster-stage';
import { NODES } from './harness/cluster-stage';
import { factsOf, scenario } from './harness/scenario';

/** A running cluster of three; claims use names of their own. */
const running = scenario('three nodes run', { layout: 'three', harmless: true }, async (c) => c);
const claim = factsOf(running, '10');

/** What each node says of a queue or exchange. */
async function everywhere(c: ClusterStage, kind: 'Queue' | 'Exchange', name: string): Promise<string[]> {
  return Promise.all(NODES.map((node) => c.answer(node, (ch) => ch[`check${kind}`](name))));
}

const ALL_OK = ['ok', 'ok', 'ok'];

claim('cluster.metadata.queue', 'A queue is there on all nodes when declare-ok has come.', async (c) => {
  const ch = await c.channel('rabbit1');
  await ch.assertQueue('meta.q');
  assert.deepEqual(await everywhere(c, 'Queue', 'meta.q'), ALL_OK);
});

claim('cluster.metadata.exchange', 'An exchange is there on all nodes when declare-ok has come.', async (c) => {
  const ch = await c.channel('rabbit2');
  await ch.assertExchange('meta.x', 'topic');
  assert.deepEqual(await everywhere(c, 'Exchange', 'meta.x'), ALL_OK);
});

claim('cluster.metadata.binding', 'A binding made through one node routes what is published through the others.', async (c) => {
  const ch = await c.channel('rabbit1');
  await ch.assertQueue('meta.bound');
  await ch.bindQueue('meta.bound', 'amq.direct', 'meta.key');
  for (const node of NODES) {
    const there = await c.confirmChannel(node);
    there.publish('amq.direct', 'meta.key', Buffer.from(node));
    await there.waitForConfirms();
  }
  assert.deepEqual((await c.drain('rabbit3', 'meta.bound')).sort(), [...NODES]);
});

claim('cluster.metadata.unbind', 'A binding that one node removes is gone for publishers of the others.', async (c) => {
  const ch = await c.channel('rabbit1');
  await ch.assertQueue('meta.unbound');
  await ch.bindQueue('meta.unbound', 'amq.direct', 'meta.gone');
  await (await c.channel('rabbit2')).unbindQueue('meta.unbound', 'amq.direct', 'meta.gone');
  const there = await c.confirmChannel('rabbit3');
  there.publish('amq.direct', 'meta.gone', Buffer.from('m'));
  await there.waitForConfirms();
  assert.equal(await c.probe('rabbit3', 'meta.unbound'), 'ready 0');
});

claim('cluster.metadata.delete-queue', 'A queue that is deleted through one node is gone for all.', async (c) => {
  await (await c.channel('rabbit1')).assertQueue('meta.deleted');
  await (await c.channel('rabbit3')).deleteQueue('meta.deleted');
  const gone = "NOT_FOUND - no queue 'meta.deleted' in vhost '/'";
  assert.deepEqual(await everywhere(c, 'Queue', 'meta.deleted'), [gone, gone, gone]);
});

claim('cluster.metadata.delete-exchange', 'An exchange that is deleted through one node is gone for all.', async (c) => {
  await (await c.channel('rabbit1')).assertExchange('meta.deleted', 'fanout');
  await (await c.channel('rabbit2')).deleteExchange('meta.deleted');
  const gone = "NOT_FOUND - no exchange 'meta.deleted' in vhost '/'";
  assert.deepEqual(await everywhere(c, 'Exchange', 'meta.deleted'), [gone, gone, gone]);
});

claim(
  'cluster.metadata.equivalent',
  'A declaration is compared with what another node has made: other properties give 406.',
  async (c) => {
    await (await c.channel('rabbit1')).assertQueue('meta.same', { durable: true });
    assert.match(
      await c.answer('rabbit2', (ch) => ch.assertQueue('meta.same', { durable: false })),
      /^PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'meta\.same' in vhost '\/'/,
    );
    assert.equal(await c.answer('rabbit3', (ch) => ch.assertQueue('meta.same', { durable: true })), 'ok');
  },
);

claim('cluster.metadata.vhost', 'A virtual host that is added on one node takes clients on all.', async (c) => {
  await c.told('rabbit2', 'add_vhost', 'meta');
  await c.told('rabbit2', 'set_permissions', '-p', 'meta', 'guest', '.*', '.*', '.*');
  for (const node of NODES) await c.eventually(() => c.connect(node, { vhost: 'meta' }));
});

claim('cluster.metadata.vhost-delete', 'A virtual host that is deleted on one node takes clients on none.', async (c) => {
  await c.told('rabbit1', 'add_vhost', 'meta-gone');
  await c.told('rabbit1', 'set_permissions', '-p', 'meta-gone', 'guest', '.*', '.*', '.*');
  await c.told('rabbit3', 'delete_vhost', 'meta-gone');
  for (const node of NODES) await assert.rejects(c.connect(node, { vhost: 'meta-gone' }));
});

claim(
  'cluster.metadata.user',
  'A user that is added on one node may log in on all; one that is deleted may on none.',
  async (c) => {
    await c.told('rabbit3', 'add_user', 'meta', 'meta');
    await c.told('rabbit3', 'set_permissions', 'meta', '.*', '.*', '.*');
    for (const node of NODES) await c.connect(node, { user: 'meta' });
    await c.told('rabbit1', 'delete_user', 'meta');
    for (const node of NODES) await assert.rejects(c.connect(node, { user: 'meta' }), /ACCESS_REFUSED|403/);
  },
);

claim('cluster.metadata.policy', 'A policy that is set on one node rules queues of all.', async (c) => {
  for (const node of NODES) await (await c.channel(node)).assertQueue(`meta.policy.${node}`);
  await c.told('rabbit1', 'set_policy', 'meta', '^meta\\.policy\\.', '{"max-length":1}', '--apply-to', 'queues');
  for (const node of NODES) {
    await c.eventually(async () => {
      const ch = await c.confirmChannel('rabbit2');
      await c.publish(ch, `meta.policy.${node}`, ['a', 'b', 'c']);
      assert.equal(await c.probe(node, `meta.policy.${node}`), 'ready 1');
    });
  }
  await c.told('rabbit3', 'clear_policy', 'meta');
});

claim('cluster.metadata.parameters', 'list_policies, list_users and list_vhosts tell the same on every node.', async (c) => {
  for (const listing of ['list_policies', 'list_users', 'list_vhosts', 'list_permissions']) {
    const told = await Promise.all(NODES.map((node) => c.told(node, listing)));
    assert.deepEqual(told[1], told[0], listing);
    assert.deepEqual(told[2], told[0], listing);
  }
});

claim('cluster.metadata.list-queues', 'list_queues tells the queues of all nodes, on whichever it is asked.', async (c) => {
  for (const node of NODES) await (await c.channel(node)).assertQueue(`meta.listed.${node}`);
  const names = NODES.map((node) => `meta.listed.${node}`);
  for (const node of NODES) {
    const listed = (await c.told(node, 'list_queues', 'name')).split('\n');
    for (const name of names) assert.ok(listed.includes(name), `${name} on ${node}`);
  }
});

claim('cluster.metadata.list-connections', 'list_connections and list_channels tell those of all nodes.', async (c) => {
  for (const node of NODES) await c.channel(node);
  for (const listing of ['list_connections', 'list_channels']) {
    const listed = await c.told('rabbit2', listing, 'pid');
    for (const node of NODES) assert.ok(listed.includes(`${node}@localhost`), `${listing} ${node}`);
  }
});

claim('cluster.metadata.server-named', 'Queues that the server names have different names on different nodes.', async (c) => {
  const names = await Promise.all(
    NODES.map(async (node) => (await (await c.channel(node)).assertQueue('', { exclusive: true })).queue),
  );
  assert.equal(new Set(names).size, 3);
});

claim('cluster.metadata.cluster-name', 'A cluster name that is set on one node is told by all.', async (c) => {
  await c.told('rabbit2', 'set_cluster_name', 'warren');
  for (const node of NODES) {
    const status = JSON.parse(await c.told(node, 'cluster_status', '--formatter', 'json')) as { cluster_name: string };
    assert.equal(status.cluster_name, 'warren');
  }
});

claim(
  'cluster.metadata.same-moment',
  'Of two nodes that declare the same queue at once, one is its home, and both get declare-ok.',
  async (c) => {
    const channels = await Promise.all(['rabbit1', 'rabbit2'].map((node) => c.channel(node as NodeName)));
    const answers = await Promise.all(channels.map((ch) => ch.assertQueue('meta.race')));
    assert.deepEqual(
      answers.map(({ queue }) => queue),
      ['meta.race', 'meta.race'],
    );
    const { node } = (await c.queue('meta.race')) ?? { node: '' };
    assert.ok(node === 'rabbit1' || node === 'rabbit2', node);
  },
);

claim('cluster.metadata.snapshot', 'All members are seen by any of them as disc nodes of one cluster.', async (c) => {
  const { nodes } = await c.lab.snapshot();
  assert.deepEqual(
    nodes.map(({ name, kind, cluster }) => [name, kind, cluster === undefined]),
    NODES.map((name) => [name, 'disc', false]),
  );
});
