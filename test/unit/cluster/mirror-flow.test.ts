/** Publishers to a mirrored queue that gets nowhere: they are not read any more, so that what waits does not fill the memory. */
import assert from 'node:assert/strict';
import { until } from './quorum-nodes';
import { type SimClients, sleep, withCluster } from './sim-clients';

const SIZE = 16 << 10;
const COUNT = 1024;
/** What may be taken of a publisher: what may wait for a mirror, and what comes meanwhile. */
const MOST = 12 << 20;

/** The one that has published most. */
function connectionOn(clients: SimClients, node: string): { readonly state: string; readonly taken: number } {
  const { connections } = clients.node(node).broker.snapshot('/', 0);
  const all = connections.map(({ state, channels }) => ({ state, taken: channels[0]?.published ?? 0 }));
  return all.reduce((most, one) => (one.taken > most.taken ? one : most));
}

async function mirrored(clients: SimClients, ...names: readonly string[]): Promise<void> {
  clients.policy('a', { 'ha-mode': 'all' });
  const channel = await clients.open('a');
  for (const name of names) await channel.assertQueue(name, { durable: true });
  for (const name of names) await clients.settled(name, name.startsWith('ha-') ? 'a (b+ c+)' : 'a');
}

describe('publishers to a mirrored queue', function () {
  this.timeout(30_000);

  for (const node of ['a', 'b']) {
    const where = node === 'a' ? 'its home' : 'another node';
    it(`on ${where} are held back while a mirror stalls, and those of other queues are not`, async () => {
      await withCluster(node === 'a' ? 71 : 72, async (clients) => {
        await mirrored(clients, 'ha-q', 'other');
        const channel = await clients.open(node);
        await channel.checkQueue('ha-q');
        clients.cluster.sim.pause('c');
        for (let i = 0; i < COUNT; i++) channel.sendToQueue('ha-q', Buffer.alloc(SIZE));
        await sleep(10_000);
        const { state, taken } = connectionOn(clients, node);
        assert.equal(state, 'flow');
        assert.ok(taken * SIZE < MOST, `${taken} messages were taken`);
        const other = await clients.open(node);
        other.sendToQueue('other', Buffer.alloc(SIZE), { persistent: true });
        await other.waitForConfirms();
        clients.cluster.sim.resume('c');
        await until('all are there', () => clients.queue('a', 'ha-q')?.readyCount === COUNT);
        await channel.waitForConfirms();
        assert.equal(connectionOn(clients, node).state, 'running');
      });
    });
  }

  it('go on when the mirror that stalled is given up', async () => {
    await withCluster(73, async (clients) => {
      await mirrored(clients, 'ha-q');
      const channel = await clients.open('b');
      await channel.checkQueue('ha-q');
      clients.cluster.sim.pause('c');
      for (let i = 0; i < COUNT; i++) channel.sendToQueue('ha-q', Buffer.alloc(SIZE));
      await until('it is held back', () => connectionOn(clients, 'b').state === 'flow');
      clients.node('c').crash();
      await channel.waitForConfirms();
      assert.equal(clients.queue('a', 'ha-q')?.readyCount, COUNT);
    });
  });

  it('are held back while nobody takes the place of a home that is gone, and lose nothing', async () => {
    await withCluster(74, async (clients) => {
      await mirrored(clients, 'ha-q');
      const channel = await clients.open('c');
      await channel.checkQueue('ha-q');
      clients.cluster.sim.pause('b');
      clients.node('a').crash();
      await until('c knows', () => clients.queue('c', 'ha-q')?.state === 'stopped');
      const count = 20_000;
      for (let i = 0; i < count; i++) channel.sendToQueue('ha-q', Buffer.alloc(16), { persistent: true });
      await sleep(5000);
      const { state, taken } = connectionOn(clients, 'c');
      assert.equal(state, 'flow');
      assert.ok(taken < 5000, `${taken} messages were taken`);
      clients.cluster.sim.resume('b');
      await channel.waitForConfirms();
      assert.equal(clients.queue('b', 'ha-q')?.readyCount, count);
      assert.equal(connectionOn(clients, 'c').state, 'running');
    });
  });
});
