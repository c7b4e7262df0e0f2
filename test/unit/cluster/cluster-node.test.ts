/** Nodes that form a cluster, on the simulated network and simulated disks. */
import { strict as assert } from 'node:assert';
import type { Broker } from '../../../lib/broker/broker';
import { SimCluster, type SimNode } from './sim-node';

/** Everything defined on a node, as text. */
function definitions(broker: Broker): string[] {
  return broker
    .definitionsNow()
    .map(({ key, value }) => `${key} ${value}`)
    .sort();
}

function declare(node: SimNode, name: string, durable = true): void {
  const vhost = node.broker.vhosts.get('/');
  assert.ok(vhost !== undefined);
  node.broker.cluster?.change(
    () => vhost.newQueue({ name, durable, autoDelete: false, owner: null, args: new Map() }),
    () => undefined,
  );
}

function queues(node: SimNode): string[] {
  return [...(node.broker.vhosts.get('/')?.queues.keys() ?? [])].sort();
}

describe('a cluster of nodes', () => {
  it('is formed by joining: members and definitions are the same everywhere', async () => {
    const { nodes, sim } = await SimCluster.joined(1, ['a', 'b', 'c']);
    const [a, b, c] = nodes as [SimNode, SimNode, SimNode];
    sim.runFor(100);
    const names = ['a@localhost', 'b@localhost', 'c@localhost'];
    for (const node of nodes) {
      assert.deepEqual(
        node.commands.members,
        names.map((name) => ({ name, kind: 'disc' })),
      );
      assert.deepEqual(node.commands.running, names);
    }
    declare(b, 'from b');
    declare(c, 'from c', false);
    a.broker.addVhost('/new');
    a.broker.access.add({ name: 'alice', password: 'secret' });
    sim.runFor(100);
    assert.deepEqual(queues(a), ['from b', 'from c']);
    for (const node of [b, c]) assert.deepEqual(definitions(node.broker), definitions(a.broker));
  });
});

/** The same everywhere, and somebody is there. */
function assertAlike(nodes: readonly SimNode[]): void {
  const [first] = nodes as [SimNode];
  const running = nodes.map(({ self }) => self).sort();
  for (const node of nodes) {
    assert.deepEqual(definitions(node.broker), definitions(first.broker), `${node.name} and ${first.name}`);
    assert.deepEqual([...node.commands.running].sort(), running, node.name);
  }
}

describe('a member of a cluster that starts again', () => {
  it('copies what was changed while it was stopped, by whatever order it comes back', async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const { nodes, sim } = await SimCluster.joined(seed, ['a', 'b', 'c']);
      const absent = nodes[seed % 3] as SimNode;
      const others = nodes.filter((node) => node !== absent);
      declare(absent, 'before');
      sim.runFor(50);
      if (seed % 2 === 0) absent.stop();
      else absent.crash();
      sim.runFor(50);
      for (const node of others) declare(node, `meanwhile ${node.name}`);
      others[0]?.broker.vhosts.get('/')?.deleteQueue(others[0].broker.vhosts.get('/')?.queues.get('before') as never, 'deleted');
      sim.runFor(50);
      absent.start();
      declare(absent, 'after');
      sim.runFor(50);
      assertAlike(nodes);
      assert.deepEqual(queues(absent), ['after', ...others.map(({ name }) => `meanwhile ${name}`)].sort());
    }
  });

  it('misses nothing that is changed while it starts, whoever dies meanwhile', async () => {
    let deaths = 0;
    for (let seed = 1; seed <= 24; seed++) {
      const { nodes, sim } = await SimCluster.joined(seed, ['a', 'b', 'c', 'd']);
      const [absent, second] = [nodes[seed % 4], nodes[(seed + 1) % 4]] as [SimNode, SimNode];
      absent.crash();
      sim.runFor(50);
      absent.boot();
      const outcome = absent.starting();
      const writers = nodes.filter((node) => node !== absent && node !== second);
      for (let i = 0; i < 20; i++) {
        if (i === seed % 13 && seed % 3 > 0) {
          second.crash();
          deaths++;
        }
        for (const node of writers) declare(node, `${node.name}${i}`);
        sim.runFor(sim.random.float() * 3);
      }
      sim.runUntil(() => outcome.ended);
      sim.runFor(200);
      assert.equal(outcome.error, null, `seed ${seed}`);
      assertAlike(nodes.filter((node) => node.node.appState === 'running'));
      assert.equal(queues(absent).length, 40, `seed ${seed}`);
    }
    assert.ok(deaths > 10);
  });
});
