// fails: moved, no-gap
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const { LOGS = '', LEVELS = '', AUDIT = '', PLAN = '{}' } = env;
  const plan = JSON.parse(PLAN) as Record<string, string[]>;
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  for (const queue of Object.keys(plan)) await channel.deleteQueue(queue);
  await channel.assertExchange(LOGS, 'fanout');
  await channel.assertExchange(LEVELS, 'direct');
  await channel.assertQueue(AUDIT);
  await channel.bindQueue(AUDIT, LOGS, '');
  for (const [queue, levels] of Object.entries(plan)) {
    await channel.assertQueue(queue);
    for (const level of levels) await channel.bindQueue(queue, LEVELS, level);
  }
  await channel.bindExchange(LEVELS, LOGS, '');
  await connection.close();
}
