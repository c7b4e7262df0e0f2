/** Mirrored queues: what RabbitMQ 3.10.8 was measured to do when nodes go and come back. Unmodified amqplib, simulated cluster. */
import { strict as assert } from 'node:assert';
import { consume, publish, texts, withCluster } from './sim-clients';

const ALL = { 'ha-mode': 'all' };

describe('a mirrored queue', () => {
  it('goes on from a mirror when its home is killed: all messages, redelivered', async () => {
    await withCluster(
      1,
      async (clients) => {
        const { node } = clients;
        void node;
        clients.policy('a', ALL);
        const b = await clients.open('b');
        await b.assertQueue('ha-q', { durable: true });
        await clients.settled('ha-q', 'b (a+)', ['a', 'b']);
        assert.deepEqual(await publish(b, 'ha-q', 'm', 5), { acks: 5, nacks: 0 });
        const a = await clients.open('a');
        assert.equal((await a.checkQueue('ha-q')).messageCount, 5);
        clients.node('b').crash();
        await clients.settled('ha-q', 'a ()', ['a']);
        assert.deepEqual(await publish(a, 'ha-q', 'n', 1), { acks: 1, nacks: 0 });
        assert.deepEqual(await consume(a, 'ha-q', 6), [...texts('m', 5, '*'), 'n0']);
      },
      ['a', 'b'],
    );
  });
});
