/** What clients of a mirrored queue see when its home goes away. Unmodified amqplib on a simulated cluster. */
import { strict as assert } from 'node:assert';
import type { Channel } from 'amqplib';
import { consume, publish, type SimClients, sleep, texts, withCluster } from './sim-clients';

interface Seen {
  readonly deliveries: string[];
  /** Of all that came. */
  readonly tags: number[];
  cancelled: boolean;
}

/** A consumer that acknowledges nothing, on a channel with a prefetch of 3. */
async function holding(channel: Channel, queue: string, args: Record<string, unknown> = {}): Promise<Seen> {
  const seen: Seen = { deliveries: [], tags: [], cancelled: false };
  await channel.prefetch(3);
  await channel.consume(
    queue,
    (message) => {
      if (message === null) seen.cancelled = true;
      else {
        seen.deliveries.push(message.content.toString() + (message.fields.redelivered ? '*' : ''));
        seen.tags.push(message.fields.deliveryTag);
      }
    },
    { arguments: args },
  );
  return seen;
}

async function mirrored(clients: SimClients, home: string): Promise<void> {
  clients.policy('a', { 'ha-mode': 'all' });
  const channel = await clients.open(home);
  await channel.assertQueue('ha-c', { durable: true });
}

describe('clients of a mirrored queue', () => {
  // a becomes the home; c has neither home.
  for (const node of ['a', 'c']) {
    it(`on ${node} keep their consumers when the home is killed: what they held comes again with new tags`, async () => {
      await withCluster(node === 'a' ? 41 : 42, async (clients) => {
        await mirrored(clients, 'b');
        const channel = await clients.open(node);
        const seen = await holding(channel, 'ha-c');
        const cancelling = await holding(await clients.open(node), 'ha-c', { 'x-cancel-on-ha-failover': true });
        await publish(await clients.open(node), 'ha-c', 'm', 8);
        await sleep(50);
        assert.deepEqual(seen.deliveries, ['m0', 'm2', 'm4']);
        clients.node('b').crash();
        await clients.settled('ha-c', 'a (c+)', ['a', 'c']);
        await sleep(50);
        assert.ok(cancelling.cancelled && !seen.cancelled);
        assert.deepEqual(seen.deliveries.slice(3), ['m0*', 'm1*', 'm2*']);
        assert.deepEqual(seen.tags, [1, 2, 3, 4, 5, 6]);
        // Of a delivery from before: silently accepted, and it makes room.
        channel.ack({ fields: { deliveryTag: 1 } } as Parameters<Channel['ack']>[0]);
        await sleep(50);
        assert.deepEqual(seen.deliveries.slice(6), ['m3*']);
        assert.equal((await channel.checkQueue('ha-c')).messageCount, 4);
        // Whatever is acknowledged now is gone.
        channel.ackAll();
        await sleep(50);
        assert.deepEqual(seen.deliveries.slice(7), ['m4*', 'm5*', 'm6*']);
      });
    });
  }

  it('keep their consumers when the home stops in order, and when the queue is moved away from their node', async () => {
    await withCluster(46, async (clients) => {
      await mirrored(clients, 'b');
      const [onA, onC] = [await clients.open('a'), await clients.open('c')] as const;
      const held = await holding(onA, 'ha-c');
      await publish(onC, 'ha-c', 'm', 4);
      await clients.stop('b');
      await clients.settled('ha-c', 'a (c+)', ['a', 'c']);
      await sleep(50);
      assert.deepEqual(held.deliveries, ['m0', 'm1', 'm2', 'm0*', 'm1*', 'm2*']);
      assert.equal(await clients.mirrors('c').transferMaster({ vhost: '/', name: 'ha-c' }, 'c@localhost'), true);
      // The old home begins as a mirror anew.
      await clients.settled('ha-c', 'c (a-)', ['a', 'c']);
      await sleep(50);
      assert.deepEqual(held.deliveries.slice(6), ['m0*', 'm1*', 'm2*']);
      assert.deepEqual(await publish(onA, 'ha-c', 'n', 2), { acks: 2, nacks: 0 });
      onA.ackAll();
      await sleep(50);
      assert.deepEqual(held.deliveries.slice(9), ['m3*', 'n0', 'n1']);
      assert.equal((await onA.checkQueue('ha-c')).consumerCount, 1);
    });
  });

  it('leave nothing behind when they go while the queue takes them in again', async () => {
    await withCluster(47, async (clients) => {
      const channel = await clients.open('b');
      await channel.assertQueue('ha-c', { durable: true });
      await publish(channel, 'ha-c', 'm', 4);
      clients.policy('a', { 'ha-mode': 'all' });
      // Not synchronised, so the queue waits for its home.
      await clients.settled('ha-c', 'b (a- c-)');
      const held = await holding(await clients.open('a'), 'ha-c');
      await sleep(50);
      await clients.stop('b');
      const stopped = clients.queue('a', 'ha-c');
      assert.equal(stopped?.state, 'stopped');
      const started = clients.start('b');
      while (clients.queue('a', 'ha-c') === stopped) await sleep(0.1);
      clients.node('a').broker.closeConnections(() => true, 'test');
      await started;
      await sleep(50);
      assert.deepEqual(held.deliveries, ['m0', 'm1', 'm2']);
      assert.deepEqual(await (await clients.open('c')).checkQueue('ha-c'), { queue: 'ha-c', messageCount: 4, consumerCount: 0 });
    });
  });

  it('get bindings that hold, and publish through an exchange, whoever is the home', async () => {
    await withCluster(43, async (clients) => {
      await mirrored(clients, 'b');
      const channels = [await clients.open('a'), await clients.open('c')] as const;
      await channels[0].assertExchange('logs', 'topic');
      await channels[0].bindQueue('ha-c', 'logs', 'a.*');
      clients.node('b').crash();
      await clients.settled('ha-c', 'a (c+)', ['a', 'c']);
      for (const channel of channels) {
        channel.publish('logs', 'a.b', Buffer.from('routed'));
        await channel.waitForConfirms();
      }
      assert.equal((await channels[1].checkQueue('ha-c')).messageCount, 2);
      await channels[1].unbindQueue('ha-c', 'logs', 'a.*');
      channels[0].publish('logs', 'a.b', Buffer.from('not routed'));
      await channels[0].waitForConfirms();
      assert.equal((await channels[1].deleteQueue('ha-c')).messageCount, 2);
      assert.equal(clients.copies('a', 'ha-c'), 'none');
    });
  });

  for (const [node, seed] of [
    ['a', 51],
    ['c', 52],
  ] as const) {
    it(`on ${node} get confirms through the failure of the home, and no message is there twice`, async () => {
      await withCluster(seed, async (clients) => {
        await mirrored(clients, 'b');
        const channel = await clients.open(node);
        const outcomes: Array<Promise<{ acks: number; nacks: number }>> = [];
        for (let i = 0; i < 300; i++) {
          outcomes.push(publish(channel, 'ha-c', `m${i}.`, 1));
          if (i % 2 === 1) await sleep(0.1);
          if (i === 150) clients.node('b').crash();
        }
        const settled = await Promise.all(outcomes);
        assert.equal(settled.filter(({ nacks }) => nacks > 0).length, 0);
        const found: string[] = [];
        for (
          let got = await channel.get('ha-c', { noAck: true });
          got !== false;
          got = await channel.get('ha-c', { noAck: true })
        ) {
          found.push(got.content.toString());
        }
        assert.deepEqual(
          found,
          Array.from({ length: 300 }, (_, i) => `m${i}.0`),
        );
      });
    });
  }

  it('are refused what is open when the home is back before a mirror has taken its place, and it is there once', async () => {
    await withCluster(53, async (clients) => {
      await mirrored(clients, 'b');
      const { sim } = clients.cluster;
      const c = await clients.open('c');
      // No confirm without a, and no promotion: for c it runs still.
      sim.cut('a', 'b');
      sim.cut('a', 'c');
      const outcome = publish(c, 'ha-c', 'm', 3);
      await sleep(100);
      clients.node('b').crash();
      await sleep(10);
      const isBack = clients.start('b');
      assert.deepEqual(await outcome, { acks: 0, nacks: 3 });
      await isBack;
      sim.heal();
      await sleep(100);
      assert.deepEqual(await consume(c, 'ha-c', (await c.checkQueue('ha-c')).messageCount), texts('m', 3, '*'));
    });
  });

  it('are refused what is open when another node has become the home while theirs ran', async () => {
    await withCluster(54, async (clients) => {
      await mirrored(clients, 'b');
      clients.cluster.sim.latency('b', 'c', 1000);
      const outcome = publish(await clients.open('b'), 'ha-c', 'm', 3);
      await sleep(100);
      const { application, self } = clients.node('a').node;
      const queue = clients.queue('a', 'ha-c');
      assert.ok(application && queue);
      application.definitions.change(
        () => application.relocate(queue, self, []),
        () => undefined,
      );
      assert.deepEqual(await outcome, { acks: 0, nacks: 3 });
    });
  });

  it('get their confirm when the home dies after their node has another one for it', async () => {
    await withCluster(55, async (clients) => {
      await mirrored(clients, 'b');
      clients.cluster.sim.latency('b', 'a', 1000);
      const channel = await clients.open('c');
      const outcome = publish(channel, 'ha-c', 'm', 3);
      await sleep(100);
      const { application, self } = clients.node('c').node;
      const queue = clients.queue('c', 'ha-c');
      assert.ok(application && queue);
      application.definitions.change(
        () => {
          application.relocate(queue, self, []);
          clients.node('b').crash();
        },
        () => undefined,
      );
      assert.deepEqual(await outcome, { acks: 3, nacks: 0 });
      assert.deepEqual(await consume(channel, 'ha-c', 3), texts('m', 3, '*'));
    });
  });

  it('have a confirm only when all mirrors have the message, or are gone', async () => {
    await withCluster(44, async (clients) => {
      await mirrored(clients, 'b');
      const b = await clients.open('b');
      clients.cluster.sim.cut('b', 'c');
      const outcome = publish(b, 'ha-c', 'm', 1);
      let settled = false;
      void outcome.finally(() => {
        settled = true;
      });
      await sleep(2000);
      assert.equal(settled, false);
      clients.cluster.sim.heal();
      assert.deepEqual(await outcome, { acks: 1, nacks: 0 });
      clients.cluster.sim.cut('b', 'c');
      const another = publish(b, 'ha-c', 'n', 1);
      await sleep(100);
      clients.node('c').crash();
      clients.cluster.sim.heal();
      assert.deepEqual(await another, { acks: 1, nacks: 0 });
    });
  });

  it('lose nothing that was confirmed while homes are killed one after the other', async () => {
    await withCluster(45, async (clients) => {
      await mirrored(clients, 'b');
      const confirmed: string[] = [];
      let ended = false;
      const c = await clients.open('c');
      const publishing = (async () => {
        for (let i = 0; !ended; i++) {
          const { acks } = await publish(c, 'ha-c', `${i}.`, 1);
          if (acks === 1) confirmed.push(`${i}.0`);
          await sleep(1);
        }
      })();
      await sleep(200);
      clients.node('b').crash();
      await sleep(1000);
      await clients.start('b');
      await clients.settled('ha-c', 'a (c+ b-)');
      await clients.mirrors('b').sync({ vhost: '/', name: 'ha-c' });
      await clients.settled('ha-c', 'a (c+ b+)');
      clients.node('a').crash();
      await sleep(1000);
      ended = true;
      await publishing;
      assert.ok(confirmed.length > 200, `${confirmed.length} confirmed`);
      const seen = new Set<string>();
      const { messageCount } = await c.checkQueue('ha-c');
      for (let i = 0; i < messageCount; i++)
        seen.add(String(((await c.get('ha-c', { noAck: true })) as { content: Buffer }).content));
      assert.deepEqual(
        confirmed.filter((text) => !seen.has(text)),
        [],
      );
    });
  });
});
