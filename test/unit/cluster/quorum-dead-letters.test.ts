/** Dead letters of a quorum queue, and the queue that they go to. */
import assert from 'node:assert/strict';
import type { ConfirmChannel, GetMessage } from 'amqplib';
import { machineOf, until } from './quorum-nodes';
import { publish, type SimClients, sleep, withCluster } from './sim-clients';

const FULL = { durable: true, arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' } };

/** A queue whose dead letters go to one that is full, and one message in it that is rejected. */
async function rejected(clients: SimClients, strategy: string, overflow: string): Promise<ConfirmChannel> {
  const channel = await clients.open('a');
  const to = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'full', 'x-dead-letter-strategy': strategy };
  await channel.assertQueue('q', { durable: true, arguments: { 'x-queue-type': 'quorum', 'x-overflow': overflow, ...to } });
  await channel.assertQueue('full', FULL);
  await publish(channel, 'full', 'old', 1);
  await publish(channel, 'q', 'm', 1);
  channel.nack((await channel.get('q')) as GetMessage, false, false);
  return channel;
}

describe('a dead letter of a quorum queue that is refused where it goes', () => {
  it('stays until it is taken, where none is to be lost', async () => {
    await withCluster(90, async (clients) => {
      const channel = await rejected(clients, 'at-least-once', 'reject-publish');
      await until('it is dead', () => machineOf(clients, 'a').deadLetters === 1);
      await sleep(1000);
      assert.equal(machineOf(clients, 'a').deadLetters, 1);
      await channel.purgeQueue('full');
      await sleep(180_000);
      const [found] = [(await channel.get('full')) as GetMessage];
      assert.equal(found.content.toString(), 'm0');
      await until('nothing is left', () => machineOf(clients, 'a').messages === 0);
    });
  });

  for (const [strategy, overflow] of [
    ['at-most-once', 'reject-publish'],
    // Only a queue that refuses can keep what it promises then.
    ['at-least-once', 'drop-head'],
  ] as const) {
    it(`is lost with ${strategy} and ${overflow}, as on RabbitMQ`, async () => {
      await withCluster(91, async (clients) => {
        const channel = await rejected(clients, strategy, overflow);
        await until('it is gone', () => machineOf(clients, 'a').messages === 0);
        assert.deepEqual(await channel.checkQueue('full'), { queue: 'full', messageCount: 1, consumerCount: 0 });
      });
    });
  }
});
