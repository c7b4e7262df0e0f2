/** Channels and connections that end at a quorum queue of three nodes: what they held, and who gets it next. */
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import type { Channel, ConfirmChannel, ConsumeMessage } from 'amqplib';
import { machineOf, until } from './quorum-nodes';
import { consume, publish, type SimClients, sleep, withCluster } from './sim-clients';

const SINGLE = { durable: true, arguments: { 'x-queue-type': 'quorum', 'x-single-active-consumer': true } };
const PLAIN = { durable: true, arguments: { 'x-queue-type': 'quorum' } };

/** What comes to a consumer, as it comes; a redelivered one has a star. */
async function collect(
  channel: Channel,
  prefetch: number,
): Promise<{ readonly found: string[]; readonly last: () => ConsumeMessage }> {
  const found: string[] = [];
  let latest: ConsumeMessage | null = null;
  await channel.prefetch(prefetch);
  await channel.consume('q', (message) => {
    if (message === null) return;
    latest = message;
    found.push(message.content.toString() + (message.fields.redelivered ? '*' : ''));
  });
  return { found, last: () => latest as unknown as ConsumeMessage };
}

function breakConnection(channel: Channel): void {
  (channel.connection as unknown as { stream: Socket }).stream.destroy();
}

/** Queue `q` led by `a`, five messages: two with a consumer on `b`, three ready, and a consumer on `c` that waits. */
async function twoOfFive(clients: SimClients) {
  const a = await clients.open('a');
  await a.assertQueue('q', SINGLE);
  const [b, c] = [await clients.open('b'), await clients.open('c')];
  const first = await collect(b, 2);
  const second = await collect(c, 10);
  await publish(a, 'q', 'm', 5);
  await until('b holds two', () => first.found.length === 2);
  return { b, first, second };
}

describe('a channel that ends at a quorum queue', () => {
  const ENDS: Readonly<Record<string, (channel: ConfirmChannel) => Promise<void> | void>> = {
    'with its connection': (channel) => breakConnection(channel),
    alone: (channel) => channel.close(),
  };
  for (const [how, end] of Object.entries(ENDS)) {
    it(`${how} leaves what it held to the next single active consumer, before anything newer`, async () => {
      await withCluster(1, async (clients) => {
        const { b, second } = await twoOfFive(clients);
        await end(b);
        await until('c has all', () => second.found.length === 5);
        assert.deepEqual(second.found, ['m0*', 'm1*', 'm2', 'm3', 'm4']);
      });
    });
  }

  it('gives back nothing of what it acknowledged or rejected with its last words', async () => {
    await withCluster(2, async (clients) => {
      const a = await clients.open('a');
      await a.assertQueue('q', PLAIN);
      await publish(a, 'q', 'm', 3);
      const b = await clients.open('b');
      const { found } = await collect(b, 10);
      await until('b holds all', () => found.length === 3);
      b.ack({ fields: { deliveryTag: 1 } } as ConsumeMessage);
      b.reject({ fields: { deliveryTag: 2 } } as ConsumeMessage, false);
      await b.close();
      await until('it is gone', () => machineOf(clients, 'a').consumerCount === 0);
      assert.deepEqual([machineOf(clients, 'a').ready, machineOf(clients, 'a').unacked], [1, 0]);
      assert.deepEqual(await consume(a, 'q', 1), ['m2*']);
    });
  });

  it('gives back what it asked for and did not live to get, to the front', async () => {
    const found = new Set<string>();
    for (let delay = 0; delay < 6; delay++) {
      await withCluster(3, async (clients) => {
        const a = await clients.open('a');
        await a.assertQueue('q', PLAIN);
        await publish(a, 'q', 'm', 3);
        const b = await clients.open('b');
        void b.get('q').catch(() => undefined);
        await sleep(delay);
        breakConnection(b);
        await sleep(1000);
        found.add((await consume(a, 'q', 3)).join());
      });
    }
    // Broken too early, it has asked for nothing.
    found.delete('m0,m1,m2');
    assert.deepEqual([...found], ['m0*,m1,m2']);
  });

  it('while the leader dies is gone under the next one, and what it held comes first', async () => {
    for (let delay = 0; delay < 6; delay++) {
      await withCluster(10 + delay, async (clients) => {
        const { b, first, second } = await twoOfFive(clients);
        b.ack(first.last());
        await until('the third is there', () => first.found.length === 3);
        void b.close().catch(() => undefined);
        await sleep(delay);
        clients.node('a').crash();
        await until('c has all', () => second.found.length === 4);
        assert.deepEqual(second.found, ['m0*', 'm2*', 'm3', 'm4']);
        await until('the other is gone', () => machineOf(clients, 'c').consumerCount === 1);
        assert.equal(machineOf(clients, 'c').consumers().length, 1);
      });
    }
  });
});
