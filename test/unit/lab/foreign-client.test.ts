/** Clients in other processes: the lab must give them time to be scheduled and to answer. */
import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import amqp from 'amqplib';
import { Lab } from '../../../lib/lab/lab';

/** Takes from `in`, thinks for a few milliseconds, and passes it on to `out`, acknowledging both ways. */
const WORKER = `
  const amqp = require('amqplib');
  (async () => {
    const connection = await amqp.connect(process.argv[1]);
    const channel = await connection.createChannel();
    await channel.consume('in', (message) => {
      const until = performance.now() + 3;
      while (performance.now() < until);
      channel.ack(message);
      channel.sendToQueue('out', message.content);
    });
    console.log('ready');
  })();
`;

describe('settled() with a client in another process', () => {
  it('waits for its answers too', async function () {
    this.timeout(20_000);
    // A busy machine may leave the other process without a core for longer than the lab waits.
    this.retries(2);
    const lab = await Lab.start({ engine: 'warren', name: 'foreign' });
    const connection = await amqp.connect(lab.url());
    connection.on('error', () => undefined);
    const channel = await connection.createChannel();
    await channel.assertQueue('in');
    await channel.assertQueue('out');
    const worker = spawn(process.execPath, ['-e', WORKER, lab.url()], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(worker.stdout, 'data');
    for (let i = 0; i < 5; i++) channel.sendToQueue('in', Buffer.from('m'));
    await lab.settled();
    const { queues } = await lab.snapshot();
    worker.kill('SIGKILL');
    await lab.stop();
    assert.deepEqual(
      queues.map(({ name, ready, unacked }) => [name, ready, unacked]),
      [
        ['in', 0, 0],
        ['out', 5, 0],
      ],
    );
  });
});
