/** What is under way when the leader of a quorum queue goes, or a link. */
import assert from 'node:assert/strict';
import type { GetMessage } from 'amqplib';
import type { QuorumCommands } from '../../../lib/cluster/quorum/quorum-commands';
import type { QuorumWire } from '../../../lib/cluster/quorum/quorum-wire';
import type { RaftHostParts } from '../../../lib/cluster/raft/host/raft-host';
import { machineOf, QUORUM, quorumOf, until } from './quorum-nodes';
import { consume, publish, type SimClients, sleep, texts, withCluster } from './sim-clients';

describe('a get from a quorum queue', () => {
  it('that is under way when the leader dies is answered by the next one, and nothing is held twice', async () => {
    for (let delay = 0; delay < 6; delay++) {
      await withCluster(70 + delay, async (clients) => {
        await (await clients.open('a')).assertQueue('q', QUORUM);
        const b = await clients.open('b');
        await publish(b, 'q', 'm', 3);
        const getting = b.get('q');
        await sleep(delay);
        clients.node('a').crash();
        const got = (await getting) as GetMessage;
        assert.equal(got.content.toString(), 'm0');
        const leader = (): string => (quorumOf(clients, 'b').leader ?? '').split('@')[0] as string;
        await until('somebody leads', () => ['b', 'c'].includes(leader()));
        assert.equal(machineOf(clients, leader()).unacked, 1);
        b.ack(got);
        assert.deepEqual(
          (await consume(b, 'q', 2)).map((text) => text.replace('*', '')),
          ['m1', 'm2'],
        );
      });
    }
  });
});

/** From now on `a` does not get through with the word that the node is to be a member; returns what ends that. */
function loseWordFor(clients: SimClients, lost: string): () => void {
  const part = clients.node('a').node.application?.quorum as QuorumCommands;
  const { wire } = (part as unknown as { part: { wire: QuorumWire } }).part;
  const send = wire.send.bind(wire);
  wire.send = (to, group, item) => {
    if (to !== lost || item.do !== 'found') send(to, group, item);
  };
  return () => {
    wire.send = send;
  };
}

describe('a member of a quorum queue', () => {
  it('is founded also where the word of it got lost, and after a restart', async () => {
    await withCluster(80, async (clients) => {
      const found = loseWordFor(clients, 'c@localhost');
      const a = await clients.open('a');
      await a.assertQueue('q', QUORUM);
      await publish(a, 'q', 'm', 5);
      assert.equal(quorumOf(clients, 'c').member, null);
      await clients.stop('c');
      found();
      await clients.start('c');
      await until('c has everything', () => quorumOf(clients, 'c').member !== null && machineOf(clients, 'c').ready === 5);
      clients.node('b').crash();
      assert.deepEqual(await publish(a, 'q', 'n', 5), { acks: 5, nacks: 0 });
      assert.deepEqual(await consume(a, 'q', 10), [...texts('m', 5), ...texts('n', 5)]);
    });
  });
});

describe('a quorum queue that nobody uses', () => {
  it('says nothing, and is led by another node soon after its leader died', async () => {
    await withCluster(81, async (clients) => {
      const b = await clients.open('b');
      await (await clients.open('a')).assertQueue('q', QUORUM);
      await publish(b, 'q', 'm', 1);
      await sleep(10_000);
      const said = ['a', 'b', 'c'].map((node) => countSaid(clients, node));
      await sleep(3_600_000);
      assert.deepEqual(
        said.map((count) => count()),
        [0, 0, 0],
      );
      clients.node('a').crash();
      await sleep(1000);
      assert.notEqual(quorumOf(clients, 'b').leader, null);
      assert.deepEqual(await publish(b, 'q', 'n', 1), { acks: 1, nacks: 0 });
    });
  });

  it('is led by another node soon after somebody wanted something of a leader that is cut off', async () => {
    await withCluster(82, async (clients) => {
      const b = await clients.open('b');
      await (await clients.open('a')).assertQueue('q', QUORUM);
      await publish(b, 'q', 'm', 1);
      await sleep(10_000);
      for (const other of ['b', 'c']) clients.cluster.sim.cut('a', other);
      const published = publish(b, 'q', 'n', 1);
      await sleep(5000);
      assert.notEqual(quorumOf(clients, 'b').leader, 'a@localhost');
      assert.deepEqual(await published, { acks: 1, nacks: 0 });
    });
  });
});

/** How often groups of the node say something, from now on. */
function countSaid(clients: SimClients, node: string): () => number {
  const part = clients.node(node).node.application?.quorum as QuorumCommands;
  const { parts } = (part as unknown as { part: { raft: { parts: RaftHostParts } } }).part.raft;
  const { send } = parts;
  let count = 0;
  (parts as { send: RaftHostParts['send'] }).send = (...args) => {
    count++;
    send(...args);
  };
  return () => count;
}
