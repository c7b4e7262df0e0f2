// fails: one-at-a-time
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
  await channel.consume(JOBS, (message) => {
    if (message === null) return;
    channel.sendToQueue(DONE, message.content, { persistent: true });
    channel.ack(message);
  });
}
