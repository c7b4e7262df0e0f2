// fails: kinds
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const { LOGS = '', LEVELS = '', AUDIT = '', PLAN = '{}', FORMER = '{}' } = env;
  const plan = JSON.parse(PLAN) as Record<string, string[]>;
  const former = JSON.parse(FORMER) as Record<string, string[]>;
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  await channel.assertExchange(LOGS, 'fanout');
  await channel.assertExchange(LEVELS, 'topic');
  await channel.assertQueue(AUDIT);
  await channel.bindQueue(AUDIT, LOGS, '');
  for (const [queue, levels] of Object.entries(plan)) {
    await channel.assertQueue(queue);
    for (const level of levels) await channel.bindQueue(queue, LEVELS, level);
  }
  await channel.bindExchange(LEVELS, LOGS, '');
  for (const [queue, levels] of Object.entries(former)) {
    for (const level of levels) if (!plan[queue]?.includes(level)) await channel.unbindQueue(queue, LEVELS, level);
  }
  await connection.close();
}
