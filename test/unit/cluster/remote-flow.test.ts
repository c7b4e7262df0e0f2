/** Publishers to a queue whose home stalls: they are not read any more, so that what waits for it does not fill the memory. */
import assert from 'node:assert/strict';
import { until } from './quorum-nodes';
import { type SimClients, sleep, withCluster } from './sim-clients';

const SIZE = 16 << 10;
const COUNT = 2048;

function bTook(clients: SimClients): number {
  const [connection] = clients.node('b').broker.snapshot('/', 0).connections;
  return connection?.channels[0]?.published ?? 0;
}

describe('publishers to a queue on a node that stalls', () => {
  it('are held back, and go on when it does', async () => {
    await withCluster(70, async (clients) => {
      await (await clients.open('a')).assertQueue('q', { durable: true });
      const b = await clients.open('b');
      await b.checkQueue('q');
      clients.cluster.sim.pause('a');
      for (let i = 0; i < COUNT; i++) b.sendToQueue('q', Buffer.alloc(SIZE));
      await sleep(10_000);
      const [connection] = clients.node('b').broker.snapshot('/', 0).connections;
      assert.equal(connection?.state, 'flow');
      assert.ok(bTook(clients) * SIZE < 6 << 20, `${bTook(clients)} messages were taken`);
      clients.cluster.sim.resume('a');
      await until('all are there', () => clients.queue('a', 'q')?.readyCount === COUNT);
    });
  });
});
