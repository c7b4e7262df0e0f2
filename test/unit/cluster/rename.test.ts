/** Nodes that go on under other names: what the others know then, and where queues are. */
import { strict as assert } from 'node:assert';
import type { Exchange } from '../../../lib/broker/exchange/exchange';
import type { Vhost } from '../../../lib/broker/vhost';
import type { ClusterError } from '../../../lib/cluster/membership/membership';
import { SimCluster, type SimNode } from './sim-node';

type Trio = [SimNode, SimNode, SimNode];

/** Three nodes; b keeps the queue `q`, bound to amq.topic. It is down, and as a tool sees it. */
async function bIsDown(seed: number): Promise<{ readonly cluster: SimCluster; readonly nodes: Trio }> {
  const cluster = await SimCluster.joined(seed, ['a', 'b', 'c']);
  const nodes = cluster.nodes as Trio;
  const [, b] = nodes;
  const vhost = b.broker.vhosts.get('/') as Vhost;
  const queue = vhost.newQueue({ name: 'q', durable: true, autoDelete: false, owner: null, args: new Map() });
  vhost.bind(vhost.exchanges.get('amq.topic') as Exchange, queue, 'k', new Map());
  cluster.sim.runFor(1000);
  b.stop();
  b.boot();
  return { cluster, nodes };
}

async function rename(node: SimNode, ...names: ReadonlyArray<readonly [string, string]>): Promise<string> {
  const full = names.map(([old, now]) => [`${old}@localhost`, `${now}@localhost`] as const);
  return node.tool(node.commands.rename(new Map(full))).then(
    () => 'done',
    ({ reason, message }: ClusterError) => `${reason}: ${message}`,
  );
}

const membersOf = (node: SimNode): string[] => node.commands.members.map(({ name }) => name.split('@')[0] as string).sort();
const homeOf = (node: SimNode): string | undefined => node.broker.vhosts.get('/')?.queues.get('q')?.home;

describe('a node under another name', () => {
  it('is known by it once it runs, to those that run and those that come back; its queues live there', async () => {
    const { cluster, nodes } = await bIsDown(31);
    const [a, b, c] = nodes;
    assert.equal(await rename(b, ['b', 'd']), 'done');
    b.crash();
    c.stop();
    const d = b.as('d');
    d.start();
    c.start();
    cluster.sim.runFor(1000);
    for (const node of [a, c, d]) {
      assert.deepEqual(membersOf(node), ['a', 'c', 'd'], node.name);
      assert.deepEqual([...node.commands.running].sort(), [a.self, c.self, d.self].sort(), node.name);
      assert.equal(homeOf(node), d.self, node.name);
      assert.equal(node.broker.vhosts.get('/')?.queues.get('q')?.incoming.size, 1, node.name);
    }
    d.stop();
    d.start();
    assert.deepEqual(membersOf(d), ['a', 'c', 'd']);
  });

  it('has its queues under it, too, where it starts alone', async () => {
    const { nodes } = await bIsDown(32);
    const [a, b, c] = nodes;
    b.startApp();
    a.stop();
    c.stop();
    b.stop();
    b.boot();
    assert.equal(await rename(b, ['b', 'd']), 'done');
    b.crash();
    const d = b.as('d');
    d.start();
    assert.deepEqual([membersOf(d), homeOf(d)], [['a', 'c', 'd'], d.self]);
  });

  it('waits for nobody at its first start, whoever ran when it stopped', async () => {
    const { nodes } = await bIsDown(35);
    const [a, b, c] = nodes;
    a.stop();
    c.stop();
    assert.equal(await rename(b, ['b', 'd']), 'done');
    b.crash();
    const d = b.as('d');
    d.start();
    assert.deepEqual([d.commands.running, homeOf(d)], [[d.self], d.self]);
  });

  it('is renamed once for a start; a start under the old name takes it back', async () => {
    const { cluster, nodes } = await bIsDown(33);
    const [a, b] = nodes;
    assert.equal(await rename(b, ['b', 'd']), 'done');
    assert.equal(await rename(b, ['b', 'e']), 'rename_in_progress: Restart node under old name to roll back');
    b.crash();
    b.start();
    cluster.sim.runFor(1000);
    assert.deepEqual([membersOf(a), homeOf(b)], [['a', 'b', 'c'], b.self]);
    b.stop();
    b.boot();
    assert.equal(await rename(b, ['b', 'd']), 'done');
  });

  it('gets no name that is taken or given twice, and only members get one', async () => {
    const { nodes } = await bIsDown(34);
    const [, b] = nodes;
    assert.equal(await rename(b, ['x', 'd'], ['y', 'e']), 'nodes_not_in_cluster: x@localhost y@localhost');
    assert.equal(await rename(b, ['b', 'c']), 'nodes_already_in_cluster: c@localhost');
    assert.equal(await rename(b, ['b', 'd'], ['c', 'd']), 'duplicate_node: d@localhost d@localhost');
  });
});
