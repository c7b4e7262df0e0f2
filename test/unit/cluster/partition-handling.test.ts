/** A network that falls apart, and what nodes do about it. */
import { strict as assert } from 'node:assert';
import type { PartitionHandling } from '../../../lib/cluster/partitions/partition-handling';
import { SimCluster, type SimNode } from './sim-node';

const TICK_TIME = 8000;
/** Until silence is noticed, and links are made again. */
const NOTICED = 2 * TICK_TIME;

async function cluster(seed: number, partitionHandling: PartitionHandling): Promise<[SimCluster, SimNode, SimNode, SimNode]> {
  const made = await SimCluster.joined(seed, ['a', 'b', 'c'], { partitionHandling, tickTime: TICK_TIME });
  const [a, b, c] = made.nodes as [SimNode, SimNode, SimNode];
  made.sim.runFor(100);
  return [made, a, b, c];
}

function isolate({ sim }: SimCluster, lonely: SimNode): void {
  for (const name of ['a', 'b', 'c']) if (name !== lonely.name) sim.cut(lonely.name, name);
  sim.runFor(NOTICED);
}

function declare(node: SimNode, name: string): void {
  const vhost = node.broker.vhosts.get('/');
  node.broker.cluster?.change(
    () => vhost?.newQueue({ name, durable: true, autoDelete: false, owner: null, args: new Map() }),
    () => undefined,
  );
}

function queues(node: SimNode): string[] {
  return [...(node.broker.vhosts.get('/')?.queues.keys() ?? [])].sort();
}

describe('a partition', () => {
  it('that is ignored leaves two sides, which go on side by side when the network is back', async () => {
    const [made, a, b, c] = await cluster(1, 'ignore');
    isolate(made, c);
    declare(a, 'here');
    declare(c, 'there');
    made.sim.runFor(100);
    made.sim.heal();
    made.sim.runFor(NOTICED);
    assert.deepEqual(queues(b), ['here']);
    assert.deepEqual(queues(c), ['there']);
    assert.deepEqual([...c.node.partitions].sort(), ['a@localhost', 'b@localhost']);
    assert.deepEqual(a.node.partitions, ['c@localhost']);
    assert.deepEqual(b.commands.running, ['a@localhost', 'b@localhost']);
  });

  it('is ended by starting one side again: it takes over what the other has', async () => {
    const [made, a, , c] = await cluster(2, 'ignore');
    isolate(made, c);
    declare(a, 'here');
    declare(c, 'there');
    made.sim.heal();
    made.sim.runFor(NOTICED);
    c.stopApp();
    c.startApp();
    made.sim.runFor(1000);
    assert.deepEqual(queues(c), ['here']);
    assert.deepEqual(c.node.partitions, []);
    assert.deepEqual(a.node.partitions, []);
    assert.equal(a.commands.running.length, 3);
  });

  it('pauses a minority until it reaches the others again', async () => {
    const [made, a, b, c] = await cluster(3, 'pause_minority');
    isolate(made, c);
    assert.equal(c.node.broker, null);
    assert.deepEqual(a.commands.running, ['a@localhost', 'b@localhost']);
    declare(b, 'meanwhile');
    made.sim.heal();
    made.sim.runFor(NOTICED);
    assert.deepEqual(queues(c), ['meanwhile']);
    assert.equal(b.commands.running.length, 3);
    assert.ok(made.linesOf('c').includes('Cluster minority/secondary status detected - awaiting recovery'));
  });

  it('is not forgotten by a node that dies while it is paused: who paused later knows more', async () => {
    const [made, a, b, c] = await cluster(13, 'pause_minority');
    isolate(made, a);
    assert.equal(a.node.broker, null);
    declare(b, 'meanwhile');
    made.sim.runFor(100);
    c.stop();
    made.sim.runFor(NOTICED);
    for (const node of [a, b]) node.crash();
    made.sim.heal();
    for (const node of [a, b]) node.boot();
    const outcomes = [a, b].map((node) => node.starting());
    made.sim.runUntil(() => outcomes.every(({ ended }) => ended));
    assert.deepEqual(
      outcomes.map(({ error }) => error),
      [null, null],
    );
    assert.deepEqual(queues(a), ['meanwhile']);
  });

  it('does not pause a node whose fellows only stopped their applications', async () => {
    const [made, a, b, c] = await cluster(4, 'pause_minority');
    b.stopApp();
    c.stopApp();
    made.sim.runFor(1000);
    assert.deepEqual(queues(a), []);
  });

  it('pauses who is left alone by shut down nodes', async () => {
    const [made, a, b, c] = await cluster(5, 'pause_minority');
    b.stop();
    assert.ok(a.node.broker !== null);
    c.stop();
    made.sim.runFor(1000);
    assert.equal(a.node.broker, null);
  });

  it('is healed: the smaller side starts again with what the other has', async () => {
    const [made, a, b, c] = await cluster(6, 'autoheal');
    isolate(made, c);
    declare(a, 'here');
    declare(c, 'there');
    made.sim.runFor(100);
    assert.deepEqual(queues(c), ['there']);
    made.sim.heal();
    made.sim.runFor(2 * NOTICED);
    for (const node of [a, b, c]) {
      assert.deepEqual(queues(node), ['here']);
      assert.deepEqual(node.node.partitions, []);
      assert.equal(node.commands.running.length, 3);
    }
  });

  it('is not healed while a member is missing: nobody knows on whose side it is', async () => {
    const [made, a, b, c] = await cluster(7, 'autoheal');
    isolate(made, a);
    declare(a, 'here');
    declare(b, 'there');
    c.crash();
    made.sim.heal();
    made.sim.runFor(2 * NOTICED);
    assert.deepEqual([queues(a), queues(b)], [['here'], ['there']]);
    assert.deepEqual(a.node.partitions, ['b@localhost']);
    c.start();
    made.sim.runFor(2 * NOTICED);
    for (const node of [a, b, c]) {
      assert.deepEqual(queues(node), queues(c));
      assert.equal(node.commands.running.length, 3);
    }
  });
});
