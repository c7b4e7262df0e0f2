/** What the tools do to clusters, and what they are refused. */
import { strict as assert } from 'node:assert';
import type { ClusterError } from '../../../lib/cluster/membership/membership';
import { SimCluster, type SimNode } from './sim-node';

async function refusal(node: SimNode, call: Promise<unknown>): Promise<[string, string]> {
  const error = await node.tool(call).then(
    () => assert.fail('it was not refused'),
    (refused: ClusterError) => refused,
  );
  return [error.reason, error.message];
}

function names(node: SimNode): string[] {
  return node.commands.members.map(({ name, kind }) => `${name.split('@')[0]} ${kind}`);
}

describe('commands of a cluster', () => {
  it('refuse to join a node with itself, with one that is not there, or one whose application is stopped', async () => {
    const cluster = new SimCluster(1, ['a', 'b']);
    const [a, b] = cluster.nodes as [SimNode, SimNode];
    a.start();
    b.start();
    b.stopApp();
    assert.deepEqual(await refusal(b, b.commands.join(b.self, 'disc')), [
      'software',
      'Error: cannot cluster node with itself: b@localhost',
    ]);
    assert.equal((await refusal(b, b.commands.join('nobody@localhost', 'disc')))[0], 'nodedown');
    a.stopApp();
    assert.equal((await refusal(b, b.commands.join(a.self, 'disc')))[0], 'mnesia_not_running');
  });

  it('throw away what a node had when it joins', async () => {
    const cluster = new SimCluster(2, ['a', 'b']);
    const [a, b] = cluster.nodes as [SimNode, SimNode];
    a.start();
    b.start();
    a.broker.access.add({ name: 'of a', password: 'x' });
    b.broker.access.add({ name: 'of b', password: 'x' });
    await b.joins(a);
    assert.deepEqual(
      b.broker.access.listUsers().map(({ name }) => name),
      ['guest', 'of a'],
    );
  });

  it('do not remove a node that runs, a stranger, or from a node that does not run', async () => {
    const { nodes } = await SimCluster.joined(3, ['a', 'b', 'c']);
    const [a, b, c] = nodes as [SimNode, SimNode, SimNode];
    const running =
      "RabbitMQ on node b@localhost must be stopped with 'rabbitmqctl -n b@localhost stop_app' before it can be removed";
    assert.deepEqual(await refusal(a, a.commands.forget(b.self)), ['node_running', running]);
    assert.equal((await refusal(a, a.commands.forget('x@localhost')))[0], 'not_a_cluster_node');
    b.stopApp();
    c.stopApp();
    assert.equal((await refusal(c, c.commands.forget(b.self)))[0], 'offline_node_no_offline_flag');
    await a.tool(a.commands.forget(b.self));
    assert.deepEqual(names(a), ['a disc', 'c disc']);
    c.startApp();
    assert.deepEqual(names(c), ['a disc', 'c disc']);
  });

  it('remove a node that was reset by force, also when it runs for itself', async () => {
    const { nodes, sim } = await SimCluster.joined(14, ['a', 'b']);
    const [a, b] = nodes as [SimNode, SimNode];
    b.stopApp();
    await b.tool(b.commands.leave(true));
    b.startApp();
    sim.runFor(3000);
    assert.deepEqual(b.commands.running, [b.self]);
    await a.tool(a.commands.forget(b.self));
    assert.deepEqual(names(a), ['a disc']);
    assert.deepEqual(b.commands.running, [b.self]);
  });

  it('refuse to join again whom the others still count in, and whom they have forgotten', async () => {
    const { nodes } = await SimCluster.joined(4, ['a', 'b']);
    const [a, b] = nodes as [SimNode, SimNode];
    b.stopApp();
    assert.equal((await refusal(b, b.commands.join(a.self, 'disc')))[0], 'already_member');
    await b.tool(b.commands.leave(true));
    assert.deepEqual(await refusal(b, b.commands.join(a.self, 'disc')), [
      'inconsistent_cluster',
      "Node a@localhost thinks it's clustered with node b@localhost, but b@localhost disagrees",
    ]);
  });

  it('let a node join that was forgotten, and one that leaves another cluster for it', async () => {
    const { nodes, sim } = await SimCluster.joined(15, ['a', 'b', 'c']);
    const [a, b, c] = nodes as [SimNode, SimNode, SimNode];
    b.stopApp();
    await a.tool(a.commands.forget(b.self));
    await b.tool(b.commands.join(a.self, 'disc'));
    b.startApp();
    assert.deepEqual(names(b), ['a disc', 'c disc', 'b disc']);
    c.stopApp();
    await c.tool(c.commands.leave(false));
    c.startApp();
    b.stopApp();
    await b.tool(b.commands.join(c.self, 'disc'));
    b.startApp();
    sim.runFor(100);
    assert.deepEqual([names(a), names(b)], [['a disc'], ['c disc', 'b disc']]);
  });

  it('take a node out when it is reset, and tell the others', async () => {
    const { nodes, sim } = await SimCluster.joined(5, ['a', 'b']);
    const [a, b] = nodes as [SimNode, SimNode];
    b.stopApp();
    await b.tool(b.commands.leave(false));
    sim.runFor(100);
    assert.deepEqual([names(a), names(b)], [['a disc'], ['b disc']]);
    b.startApp();
    assert.deepEqual(b.commands.running, [b.self]);
    a.stopApp();
    await b.tool(Promise.resolve());
    assert.equal((await refusal(a, a.commands.changeKind('ram')))[0], 'not_clustered');
  });

  it('do not take the only disc node out, nor leave when nobody runs', async () => {
    const cluster = new SimCluster(6, ['a', 'b']);
    const [a, b] = cluster.nodes as [SimNode, SimNode];
    a.start();
    b.start();
    await b.joins(a, 'ram');
    a.stopApp();
    assert.equal((await refusal(a, a.commands.leave(false)))[0], 'resetting_only_disc_node');
    assert.equal((await refusal(a, a.commands.changeKind('ram')))[0], 'resetting_only_disc_node');
    b.stopApp();
    assert.equal((await refusal(b, b.commands.leave(false)))[0], 'no_running_cluster_nodes');
    assert.equal((await refusal(b, b.commands.changeKind('disc')))[0], 'no_online_cluster_nodes');
  });

  it('change the kind of a node', async () => {
    const { nodes, sim } = await SimCluster.joined(7, ['a', 'b']);
    const [a, b] = nodes as [SimNode, SimNode];
    b.stopApp();
    assert.equal(await b.tool(b.commands.changeKind('disc')), false);
    assert.equal(await b.tool(b.commands.changeKind('ram')), true);
    b.startApp();
    sim.runFor(100);
    for (const node of nodes) assert.deepEqual(names(node), ['a disc', 'b ram'], node.name);
    assert.deepEqual(a.commands.running, [a.self, b.self]);
  });

  it('tell a stopped node of a cluster that has changed', async () => {
    const { nodes, sim } = await SimCluster.joined(8, ['a', 'b', 'c']);
    const [a, b, c] = nodes as [SimNode, SimNode, SimNode];
    c.stopApp();
    b.stop();
    sim.runFor(100);
    await a.tool(a.commands.forget(b.self));
    await c.tool(c.commands.seed(a.self));
    assert.deepEqual(names(c), ['a disc', 'c disc']);
    await a.tool(a.commands.forget(c.self));
    assert.equal((await refusal(c, c.commands.seed(a.self)))[0], 'inconsistent_cluster');
  });

  it('wait for members, and ask those who run', async () => {
    const { nodes } = await SimCluster.joined(9, ['a', 'b', 'c']);
    const [a, b, c] = nodes as [SimNode, SimNode, SimNode];
    assert.deepEqual(
      [...(await a.tool(a.commands.facts()))],
      nodes.map(({ self, name }) => [self, { name }]),
    );
    c.stop();
    assert.equal(await a.tool(a.commands.whenRunning(2, 1000)), true);
    assert.equal(await a.tool(a.commands.whenRunning(3, 1000)), false);
    const later = a.commands.whenRunning(3, 10_000);
    c.start();
    assert.equal(await a.tool(later), true);
    assert.deepEqual([...(await b.tool(b.commands.facts())).keys()], [a.self, b.self, c.self]);
  });

  it('forget a node offline, and go on without it', async () => {
    const { nodes } = await SimCluster.joined(10, ['a', 'b']);
    const [a, b] = nodes as [SimNode, SimNode];
    a.stop();
    b.stop();
    a.boot();
    await a.tool(a.commands.forgetOffline(b.self));
    a.startApp();
    assert.deepEqual([names(a), a.commands.running], [['a disc'], [a.self]]);
  });
});
