/** Publishers to a quorum queue that gets nowhere: they are not read any more, so that what waits does not fill the memory. */
import assert from 'node:assert/strict';
import { QUORUM, quorumOf, until } from './quorum-nodes';
import { publish, type SimClients, sleep, withCluster } from './sim-clients';

const KIB = 1024;
const SENT = 12 * KIB * KIB;

function states(clients: SimClients, node: string): string[] {
  return clients
    .node(node)
    .broker.snapshot('/', 0)
    .connections.map(({ state }) => state);
}

describe('publishers to a quorum queue', function () {
  this.timeout(30_000);

  for (const size of [16, 64 * KIB]) {
    it(`of ${size} octets a message are held back while it has no majority, and lose nothing`, async () => {
      await withCluster(60, async (clients) => {
        const c = await clients.open('c');
        await c.assertQueue('q', QUORUM);
        await publish(c, 'q', 'm', 1);
        clients.node('a').crash();
        clients.node('b').crash();
        const count = Math.min(20_000, SENT / size);
        // amqplib keeps what the socket does not take; nobody waits for a confirm.
        for (let i = 0; i < count; i++) c.sendToQueue('q', Buffer.alloc(size), { persistent: true });
        await until('c knows', () => quorumOf(clients, 'c').leader === null);
        await until('the connection is held back', () => states(clients, 'c').includes('flow'));
        await sleep(5000);
        const { messages, octets } = quorumOf(clients, 'c').client.outstanding;
        assert.ok(messages < count && messages < 12_000, `${messages} of ${count} messages`);
        assert.ok(octets < 9 * KIB * KIB, `${octets} octets`);
        await clients.start('b');
        await until('all are there', () => quorumOf(clients, 'c').readyCount === count + 1);
        assert.deepEqual(states(clients, 'c'), ['running']);
      });
    });
  }

  it('are read on when the queue is deleted that they waited for', async () => {
    await withCluster(61, async (clients) => {
      const c = await clients.open('c');
      await c.assertQueue('q', QUORUM);
      await publish(c, 'q', 'm', 1);
      clients.node('a').crash();
      clients.node('b').crash();
      await until('c knows', () => quorumOf(clients, 'c').leader === null);
      for (let i = 0; i < 5000; i++) c.sendToQueue('q', Buffer.alloc(16));
      await until('the connection is held back', () => states(clients, 'c').includes('flow'));
      await (await clients.open('c')).deleteQueue('q');
      await c.assertQueue('other', { durable: true });
    });
  });
});
