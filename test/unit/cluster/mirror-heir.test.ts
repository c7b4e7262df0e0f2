/** What the other mirrors of a queue keep when one of them becomes its home. Unmodified amqplib, simulated cluster. */
import { strict as assert } from 'node:assert';
import type { EventBody } from '../../../lib/trace/events';
import { consume, publish, type SimClients, sleep, texts, withCluster } from './sim-clients';

const MANUAL = { 'ha-mode': 'all', 'ha-sync-mode': 'manual' };
const AC = ['a', 'c'];

/** `ha-q` at home on b. */
async function atHome(clients: SimClients): Promise<Awaited<ReturnType<SimClients['open']>>> {
  const b = await clients.open('b');
  await b.assertQueue('ha-q', { durable: true });
  return b;
}

describe('mirrors of a queue that has a new home', () => {
  it('are synchronised again without a message being copied, and take part in confirms', async () => {
    await withCluster(62, async (clients) => {
      clients.policy('a', MANUAL);
      const b = await atHome(clients);
      await clients.settled('ha-q', 'b (a+ c+)');
      await publish(b, 'ha-q', 'm', 100);
      clients.node('b').crash();
      await clients.settled('ha-q', 'a (c+)', AC);
      assert.deepEqual(
        clients.cluster.linesOf('a').filter((line) => line.includes('Synchronising')),
        [],
      );
      const a = await clients.open('a');
      for (let i = 0; i < 60; i++) assert.ok(await a.get('ha-q', { noAck: true }));
      assert.deepEqual(await publish(a, 'ha-q', 'n', 20), { acks: 20, nacks: 0 });
      clients.node('a').crash();
      await clients.settled('ha-q', 'c ()', ['c']);
      assert.deepEqual(await consume(await clients.open('c'), 'ha-q', 60), [
        ...texts('m', 100, '*').slice(60),
        ...texts('n', 20, '*'),
      ]);
    });
  });

  it('are given only what they lack', async () => {
    const copied: number[] = [];
    const heard = (_node: string, event: EventBody): void => {
      if (event.type === 'mirror.synchronised') copied.push(event.messages);
    };
    const program = async (clients: SimClients): Promise<void> => {
      await clients.stop('c');
      clients.policy('a', MANUAL);
      const b = await atHome(clients);
      await clients.settled('ha-q', 'b (a+)', ['a', 'b']);
      await publish(b, 'ha-q', 'old', 30);
      await clients.start('c');
      await clients.settled('ha-q', 'b (a+ c-)');
      await publish(b, 'ha-q', 'new', 50);
      clients.node('b').crash();
      await clients.settled('ha-q', 'a (c-)', AC);
      await clients.mirrors('a').sync({ vhost: '/', name: 'ha-q' });
      await clients.settled('ha-q', 'a (c+)', AC);
      clients.node('a').crash();
      await clients.settled('ha-q', 'c ()', ['c']);
      const all = [...texts('old', 30, '*'), ...texts('new', 50, '*')];
      assert.deepEqual(await consume(await clients.open('c'), 'ha-q', 80), all);
    };
    await withCluster(63, program, ['a', 'b', 'c'], undefined, { active: true, emit: heard, nextMessage: () => 1 });
    assert.deepEqual(copied, [30]);
  });

  it('lack nothing where all lacked the same: what the new home does not have is gone', async () => {
    await withCluster(64, async (clients) => {
      const b = await atHome(clients);
      await publish(b, 'ha-q', 'old', 30);
      clients.policy('a', MANUAL);
      await clients.settled('ha-q', 'b (a- c-)');
      await publish(b, 'ha-q', 'new', 5);
      clients.node('b').crash();
      await clients.settled('ha-q', 'a (c+)', AC);
      clients.node('a').crash();
      await clients.settled('ha-q', 'c ()', ['c']);
      assert.deepEqual(await consume(await clients.open('c'), 'ha-q', 5), texts('new', 5, '*'));
    });
  });

  it('wait for it as long as another member reaches the old one', async () => {
    await withCluster(65, async (clients) => {
      clients.policy('a', MANUAL);
      await atHome(clients);
      await clients.settled('ha-q', 'b (a+ c+)');
      const { sim } = clients.cluster;
      sim.reset('a', 'b');
      sim.cut('a', 'b');
      await sleep(500);
      for (const node of AC) assert.equal(clients.queue(node, 'ha-q')?.home, 'b@localhost');
      // By then b has left c, too.
      await clients.settled('ha-q', 'a (c+)', AC);
    });
  });

  it('do not take what they have from one home for what another one has put in its place', async () => {
    const program = async (clients: SimClients): Promise<void> => {
      clients.policy('a', MANUAL);
      const b = await atHome(clients);
      await clients.settled('ha-q', 'b (a+ c+ d+)', ['a', 'b', 'c', 'd']);
      assert.deepEqual(await publish(b, 'ha-q', 'm', 1), { acks: 1, nacks: 0 });
      const { sim } = clients.cluster;
      // Only d is told of this one.
      sim.cut('b', 'a');
      sim.cut('b', 'c');
      void publish(b, 'ha-q', 'lost', 1).catch(() => undefined);
      await sleep(50);
      sim.latency('a', 'd', 100);
      clients.node('b').crash();
      const a = await clients.open('a');
      while (clients.queue('c', 'ha-q')?.home !== 'a@localhost') await sleep(1);
      sim.reset('a', 'd');
      sim.cut('a', 'd');
      void publish(a, 'ha-q', 'n', 1).catch(() => undefined);
      await sleep(20);
      clients.node('a').crash();
      sim.heal();
      while (clients.queue('d', 'ha-q')?.home !== 'c@localhost') await sleep(1);
      await clients.mirrors('c').sync({ vhost: '/', name: 'ha-q' });
      await clients.settled('ha-q', 'c (d+)', ['c', 'd']);
      clients.node('c').crash();
      await clients.settled('ha-q', 'd ()', ['d']);
      assert.deepEqual(await consume(await clients.open('d'), 'ha-q', 2), ['m0*', 'n0*']);
    };
    await withCluster(66, program, ['a', 'b', 'c', 'd']);
  });
});
