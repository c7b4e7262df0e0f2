/** Two of three members lose each other; the third reaches both. */
import { strict as assert } from 'node:assert';
import { SimCluster, type SimNode } from './sim-node';

describe('a link between two of three members', () => {
  for (const [first, second] of [
    ['a', 'b'],
    ['a', 'c'],
    ['b', 'c'],
  ] as const) {
    it(`that is lost (${first} and ${second}) parts the cluster, and nobody waits for ever`, async () => {
      const { nodes, sim } = await SimCluster.joined(1, ['a', 'b', 'c'], { tickTime: 4000 });
      sim.runFor(1000);
      sim.cut(first, second);
      sim.runFor(20_000);
      const sides = nodes.map((node) => node.commands.running.join());
      // Whoever runs together sees the same.
      for (const node of nodes) {
        for (const name of node.commands.running) {
          const other = nodes.find(({ self }) => self === name) as SimNode;
          assert.equal(other.commands.running.join(), node.commands.running.join(), sides.join(' | '));
        }
      }
      assert.equal(new Set(sides).size, 2, sides.join(' | '));
      let changed = 0;
      for (const node of nodes) {
        node.broker.cluster?.change(
          () => node.broker.addVhost(`/${node.name}`),
          () => changed++,
        );
      }
      sim.runFor(1000);
      assert.equal(changed, 3);
      for (const node of nodes) node.stop();
    });
  }

  it('that comes back at any moment leaves nobody waiting', async () => {
    let parted = 0;
    for (let seed = 1; seed <= 24; seed++) {
      const { nodes, sim } = await SimCluster.joined(seed, ['b', 'a', 'c'], { tickTime: 4000 });
      sim.runFor(1000);
      sim.cut('c', 'a');
      sim.runFor(2800 + seed * 150);
      sim.heal();
      sim.runFor(8000);
      if (nodes.some((node) => node.commands.running.length < 3)) parted++;
      let changed = 0;
      for (const node of nodes) {
        node.broker.cluster?.change(
          () => node.broker.addVhost(`/${node.name}`),
          () => changed++,
        );
      }
      sim.runFor(1000);
      assert.equal(changed, 3, `seed ${seed}`);
    }
    assert.ok(parted > 5, `${parted}`);
  });

  it('is not missed where a node stands still: the others only notice one after the other', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const { nodes, sim } = await SimCluster.joined(seed, ['a', 'b', 'c'], { tickTime: 4000 });
      const [a, b] = nodes as [SimNode, SimNode];
      sim.runFor(sim.random.float() * 2000);
      sim.pause('c');
      sim.runFor(20_000);
      for (const node of [a, b]) assert.deepEqual(node.commands.running, [a.self, b.self]);
      sim.resume('c');
    }
  });

  it('that is lost while both stop keeps neither from it where they would pause', async () => {
    const options = { tickTime: 4000, partitionHandling: 'pause_minority' } as const;
    const { nodes, sim } = await SimCluster.joined(1, ['a', 'b', 'c'], options);
    const [a, b, c] = nodes as [SimNode, SimNode, SimNode];
    sim.runFor(1000);
    sim.cut('a', 'b');
    const stopped: string[] = [];
    b.node.stopApp(() => stopped.push('b'));
    sim.runUntil(() => !a.commands.running.includes(b.self));
    a.node.stopApp(() => stopped.push('a'));
    sim.runFor(20_000);
    assert.deepEqual(stopped.sort(), ['a', 'b']);
    sim.heal();
    for (const node of [a, b]) node.startApp();
    sim.runFor(5000);
    assert.deepEqual(c.commands.running, [a.self, b.self, c.self]);
  });
});
