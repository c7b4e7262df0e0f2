import { setTimeout as pause } from 'node:timers/promises';
import type { AnswerContext } from 'warren/grading';

/**
 * One job at a time, pulled. Each message says for itself when it expires, in a queue where all wait equally long; how often
 * that has happened is what the broker writes into x-death.
 */
export default async function ({ amqp, url, env, signal }: AnswerContext): Promise<void> {
  const { WORK = '', SERVICE = '', PARKED = '', RETRY = '' } = env;
  const delays = (env.DELAYS ?? '').split(',');
  const connection = await amqp.connect(url);
  const reading = await connection.createChannel();
  const writing = await connection.createConfirmChannel();
  await writing.assertExchange(RETRY, 'direct', { durable: true });
  for (const delay of delays) {
    const { queue } = await writing.assertQueue(`${RETRY}-${delay}`, {
      arguments: { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': WORK },
    });
    await writing.bindQueue(queue, RETRY, delay);
  }
  const { queue: replyTo } = await reading.assertQueue('', { exclusive: true });

  async function call(job: Buffer): Promise<string> {
    writing.sendToQueue(SERVICE, job, { replyTo, correlationId: '-' });
    for (;;) {
      const reply = await reading.get(replyTo, { noAck: true });
      if (reply !== false) return reply.content.toString();
      await pause(1);
    }
  }

  while (!signal.aborted) {
    const job = await reading.get(WORK);
    if (job === false) {
      await pause(5);
      continue;
    }
    if ((await call(job.content)) === 'failed') {
      const { headers } = job.properties;
      const deaths = (headers?.['x-death'] ?? []) as { reason?: string; count: number }[];
      const waits = deaths.reduce((sum, { reason, count }) => sum + (reason === 'expired' ? count : 0), 0);
      const expiration = delays[waits];
      if (expiration === undefined) writing.sendToQueue(PARKED, job.content, { persistent: true });
      else writing.publish(RETRY, expiration, job.content, { persistent: true, headers, expiration });
      await writing.waitForConfirms();
    }
    reading.ack(job);
  }
}
