// fails: frugal
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
  await channel.consume(JOBS, async (message) => {
    if (message === null) return;
    const results = await amqp.connect(url);
    const sender = await results.createConfirmChannel();
    sender.sendToQueue(DONE, message.content, { persistent: true });
    await sender.waitForConfirms();
    await results.close();
    channel.ack(message);
  });
}
