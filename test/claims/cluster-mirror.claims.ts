/** Mirrored queues while all nodes run: policies, who is a mirror, synchronisation. Nodes are not harmed. */
import { strict as assert } from 'node:assert';
import { bodies, type ClusterStage, type NodeName } from './harness/cluster-stage';
import { factsOf, scenario } from './harness/scenario';

const running = scenario('mirrored queues', { layout: 'three', harmless: true }, async (c) => c);
const claim = factsOf(running, '13');

/** Sets a policy for queues whose name begins with `mirror.NAME`. */
async function policy(c: ClusterStage, name: string, definition: Record<string, unknown>): Promise<void> {
  await c.told('rabbit1', 'set_policy', name, `^mirror\\.${name}`, JSON.stringify(definition), '--apply-to', 'queues');
}

/** Waits until a queue has so many mirrors; gives their nodes. */
function mirrors(c: ClusterStage, name: string, count: number): Promise<string[]> {
  return c.eventually(async () => {
    const nodes = ((await c.queue(name))?.mirrors ?? []).map(({ node }) => node);
    assert.equal(nodes.length, count);
    return nodes;
  });
}

function invalid(id: string, definition: Record<string, unknown>, reason: string, sentence: string): void {
  claim(`cluster.mirror.invalid-${id}`, sentence, async (c) => {
    const { code, err } = await c.ctl('rabbit1', 'set_policy', `invalid-${id}`, '^nothing$', JSON.stringify(definition));
    assert.equal(code, 69);
    assert.equal(err, `Validation failed\n\n${reason}`);
  });
}

claim('cluster.mirror.all', 'ha-mode all makes every other node a mirror.', async (c) => {
  await policy(c, 'all', { 'ha-mode': 'all' });
  await (await c.channel('rabbit2')).assertQueue('mirror.all');
  assert.deepEqual((await mirrors(c, 'mirror.all', 2)).sort(), ['rabbit1', 'rabbit3']);
  assert.equal((await c.queue('mirror.all'))?.node, 'rabbit2');
});

claim('cluster.mirror.exactly', 'ha-mode exactly counts the home: 2 means one mirror.', async (c) => {
  await policy(c, 'exactly', { 'ha-mode': 'exactly', 'ha-params': 2 });
  await (await c.channel('rabbit2')).assertQueue('mirror.exactly');
  assert.notEqual((await mirrors(c, 'mirror.exactly', 1))[0], 'rabbit2');
});

claim('cluster.mirror.exactly-many', 'ha-mode exactly with more than there are nodes takes all of them.', async (c) => {
  await policy(c, 'many', { 'ha-mode': 'exactly', 'ha-params': 5 });
  await (await c.channel('rabbit1')).assertQueue('mirror.many');
  await mirrors(c, 'mirror.many', 2);
});

claim('cluster.mirror.nodes', 'ha-mode nodes takes the nodes that it names.', async (c) => {
  await policy(c, 'nodes', { 'ha-mode': 'nodes', 'ha-params': ['rabbit1@localhost', 'rabbit3@localhost'] });
  await (await c.channel('rabbit1')).assertQueue('mirror.nodes');
  assert.deepEqual(await mirrors(c, 'mirror.nodes', 1), ['rabbit3']);
});

claim(
  'cluster.mirror.nodes-move',
  'If ha-mode nodes does not name the home, a synchronised mirror becomes the home.',
  async (c) => {
    await c.filled('rabbit2', 'mirror.move', 10);
    const nodes = ['rabbit1@localhost', 'rabbit3@localhost'];
    await policy(c, 'move', { 'ha-mode': 'nodes', 'ha-params': nodes, 'ha-sync-mode': 'automatic' });
    await c.eventually(async () => {
      const queue = await c.queue('mirror.move');
      assert.notEqual(queue?.node, 'rabbit2');
      assert.equal(queue?.mirrors?.length, 1);
    });
    assert.deepEqual(
      (await c.drain('rabbit2', 'mirror.move')).map((body) => body.replace('*', '')),
      bodies(10),
    );
  },
);

claim('cluster.mirror.nodes-unknown', 'If ha-mode nodes names no member, the queue stays at home without mirrors.', async (c) => {
  await (await c.channel('rabbit3')).assertQueue('mirror.unknown');
  await policy(c, 'unknown', { 'ha-mode': 'nodes', 'ha-params': ['rabbit9@localhost'] });
  await c.eventually(async () => assert.equal((await c.queue('mirror.unknown'))?.kind, 'mirrored'));
  const queue = await c.queue('mirror.unknown');
  assert.deepEqual([queue?.node, queue?.mirrors], ['rabbit3', []]);
});

claim(
  'cluster.mirror.existing',
  'A policy turns queues that exist into mirrored ones; clear_policy turns them back.',
  async (c) => {
    await c.filled('rabbit1', 'mirror.existing', 5);
    await policy(c, 'existing', { 'ha-mode': 'all', 'ha-sync-mode': 'automatic' });
    await c.untilMirrored('mirror.existing', 'rabbit2', 'rabbit3');
    await c.told('rabbit1', 'clear_policy', 'existing');
    await c.eventually(async () => assert.equal((await c.queue('mirror.existing'))?.kind, 'classic'));
    assert.deepEqual(await c.drain('rabbit3', 'mirror.existing'), bodies(5));
  },
);

claim('cluster.mirror.new-synchronised', 'Mirrors of a queue that is empty when they join are synchronised.', async (c) => {
  await policy(c, 'fresh', { 'ha-mode': 'all' });
  await (await c.channel('rabbit1')).assertQueue('mirror.fresh');
  await c.untilMirrored('mirror.fresh', 'rabbit2', 'rabbit3');
});

claim(
  'cluster.mirror.manual',
  'ha-sync-mode is manual by default: mirrors that join a queue with messages are not synchronised.',
  async (c) => {
    await c.filled('rabbit1', 'mirror.manual', 5);
    await policy(c, 'manual', { 'ha-mode': 'all' });
    await mirrors(c, 'mirror.manual', 2);
    assert.ok((await c.queue('mirror.manual'))?.mirrors?.every(({ synchronised }) => !synchronised));
  },
);

claim('cluster.mirror.sync-queue', 'sync_queue synchronises all mirrors of a queue.', async (c) => {
  await c.filled('rabbit1', 'mirror.sync', 5);
  await policy(c, 'sync', { 'ha-mode': 'all' });
  await mirrors(c, 'mirror.sync', 2);
  const { code, out } = await c.ctl('rabbit2', 'sync_queue', 'mirror.sync');
  assert.deepEqual([code, out], [0, "Synchronising queue 'mirror.sync' in vhost '/' ..."]);
  await c.untilMirrored('mirror.sync', 'rabbit2', 'rabbit3');
});

claim('cluster.mirror.sync-waits', 'sync_queue ends when the mirrors have all: there is nothing to cancel then.', async (c) => {
  await c.filled('rabbit1', 'mirror.waits', 300);
  await policy(c, 'waits', { 'ha-mode': 'all', 'ha-sync-batch-size': 1 });
  await mirrors(c, 'mirror.waits', 2);
  assert.equal((await c.ctl('rabbit2', 'sync_queue', 'mirror.waits')).code, 0);
  const { code, out } = await c.ctl('rabbit1', 'cancel_sync_queue', 'mirror.waits');
  assert.deepEqual([code, out.split('\n').at(-1)], [0, 'not_syncing']);
  await c.untilMirrored('mirror.waits', 'rabbit2', 'rabbit3');
});

claim(
  'cluster.mirror.sync-by-consuming',
  'A mirror is synchronised as well once the messages that it lacks are consumed.',
  async (c) => {
    await c.filled('rabbit1', 'mirror.eaten', 3);
    await policy(c, 'eaten', { 'ha-mode': 'all' });
    await mirrors(c, 'mirror.eaten', 2);
    await c.publish(await c.confirmChannel('rabbit2'), 'mirror.eaten', ['new']);
    const ch = await c.channel('rabbit3');
    for (let i = 0; i < 3; i++) await ch.get('mirror.eaten', { noAck: true });
    await c.untilMirrored('mirror.eaten', 'rabbit2', 'rabbit3');
  },
);

claim('cluster.mirror.sync-purge', 'Purging a queue synchronises its mirrors.', async (c) => {
  await c.filled('rabbit1', 'mirror.purged', 3);
  await policy(c, 'purged', { 'ha-mode': 'all' });
  await mirrors(c, 'mirror.purged', 2);
  await (await c.channel('rabbit2')).purgeQueue('mirror.purged');
  await c.untilMirrored('mirror.purged', 'rabbit2', 'rabbit3');
});

claim(
  'cluster.mirror.cancel-idle',
  'cancel_sync_queue of a queue that does not synchronise says not_syncing, and ends with 0.',
  async (c) => {
    await policy(c, 'idle', { 'ha-mode': 'all' });
    await (await c.channel('rabbit1')).assertQueue('mirror.idle');
    await mirrors(c, 'mirror.idle', 2);
    const { code, out } = await c.ctl('rabbit1', 'cancel_sync_queue', 'mirror.idle');
    assert.equal(code, 0);
    assert.match(out, /not_syncing/);
  },
);

claim('cluster.mirror.sync-missing', 'sync_queue of a queue that does not exist ends with 69: not_found.', async (c) => {
  const { code, err } = await c.ctl('rabbit1', 'sync_queue', 'mirror.none');
  assert.deepEqual([code, err], [69, 'not_found']);
});

claim('cluster.mirror.sync-plain', 'sync_queue of a queue without mirrors ends with 69: not_mirrored.', async (c) => {
  await (await c.channel('rabbit1')).assertQueue('plain.q');
  const { code, err } = await c.ctl('rabbit1', 'sync_queue', 'plain.q');
  assert.deepEqual([code, err], [69, 'not_mirrored']);
});

claim(
  'cluster.mirror.columns',
  'list_queues tells mirrors and synchronised mirrors by their pids; both are empty for other queues.',
  async (c) => {
    await policy(c, 'columns', { 'ha-mode': 'nodes', 'ha-params': ['rabbit1@localhost', 'rabbit2@localhost'] });
    const ch = await c.channel('rabbit1');
    await ch.assertQueue('mirror.columns');
    await ch.assertQueue('plain.columns');
    await c.untilMirrored('mirror.columns', 'rabbit2');
    const lines = (await c.told('rabbit3', 'list_queues', 'name', 'slave_pids', 'synchronised_slave_pids')).split('\n');
    const row = (name: string): string[] => (lines.find((line) => line.startsWith(`${name}\t`)) ?? '').split('\t');
    const [, all = '', synchronised] = row('mirror.columns');
    assert.match(all, /^\[<rabbit2@localhost\.\d+\.\d+\.\d+>\]$/);
    assert.equal(synchronised, all);
    assert.deepEqual(row('plain.columns').slice(1).join(''), '');
  },
);

claim('cluster.mirror.messages', 'A message of a mirrored queue is counted and delivered once.', async (c) => {
  await policy(c, 'once', { 'ha-mode': 'all' });
  await c.filled('rabbit1', 'mirror.once', 3);
  assert.equal(await c.probe('rabbit2', 'mirror.once'), 'ready 3');
  assert.deepEqual(await c.drain('rabbit3', 'mirror.once'), bodies(3));
});

claim('cluster.mirror.exclusive', 'An exclusive queue is never mirrored.', async (c) => {
  await policy(c, 'exclusive', { 'ha-mode': 'all' });
  const ch = await c.channel('rabbit1');
  await ch.assertQueue('mirror.exclusive', { exclusive: true });
  assert.equal((await c.queue('mirror.exclusive'))?.kind, 'classic');
});

claim('cluster.mirror.delete', 'Deleting a mirrored queue through a node of a mirror deletes it everywhere.', async (c) => {
  await policy(c, 'deleted', { 'ha-mode': 'all' });
  await c.filled('rabbit1', 'mirror.deleted', 2);
  assert.equal((await (await c.channel('rabbit3')).deleteQueue('mirror.deleted')).messageCount, 2);
  for (const node of ['rabbit1', 'rabbit2'] as NodeName[])
    assert.match(await c.probe(node, 'mirror.deleted'), /^NOT_FOUND - no queue/);
});

claim('cluster.mirror.quorum', 'A policy with ha-mode does not touch quorum queues.', async (c) => {
  await policy(c, 'quorum', { 'ha-mode': 'all' });
  await (await c.channel('rabbit1')).assertQueue('mirror.quorum', { arguments: { 'x-queue-type': 'quorum' } });
  const queue = await c.queue('mirror.quorum');
  assert.deepEqual([queue?.kind, queue?.mirrors], ['quorum', undefined]);
});

claim('cluster.mirror.shrinks', 'A policy that asks for fewer mirrors takes some away.', async (c) => {
  await policy(c, 'shrinks', { 'ha-mode': 'all' });
  await (await c.channel('rabbit1')).assertQueue('mirror.shrinks');
  await mirrors(c, 'mirror.shrinks', 2);
  await policy(c, 'shrinks', { 'ha-mode': 'exactly', 'ha-params': 2 });
  await mirrors(c, 'mirror.shrinks', 1);
});

invalid('exactly', { 'ha-mode': 'exactly' }, 'ha-mode="exactly" takes an integer, none given', 'ha-mode exactly wants a number.');
invalid(
  'exactly-zero',
  { 'ha-mode': 'exactly', 'ha-params': 0 },
  'ha-mode="exactly" takes an integer, 0 given',
  'ha-mode exactly wants a number above 0.',
);
invalid(
  'nodes-empty',
  { 'ha-mode': 'nodes', 'ha-params': [] },
  'ha-mode="nodes" list must be non-empty',
  'ha-mode nodes wants at least one node.',
);
invalid('mode', { 'ha-mode': 'some' }, '<<"some">> is not a valid ha-mode value', 'ha-mode is all, exactly or nodes.');
invalid(
  'all-params',
  { 'ha-mode': 'all', 'ha-params': 2 },
  'ha-mode="all" does not take parameters',
  'ha-mode all takes no ha-params.',
);
invalid(
  'no-mode',
  { 'ha-params': 2 },
  'ha-mode must be specified to specify ha-params, ha-sync-mode or ha-promote-on-shutdown',
  'ha-params needs ha-mode.',
);
invalid(
  'sync-no-mode',
  { 'ha-sync-mode': 'automatic' },
  'ha-mode must be specified to specify ha-params, ha-sync-mode or ha-promote-on-shutdown',
  'ha-sync-mode needs ha-mode.',
);
invalid(
  'sync-mode',
  { 'ha-mode': 'all', 'ha-sync-mode': 'x' },
  'ha-sync-mode must be "manual" or "automatic", got <<"x">>',
  'ha-sync-mode is manual or automatic.',
);
invalid(
  'shutdown',
  { 'ha-mode': 'all', 'ha-promote-on-shutdown': 'x' },
  'ha-promote-on-shutdown must be "always" or "when-synced", got <<"x">>',
  'ha-promote-on-shutdown is always or when-synced.',
);
invalid(
  'failure',
  { 'ha-mode': 'all', 'ha-promote-on-failure': 'x' },
  'ha-promote-on-failure must be "always" or "when-synced", got <<"x">>',
  'ha-promote-on-failure is always or when-synced.',
);
