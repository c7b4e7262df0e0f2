/** Quorum queues of three nodes, with unmodified amqplib: leaders that go, members that come back, majorities that are lost. */
import assert from 'node:assert/strict';
import { type EventEmitter, once } from 'node:events';
import type { ConfirmChannel, GetMessage } from 'amqplib';
import type { QuorumCommands } from '../../../lib/cluster/quorum/quorum-commands';
import { QuorumQueue } from '../../../lib/cluster/quorum/quorum-queue';
import { consume, publish, type SimClients, sleep, texts, withCluster } from './sim-clients';

const QUORUM = { durable: true, arguments: { 'x-queue-type': 'quorum' } };

function quorum(clients: SimClients, node: string, name = 'q'): QuorumQueue {
  const queue = clients.queue(node, name);
  assert.ok(queue instanceof QuorumQueue);
  return queue;
}

/** Waits, in the time of the simulation, until it is so. */
async function until(what: string, holds: () => boolean): Promise<void> {
  for (let i = 0; i < 2000 && !holds(); i++) await sleep(10);
  assert.ok(holds(), what);
}

async function declared(clients: SimClients, node = 'a'): Promise<ConfirmChannel> {
  const channel = await clients.open(node);
  await channel.assertQueue('q', QUORUM);
  return channel;
}

function commands(clients: SimClients, node: string): QuorumCommands {
  const quorum = clients.node(node).node.application?.quorum;
  assert.ok(quorum);
  return quorum;
}

function leads(clients: SimClients, node: string): boolean {
  return quorum(clients, node).member?.leader?.ready === true;
}

describe('a quorum queue of three nodes', () => {
  it('is led by the node that declares it, and has a member on each', async () => {
    await withCluster(1, async (clients) => {
      await declared(clients, 'b');
      assert.ok(leads(clients, 'b'));
      for (const node of ['a', 'b', 'c']) {
        assert.deepEqual([...quorum(clients, node).members].sort(), ['a@localhost', 'b@localhost', 'c@localhost']);
        assert.equal(quorum(clients, node).leader, 'b@localhost');
        const snapshot = clients
          .node(node)
          .broker.snapshot('/', 0)
          .queues.find(({ name }) => name === 'q');
        assert.deepEqual([snapshot?.kind, snapshot?.state, snapshot?.members?.length], ['quorum', 'running', 3]);
      }
    });
  });

  it('takes publishes on any node, in order, and hands them out on any other', async () => {
    await withCluster(2, async (clients) => {
      await declared(clients);
      const [b, c] = [await clients.open('b'), await clients.open('c')];
      assert.deepEqual(await publish(b, 'q', 'm', 50), { acks: 50, nacks: 0 });
      assert.deepEqual(await b.checkQueue('q'), { queue: 'q', messageCount: 50, consumerCount: 0 });
      assert.deepEqual(await consume(c, 'q', 50), texts('m', 50));
      await until('all is settled', () => quorum(clients, 'a').readyCount + quorum(clients, 'a').unackedCount === 0);
    });
  });

  it('answers get, purge and delete on any node', async () => {
    await withCluster(3, async (clients) => {
      const a = await declared(clients);
      const b = await clients.open('b');
      assert.equal(await b.get('q'), false);
      await publish(b, 'q', 'm', 4);
      const got = (await b.get('q')) as GetMessage;
      assert.equal(got.content.toString(), 'm0');
      assert.equal(got.fields.messageCount, 3);
      assert.deepEqual(await b.purgeQueue('q'), { messageCount: 3 });
      assert.deepEqual(await b.deleteQueue('q'), { messageCount: 0 });
      await assert.rejects(a.checkQueue('q'), /404/);
    });
  });

  it('tells consumers how often a message came back, from the second delivery on; get tells it always', async () => {
    await withCluster(20, async (clients) => {
      const a = await declared(clients);
      const countOf = ({ properties }: Pick<GetMessage, 'properties'>) => properties.headers?.['x-delivery-count'] as unknown;
      await publish(a, 'q', 'm', 1);
      const got = (await a.get('q')) as GetMessage;
      assert.equal(countOf(got), 0);
      a.ack(got);
      await publish(a, 'q', 'm', 1);
      const counts: unknown[] = [];
      await a.consume('q', (message) => {
        if (message === null) return;
        counts.push(countOf(message));
        if (counts.length < 3) a.nack(message);
      });
      await until('it came three times', () => counts.length === 3);
      assert.deepEqual(counts, [undefined, 1, 2]);
    });
  });

  it('answers a deletion once, on every node', async () => {
    await withCluster(19, async (clients) => {
      for (const node of ['a', 'b', 'c']) {
        const channel = await declared(clients, 'a');
        const other = await clients.open(node);
        // A second answer would be taken for that of the next question.
        const [deleted, checked] = await Promise.all([other.deleteQueue('q'), other.assertQueue(`next-${node}`)]);
        assert.deepEqual([deleted.messageCount, checked.queue], [0, `next-${node}`]);
        await channel.close();
      }
    });
  });

  it('goes on when its leader is killed: publishers are confirmed, consumers notice nothing, nothing is lost', async () => {
    for (let seed = 10; seed < 16; seed++) {
      await withCluster(seed, async (clients) => {
        await declared(clients);
        const [b, c] = [await clients.open('b'), await clients.open('c')];
        const before = publish(b, 'q', 'before', 20);
        await sleep(seed - 9);
        clients.node('a').crash();
        const after = publish(c, 'q', 'after', 20);
        assert.deepEqual(await before, { acks: 20, nacks: 0 });
        assert.deepEqual(await after, { acks: 20, nacks: 0 });
        const found = (await consume(b, 'q', 40)).map((text) => text.replace('*', ''));
        assert.deepEqual(
          found.filter((text) => text.startsWith('before')),
          texts('before', 20),
        );
        assert.deepEqual(
          found.filter((text) => text.startsWith('after')),
          texts('after', 20),
        );
      });
    }
  });

  it('delivers to a consumer on another node across the death of its leader, each message', async () => {
    await withCluster(20, async (clients) => {
      await declared(clients);
      const [b, c] = [await clients.open('b'), await clients.open('c')];
      const found = new Set<string>();
      await c.prefetch(5);
      await c.consume('q', (message) => {
        if (message === null) return;
        found.add(message.content.toString());
        setTimeout(() => c.ack(message), 3);
      });
      const published = publish(b, 'q', 'm', 100);
      await sleep(20);
      clients.node('a').crash();
      assert.deepEqual(await published, { acks: 100, nacks: 0 });
      await until('all are delivered', () => found.size === 100);
      const leader = ['b', 'c'].find((node) => leads(clients, node)) as string;
      await until('all are settled', () => quorum(clients, leader).readyCount + quorum(clients, leader).unackedCount === 0);
    });
  });

  it('waits without a majority, refuses get, and goes on with everything when a member comes back', async () => {
    await withCluster(30, async (clients) => {
      await declared(clients);
      const c = await clients.open('c');
      assert.deepEqual(await publish(c, 'q', 'm', 5), { acks: 5, nacks: 0 });
      clients.node('a').crash();
      clients.node('b').crash();
      await until('c knows', () => quorum(clients, 'c').leader === null);
      const waiting = publish(c, 'q', 'n', 5);
      assert.deepEqual(await (await clients.open('c')).checkQueue('q'), { queue: 'q', messageCount: 0, consumerCount: 0 });
      const late = await clients.open('c');
      const refusal = once(late.connection as unknown as EventEmitter, 'error');
      await assert.rejects(late.get('q'));
      const [{ message }] = (await refusal) as [Error];
      assert.match(message, /541 .*Cannot get a message from queue 'queue 'q' in vhost '\/'': nodedown"$/);
      await clients.start('b');
      assert.deepEqual(await waiting, { acks: 5, nacks: 0 });
      assert.equal((await c.checkQueue('q')).messageCount, 10);
    });
  });

  it('keeps everything when all nodes are stopped and started', async () => {
    await withCluster(40, async (clients) => {
      const a = await declared(clients);
      await publish(a, 'q', 'm', 10);
      for (const node of ['b', 'c', 'a']) await clients.stop(node);
      for (const node of ['a', 'c', 'b']) await clients.start(node);
      const again = await clients.open('b');
      assert.deepEqual(await consume(again, 'q', 10), texts('m', 10));
    });
  });

  it('gives back what the consumers of a node held that was killed', async () => {
    await withCluster(50, async (clients) => {
      const a = await declared(clients);
      await publish(a, 'q', 'm', 3);
      const b = await clients.open('b');
      await b.consume('q', () => undefined);
      await until('b holds all', () => quorum(clients, 'a').unackedCount === 3);
      clients.node('b').crash();
      assert.deepEqual(await consume(a, 'q', 3), texts('m', 3, '*'));
    });
  });

  it('lets its members be changed: one that has lost its log is removed, and added again', async () => {
    await withCluster(70, async (clients) => {
      const a = await declared(clients);
      await publish(a, 'q', 'm', 3);
      const q = { vhost: '/', name: 'q' };
      const tools = commands(clients, 'c');
      await tools.removeMember(q, 'b@localhost');
      assert.deepEqual(tools.queues[0]?.members, ['a@localhost', 'c@localhost']);
      await until('b has thrown its log away', () => quorum(clients, 'b').member === null);
      await tools.addMember(q, 'b@localhost');
      assert.deepEqual(tools.queues[0]?.members, ['a@localhost', 'c@localhost', 'b@localhost']);
      await until('b has all', () => quorum(clients, 'b').readyCount === 3);
      clients.node('a').crash();
      const b = await clients.open('b');
      assert.deepEqual(await consume(b, 'q', 3), texts('m', 3));
    });
  });

  it('is led by whom the tools say, also from afar', async () => {
    await withCluster(71, async (clients) => {
      const a = await declared(clients);
      const tools = commands(clients, 'b');
      const q = { vhost: '/', name: 'q' };
      assert.ok(await tools.transferLeadership(q, 'c@localhost'));
      await until('c leads', () => leads(clients, 'c') && quorum(clients, 'a').leader === 'c@localhost');
      assert.deepEqual(await publish(a, 'q', 'm', 3), { acks: 3, nacks: 0 });
      const states = (await tools.status(q)).map(({ node, state }) => `${node} ${state}`);
      assert.deepEqual(states, ['a@localhost follower', 'b@localhost follower', 'c@localhost leader']);
    });
  });

  it('loses its leader as a member, and goes on under another', async () => {
    await withCluster(72, async (clients) => {
      const a = await declared(clients);
      await publish(a, 'q', 'm', 3);
      await commands(clients, 'b').removeMember({ vhost: '/', name: 'q' }, 'a@localhost');
      await until('another leads', () => leads(clients, 'b') || leads(clients, 'c'));
      await until('a knows', () => quorum(clients, 'a').leader !== null && quorum(clients, 'a').member === null);
      assert.deepEqual(await consume(a, 'q', 3), texts('m', 3));
    });
  });

  it('is kept by as many as its declaration asks for, and serves the others', async () => {
    await withCluster(73, async (clients) => {
      const b = await clients.open('b');
      await b.assertQueue('q', { durable: true, arguments: { 'x-queue-type': 'quorum', 'x-quorum-initial-group-size': 1 } });
      const c = await clients.open('c');
      assert.deepEqual(await publish(c, 'q', 'm', 3), { acks: 3, nacks: 0 });
      assert.equal(quorum(clients, 'c').member, null);
      assert.deepEqual(await consume(c, 'q', 3), texts('m', 3));
    });
  });

  it('is no member on a node that has joined later', async () => {
    await withCluster(74, async (clients) => {
      await declared(clients);
      await clients.stop('c');
      await declared(clients, 'b');
      const b = await clients.open('b');
      await b.assertQueue('late', QUORUM);
      await clients.start('c');
      await until('c knows who leads', () => quorum(clients, 'c', 'late').leader === 'b@localhost');
      assert.equal(quorum(clients, 'c', 'late').member, null);
      assert.notEqual(quorum(clients, 'c').member, null);
      assert.deepEqual(await publish(await clients.open('c'), 'late', 'm', 3), { acks: 3, nacks: 0 });
    });
  });
});
