/**
 * Priorities are the queue's affair: declared with `maxPriority`, it keeps a list for each level and gives out the highest
 * first. The messages only say which list; what is above the highest level goes into that one. The worker needs nothing but a
 * small prefetch: what is in its hands cannot be overtaken any more, so it takes one job at a time. The result goes out before
 * the acknowledgement: if the worker dies in between, the job comes again, and nothing is lost.
 */
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const { ROLE = '', JOBS = '', DONE = '', LEVELS = '' } = env;
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  if (ROLE === 'setup') {
    await channel.assertQueue(JOBS, { durable: true, maxPriority: Number(LEVELS) });
    await connection.close();
    return;
  }
  await channel.prefetch(1);
  await channel.consume(JOBS, (message) => {
    if (message === null) return;
    channel.sendToQueue(DONE, message.content, { persistent: true });
    channel.ack(message);
  });
}
