import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const { LOGS = '', LEVELS = '', AUDIT = '' } = env;
  const plan = JSON.parse(env.PLAN ?? '{}') as Record<string, string[]>;
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  await channel.assertExchange(LOGS, 'fanout');
  // TODO: LEVELS and AUDIT behind it, the queues of the plan, and what has changed since env.FORMER.
  void [LEVELS, AUDIT, plan];
  await connection.close();
}
