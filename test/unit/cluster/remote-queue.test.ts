/** Queues that live on another node than their clients: unmodified amqplib on a simulated cluster. */
import { strict as assert } from 'node:assert';
import amqp, { type Channel, type ChannelModel, type ConfirmChannel, type GetMessage } from 'amqplib';
import { runProgram } from '../../../lib/world/sim-node-api';
import { SimCluster, type SimNode } from './sim-node';

interface Clients {
  readonly cluster: SimCluster;
  readonly a: ConfirmChannel;
  readonly b: ConfirmChannel;
  /** Resolves with the reason when the connection of `b` is blocked. */
  readonly blocked: Promise<string>;
  node(name: string): SimNode;
}

async function withClients(seed: number, program: (clients: Clients) => Promise<void>): Promise<void> {
  const cluster = await SimCluster.joined(seed, ['a', 'b', 'c'], {
    broker: { nodeName: 'node', users: [{ name: 'guest', password: 'guest' }] },
  });
  const { sim, nodes } = cluster;
  for (const { broker } of nodes) broker.listen({ host: '0.0.0.0', port: 5672 }, (error) => assert.equal(error, null));
  sim.runFor(10);
  await runProgram(sim, async () => {
    const connect = async (host: string): Promise<ChannelModel> => {
      const connection = await amqp.connect(`amqp://guest:guest@${host}?heartbeat=0`);
      connection.on('error', () => undefined);
      return connection;
    };
    const [toA, toB] = [await connect('a'), await connect('b')];
    const blocked = new Promise<string>((resolve) => toB.on('blocked', resolve));
    const [a, b] = [await toA.createConfirmChannel(), await toB.createConfirmChannel()];
    await program({ cluster, a, b, blocked, node: (name) => nodes.find((node) => node.name === name) as SimNode });
  });
}

function confirmed(channel: ConfirmChannel, queue: string, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    channel.sendToQueue(queue, Buffer.from(text), { persistent: true }, (error) => (error ? reject(error) : resolve()));
  });
}

async function texts(channel: Channel, queue: string, count: number): Promise<string[]> {
  const found: string[] = [];
  await new Promise<void>((resolve) => {
    void channel.consume(queue, (message) => {
      if (message === null) return;
      found.push(message.content.toString());
      channel.ack(message);
      if (found.length === count) resolve();
    });
  });
  return found;
}

describe('a queue of another node', () => {
  it('takes publishes, confirms them, and hands them out in order', async () => {
    await withClients(1, async ({ a, b }) => {
      await a.assertQueue('q', { durable: true });
      for (let i = 0; i < 5; i++) b.sendToQueue('q', Buffer.from(`m${i}`), { persistent: true });
      await b.waitForConfirms();
      assert.deepEqual(await b.checkQueue('q'), { queue: 'q', messageCount: 5, consumerCount: 0 });
      assert.deepEqual(await texts(b, 'q', 5), ['m0', 'm1', 'm2', 'm3', 'm4']);
      assert.deepEqual(await a.checkQueue('q'), { queue: 'q', messageCount: 0, consumerCount: 1 });
    });
  });

  it('answers get, purge and delete', async () => {
    await withClients(2, async ({ a, b }) => {
      await a.assertQueue('q', { durable: true });
      assert.equal(await b.get('q'), false);
      for (const text of ['one', 'two', 'three']) await confirmed(b, 'q', text);
      const got = (await b.get('q')) as GetMessage;
      assert.equal(got.content.toString(), 'one');
      assert.equal(got.fields.messageCount, 2);
      b.nack(got);
      const again = (await b.get('q')) as GetMessage;
      assert.equal(again.content.toString(), 'one');
      assert.ok(again.fields.redelivered);
      b.ack(again);
      assert.deepEqual(await b.purgeQueue('q'), { messageCount: 2 });
      assert.deepEqual(await b.deleteQueue('q'), { messageCount: 0 });
      await assert.rejects(a.checkQueue('q'), /404/);
    });
  });

  it('keeps the prefetch of consumers on several nodes', async () => {
    await withClients(3, async ({ a, b }) => {
      await a.assertQueue('q');
      const held: string[] = [];
      for (const channel of [a, b]) {
        await channel.prefetch(2);
        await channel.consume('q', (message) => held.push(String(message?.content)));
      }
      for (let i = 0; i < 10; i++) await confirmed(a, 'q', `m${i}`);
      assert.equal(held.length, 4);
      assert.equal((await a.checkQueue('q')).messageCount, 6);
    });
  });

  it('takes back what a channel of another node held when that ends, and when its node dies', async () => {
    await withClients(4, async ({ a, b, node }) => {
      await a.assertQueue('q');
      await b.consume('q', () => undefined);
      await confirmed(a, 'q', 'held');
      assert.equal((await a.checkQueue('q')).messageCount, 0);
      node('b').crash();
      // The home notices by itself.
      while ((await a.checkQueue('q')).messageCount === 0) await new Promise((resolve) => setTimeout(resolve, 100));
      const got = (await a.get('q')) as GetMessage;
      assert.ok(got.fields.redelivered);
    });
  });

  it('is down with its home: consumers are cancelled, confirms refused, questions answered with 404', async () => {
    await withClients(5, async ({ a, b, node }) => {
      await a.assertQueue('q', { durable: true });
      await a.assertQueue('t', { durable: false });
      const cancelled = new Promise<void>((resolve) => void b.consume('q', (message) => message === null && resolve()));
      await b.checkQueue('q');
      node('a').crash();
      await cancelled;
      const returned = new Promise<number>((resolve) =>
        b.on('return', ({ fields }) => resolve((fields as unknown as { replyCode: number }).replyCode)),
      );
      b.publish('', 'q', Buffer.from('lost'), { mandatory: true });
      assert.equal(await returned, 312);
      await b.assertQueue('t', { durable: true });
      const text = "NOT_FOUND - home node 'a@localhost' of durable queue 'q' in vhost '/' is down or inaccessible";
      await assert.rejects(b.checkQueue('q'), (error: Error) => error.message.includes(text));
    });
  });

  it('is not published to from anywhere while one node is low on memory', async () => {
    await withClients(6, async ({ a, b, blocked, node }) => {
      await a.assertQueue('q');
      node('c').broker.setAlarm('memory', true);
      await a.checkQueue('q');
      const kept = confirmed(b, 'q', 'held back');
      assert.equal(await blocked, 'low on memory');
      assert.equal((await a.checkQueue('q')).messageCount, 0);
      node('c').crash();
      await kept;
      assert.equal((await a.checkQueue('q')).messageCount, 1);
    });
  });
});
