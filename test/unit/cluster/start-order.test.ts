/** Who may start when, after members of a cluster were stopped or killed: as measured on RabbitMQ. */
import { strict as assert } from 'node:assert';
import { StartFailed } from '../../../lib/cluster/membership/start-up';
import { SimCluster, type SimNode } from './sim-node';

async function pair(seed: number): Promise<{ cluster: SimCluster; a: SimNode; b: SimNode }> {
  const cluster = await SimCluster.joined(seed, ['a', 'b']);
  const [a, b] = cluster.nodes as [SimNode, SimNode];
  cluster.sim.runFor(100);
  return { cluster, a, b };
}

function users(node: SimNode): string[] {
  return node.broker.access.listUsers().map(({ name }) => name);
}

describe('members of a cluster that start', () => {
  it('do so at once where nobody ran any more when they stopped, and the others then copy from them', async () => {
    const { cluster, a, b } = await pair(1);
    a.stop();
    b.broker.access.add({ name: 'meanwhile', password: 'x' });
    b.stop();
    b.start();
    assert.deepEqual(b.commands.running, ['b@localhost']);
    a.start();
    cluster.sim.runFor(100);
    assert.deepEqual(a.commands.running, ['a@localhost', 'b@localhost']);
    assert.deepEqual(users(a), ['guest', 'meanwhile']);
  });

  it('wait for whoever may know more, and go on as soon as it is there', async () => {
    const { cluster, a, b } = await pair(2);
    a.stop();
    b.stop();
    a.boot();
    const outcome = a.starting();
    cluster.sim.runFor(70_000);
    assert.equal(outcome.ended, false);
    assert.deepEqual(
      cluster.linesOf('a').filter((line) => line.startsWith('Waiting')),
      [9, 8, 7].map((left) => `Waiting for Mnesia tables for 30000 ms, ${left} retries left`),
    );
    b.start();
    cluster.sim.runFor(2000);
    assert.deepEqual(outcome, { ended: true, error: null });
    assert.deepEqual(a.commands.running, ['a@localhost', 'b@localhost']);
  });

  it('give up after twice ten times thirty seconds, and say what can be done', async () => {
    const { cluster, a, b } = await pair(3);
    a.stop();
    b.stop();
    a.boot();
    const from = cluster.sim.now;
    const outcome = a.starting();
    cluster.sim.runUntil(() => outcome.ended, 700_000);
    assert.ok(Math.abs(cluster.sim.now - from - 600_000) < 1000, `${cluster.sim.now - from} ms`);
    const { error } = outcome;
    assert.ok(error instanceof StartFailed);
    assert.match(error.report, /^BOOT FAILED\n=+\nTimeout contacting cluster nodes: \[b@localhost\]\.\n\nBACKGROUND\n/);
    assert.match(error.report, /first invoke\n"rabbitmqctl force_boot"\./);
    assert.match(error.message, /^\{:rabbit, \{\{:timeout_waiting_for_tables, \[:b@localhost, :a@localhost\], /);
    assert.equal(cluster.linesOf('a').filter((line) => line.startsWith('Waiting')).length, 20);
  });

  it('wait no longer than their configuration says', async () => {
    const cluster = await SimCluster.joined(4, ['a', 'b'], { patience: { retryTimeout: 2000, retryLimit: 3 } });
    const [a, b] = cluster.nodes as [SimNode, SimNode];
    a.stop();
    b.stop();
    a.boot();
    const from = cluster.sim.now;
    const outcome = a.starting();
    cluster.sim.runUntil(() => outcome.ended, 30_000);
    assert.ok(Math.abs(cluster.sim.now - from - 12_000) < 1000);
  });

  it('get up together when they were killed together, and none of them alone', async () => {
    const { cluster, a, b } = await pair(5);
    a.broker.access.add({ name: 'alice', password: 'x' });
    cluster.sim.runFor(100);
    a.crash();
    b.crash();
    b.boot();
    const second = b.starting();
    cluster.sim.runFor(20_000);
    assert.equal(second.ended, false);
    a.boot();
    const first = a.starting();
    cluster.sim.runUntil(() => first.ended && second.ended, 5000);
    cluster.sim.runFor(100);
    for (const node of [a, b]) assert.deepEqual([node.commands.running.length, users(node)], [2, ['guest', 'alice']]);
  });

  it('start alone when they have noticed that the other was killed', async () => {
    const { cluster, a, b } = await pair(6);
    a.crash();
    cluster.sim.runFor(1000);
    b.crash();
    b.start();
    assert.deepEqual(b.commands.running, ['b@localhost']);
  });

  it('wait for nobody after force_boot, once', async () => {
    const { cluster, a, b } = await pair(7);
    a.stop();
    b.stop();
    a.boot();
    await a.tool(a.commands.forceBoot());
    a.startApp();
    assert.deepEqual(a.commands.running, ['a@localhost']);
    b.start();
    b.stop();
    a.stop();
    b.boot();
    const outcome = b.starting();
    cluster.sim.runFor(40_000);
    assert.equal(outcome.ended, false);
  });

  it('are refused when the others have removed them, until they are reset', async () => {
    const { cluster, a, b } = await pair(8);
    b.stop();
    cluster.sim.runFor(100);
    await a.tool(a.commands.forget('b@localhost'));
    b.boot();
    const outcome = b.starting();
    cluster.sim.runUntil(() => outcome.ended);
    const text =
      "{:rabbit, {{:inconsistent_cluster, 'Node b@localhost thinks it\\'s clustered with node a@localhost, " +
      "but a@localhost disagrees'}, " +
      '{:rabbit, :start, [:normal, []]}}}';
    assert.equal(outcome.error?.message, text);
    await b.tool(b.commands.leave(false));
    b.startApp();
    assert.deepEqual(b.commands.members, [{ name: 'b@localhost', kind: 'disc' }]);
  });

  it('cannot be the first if they are RAM nodes', async () => {
    const cluster = new SimCluster(9, ['a', 'b', 'c']);
    const [a, b, c] = cluster.nodes as [SimNode, SimNode, SimNode];
    for (const node of cluster.nodes) node.start();
    await b.joins(a, 'ram');
    await c.joins(a, 'ram');
    a.crash();
    cluster.sim.runFor(1000);
    b.broker.access.add({ name: 'made without a disc node', password: 'x' });
    cluster.sim.runFor(100);
    assert.deepEqual(users(c), ['guest', 'made without a disc node']);
    b.crash();
    c.crash();
    b.boot();
    const outcome = b.starting();
    cluster.sim.runUntil(() => outcome.ended);
    assert.ok(outcome.error instanceof StartFailed);
    assert.match(outcome.error.report, /failed_to_cluster_with,\n +\[a@localhost,c@localhost\],\n +"Mnesia could not connect/);
    b.crash();
    a.start();
    b.start();
    cluster.sim.runFor(100);
    assert.deepEqual(users(b), ['guest']);
  });

  it('are not taken for another node when their folder is', async () => {
    const { a, b } = await pair(10);
    const notes = a.notes.read();
    assert.ok(notes !== null);
    a.stop();
    a.notes.write({ ...notes, view: { ...notes.view, self: 'other@localhost' } });
    a.boot();
    const outcome = a.starting();
    a.sim.runUntil(() => outcome.ended);
    assert.match(outcome.error?.message ?? '', /:failed_to_cluster_with/);
    assert.deepEqual(b.commands.running, ['b@localhost']);
  });
});
