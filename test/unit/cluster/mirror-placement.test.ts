/** Who mirrors a queue, and who is brought up to date. Unmodified amqplib on a simulated cluster. */
import { strict as assert } from 'node:assert';
import { consume, publish, type SimClients, sleep, texts, withCluster } from './sim-clients';

async function filled(clients: SimClients, node: string, name: string, count: number): Promise<void> {
  const channel = await clients.open(node);
  await channel.assertQueue(name, { durable: true });
  await publish(channel, name, 'm', count);
}

describe('the mirrors of a queue', () => {
  it('are all other nodes with ha-mode all, also those that start later', async () => {
    await withCluster(31, async (clients) => {
      clients.policy('a', { 'ha-mode': 'all', 'ha-sync-mode': 'automatic' });
      await filled(clients, 'b', 'ha-q', 3);
      await clients.settled('ha-q', 'b (a+ c+)');
      clients.node('a').crash();
      await clients.settled('ha-q', 'b (c+)', ['b', 'c']);
      await clients.start('a');
      await clients.settled('ha-q', 'b (c+ a+)');
    });
  });

  it('are as many as ha-mode exactly says; one that is lost is replaced, and no mirror any more when it is back', async () => {
    await withCluster(32, async (clients) => {
      clients.policy('a', { 'ha-mode': 'exactly', 'ha-params': 2, 'ha-sync-mode': 'automatic' });
      await filled(clients, 'b', 'ha-q', 100);
      const [first] = (clients.queue('b', 'ha-q')?.mirrors ?? []).map(({ node }) => node.split('@')[0] as string);
      assert.ok(first !== undefined);
      const other = first === 'a' ? 'c' : 'a';
      clients.node(first).crash();
      await clients.settled('ha-q', `b (${other}+)`, ['b', other]);
      await clients.start(first);
      await sleep(500);
      await clients.settled('ha-q', `b (${other}+)`);
      clients.policy(other, { 'ha-mode': 'exactly', 'ha-params': 5, 'ha-sync-mode': 'automatic' });
      await clients.settled('ha-q', `b (${other}+ ${first}+)`);
    });
  });

  it('are those that ha-mode nodes names and that run; a home that is not named leaves for a synchronised one', async () => {
    await withCluster(33, async (clients) => {
      await filled(clients, 'b', 'ha-q', 100);
      clients.policy('a', { 'ha-mode': 'all', 'ha-sync-mode': 'automatic' });
      await clients.settled('ha-q', 'b (a+ c+)');
      clients.policy('a', { 'ha-mode': 'nodes', 'ha-params': ['a@localhost', 'c@localhost'] });
      await clients.settled('ha-q', 'a (c+)');
      clients.policy('a', { 'ha-mode': 'nodes', 'ha-params': ['z@localhost'] });
      await clients.settled('ha-q', 'a ()');
      const b = await clients.open('b');
      assert.deepEqual(await consume(b, 'ha-q', 100), texts('m', 100, '*'));
    });
  });

  it("are those that ha-mode nodes names from the beginning: a new queue's home is the first of them that runs", async () => {
    await withCluster(38, async (clients) => {
      clients.policy('a', { 'ha-mode': 'nodes', 'ha-params': ['z@localhost', 'c@localhost', 'a@localhost'] });
      await filled(clients, 'b', 'ha-q', 3);
      await clients.settled('ha-q', 'a (c+)');
      await filled(clients, 'c', 'ha-here', 3);
      await clients.settled('ha-here', 'c (a+)');
    });
  });

  it('are brought up to date by sync_queue with ha-sync-mode manual, or once what they lack is consumed or purged', async () => {
    await withCluster(34, async (clients) => {
      for (const name of ['ha-synced', 'ha-eaten', 'ha-purged']) await filled(clients, 'a', name, 10);
      clients.policy('a', { 'ha-mode': 'all', 'ha-sync-batch-size': 3 });
      for (const name of ['ha-synced', 'ha-eaten', 'ha-purged']) await clients.settled(name, 'a (b- c-)');
      const c = await clients.open('c');
      await publish(c, 'ha-eaten', 'new', 1);
      const mirrors = clients.mirrors('c');
      assert.equal(await mirrors.cancelSync({ vhost: '/', name: 'ha-synced' }), false);
      await mirrors.sync({ vhost: '/', name: 'ha-synced' });
      await clients.settled('ha-synced', 'a (b+ c+)');
      for (let i = 0; i < 10; i++) await c.get('ha-eaten', { noAck: true });
      await clients.settled('ha-eaten', 'a (b+ c+)');
      await c.purgeQueue('ha-purged');
      await clients.settled('ha-purged', 'a (b+ c+)');
      clients.node('a').crash();
      await clients.settled('ha-synced', 'b (c+)', ['b', 'c']);
      assert.deepEqual(await consume(c, 'ha-synced', 10), texts('m', 10, '*'));
      assert.deepEqual(await consume(c, 'ha-eaten', 1), ['new0*']);
      assert.equal((await c.checkQueue('ha-purged')).messageCount, 0);
    });
  });

  it('are none any more when the policy is cleared', async () => {
    await withCluster(35, async (clients) => {
      await filled(clients, 'a', 'ha-q', 5);
      clients.policy('a', { 'ha-mode': 'all', 'ha-sync-mode': 'automatic' });
      await clients.settled('ha-q', 'a (b+ c+)');
      clients.node('b').broker.policies.clear('/', 'ha');
      await clients.settled('ha-q', 'a');
      assert.deepEqual(await consume(await clients.open('c'), 'ha-q', 5), texts('m', 5));
    });
  });

  it('keep priorities and times to live, and are ready to be the home once more', async () => {
    await withCluster(36, async (clients) => {
      clients.policy('a', { 'ha-mode': 'all' });
      const a = await clients.open('a');
      await a.assertQueue('ha-p', { durable: true, maxPriority: 5 });
      for (const [text, priority] of [
        ['low', 1],
        ['high', 5],
        ['middle', 3],
      ] as const) {
        a.sendToQueue('ha-p', Buffer.from(text), { priority, persistent: text !== 'middle' });
      }
      a.sendToQueue('ha-p', Buffer.from('short'), { priority: 5, expiration: 3000 });
      await a.waitForConfirms();
      clients.node('a').crash();
      await clients.settled('ha-p', 'b (c+)', ['b', 'c']);
      clients.node('b').crash();
      await clients.settled('ha-p', 'c ()', ['c']);
      await sleep(3000);
      const c = await clients.open('c');
      assert.deepEqual(await consume(c, 'ha-p', 3), ['high*', 'middle*', 'low*']);
      await publish(c, 'ha-p', 'new', 1);
      assert.deepEqual(await consume(c, 'ha-p', 1), ['new0']);
    });
  });
});
