import type { AnswerContext } from 'warren/grading';

/** Bindings as texts in two sets; what is only in one of them is made or taken away. Each exchange has a channel of its own. */
export default async function ({ amqp, url, env, log }: AnswerContext): Promise<void> {
  const { LOGS = '', LEVELS = '', AUDIT = '' } = env;
  const bindingsOf = (plan = '{}'): Set<string> =>
    new Set(
      Object.entries(JSON.parse(plan) as Record<string, string[]>).flatMap(([queue, levels]) =>
        levels.map((level) => JSON.stringify([queue, level])),
      ),
    );
  const [wanted, there] = [bindingsOf(env.PLAN), bindingsOf(env.FORMER)];
  const connection = await amqp.connect(url);
  const [upper, lower] = await Promise.all([connection.createChannel(), connection.createChannel()]);
  await Promise.all([
    lower.assertExchange(LEVELS, 'direct', { durable: true }),
    upper.assertExchange(LOGS, 'fanout', { durable: true }),
    upper.assertQueue(AUDIT, { durable: true }),
  ]);
  await Promise.all([upper.bindQueue(AUDIT, LOGS, 'everything'), upper.bindExchange(LEVELS, LOGS, 'everything')]);
  const named = (binding: string): [string, string] => JSON.parse(binding) as [string, string];
  for (const [queue, level] of [...wanted].filter((binding) => !there.has(binding)).map(named)) {
    await lower.assertQueue(queue, { durable: true });
    await lower.bindQueue(queue, LEVELS, level);
    log(`${level} goes to ${queue}`);
  }
  for (const [queue, level] of [...there].filter((binding) => !wanted.has(binding)).map(named)) {
    await lower.unbindQueue(queue, LEVELS, level);
    log(`${level} goes to ${queue} no more`);
  }
  await connection.close();
}
