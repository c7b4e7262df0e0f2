/** What nodes tell each other of their clients' connections and channels, for limits that count over the cluster. */
import { strict as assert } from 'node:assert';
import { ClientsPart } from '../../../lib/cluster/clients-part';
import { SimCluster, type SimNode } from './sim-node';

const OPEN = 'clients.open';

/** Two nodes; what each has sent for limits, by node. */
async function pair(seed: number): Promise<{ a: SimNode; b: SimNode; sim: SimCluster['sim']; heard(node: SimNode): number }> {
  const cluster = await SimCluster.joined(seed, ['a', 'b']);
  const [a, b] = cluster.nodes as [SimNode, SimNode];
  const counts = new Map<SimNode, number>();
  for (const node of [a, b]) {
    const app = node.node.application;
    assert.ok(app !== null);
    const message = app.message.bind(app);
    app.message = (from, told, body) => {
      if (told.type === OPEN) counts.set(node, (counts.get(node) ?? 0) + 1);
      message(from, told, body);
    };
  }
  return { a, b, sim: cluster.sim, heard: (node) => counts.get(node) ?? 0 };
}

/** As if so many connections of this user were open on the node. */
function opens(node: SimNode, user: string, count: number): void {
  node.broker.countConnections = (of) => (of.user === user || of.vhost === '/' ? count : 0);
  node.broker.quotas.used();
}

describe('clients on other nodes', () => {
  it('are told of only where there are limits', async () => {
    const { a, b, sim, heard } = await pair(41);
    opens(a, 'guest', 3);
    sim.runFor(1000);
    assert.equal(heard(b), 0);
    b.broker.quotas.setVhost('/', { 'max-connections': 4 });
    sim.runFor(1000);
    assert.ok(heard(b) > 0, 'a tells once it knows of the limit');
    assert.equal(b.broker.quotas.elsewhere?.countConnections({ vhost: '/' }), 3);
  });

  it('count for a vhost and for a user, until their node goes', async () => {
    const { a, b, sim } = await pair(42);
    b.broker.quotas.setUser('guest', { 'max-connections': 4 });
    opens(b, 'guest', 1);
    opens(a, 'guest', 3);
    sim.runFor(1000);
    assert.throws(() => b.broker.quotas.admitConnection('guest', '/'), /user connection limit \(4\) is reached/);
    b.broker.quotas.admitConnection('somebody', '/');
    opens(a, 'guest', 2);
    sim.runFor(1000);
    b.broker.quotas.admitConnection('guest', '/');
    opens(a, 'guest', 3);
    sim.runFor(1000);
    a.stop();
    sim.runFor(1000);
    b.broker.quotas.admitConnection('guest', '/');
  });

  it('are told to a node that starts', async () => {
    const { a, b, sim } = await pair(43);
    a.broker.quotas.setVhost('/', { 'max-connections': 4 });
    opens(a, 'guest', 4);
    b.stop();
    b.start();
    sim.runFor(1000);
    assert.throws(() => b.broker.quotas.admitConnection('guest', '/'), /connection limit \(4\) is reached/);
  });

  it('are none of a name that every object has', () => {
    const part = new ClientsPart({} as ConstructorParameters<typeof ClientsPart>[0]);
    part.message('b', { type: OPEN, told: { byVhost: {}, byUser: {}, channels: {} } });
    const counted = [part.countConnections({ vhost: 'constructor' }), part.countConnections({ user: 'toString' })];
    assert.deepEqual([...counted, part.countChannels('constructor')], [0, 0, 0]);
  });
});
