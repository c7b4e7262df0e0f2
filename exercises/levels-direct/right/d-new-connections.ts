import type { AnswerContext } from 'warren/grading';

type Plan = Record<string, string[]>;

/** One connection for what is added, another one for what is taken away; LEVELS is fed last. Stays connected at the end. */
export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const exchanges = { [env.LOGS ?? '']: 'fanout', [env.LEVELS ?? '']: 'direct' };
  const [LOGS = '', LEVELS = ''] = Object.keys(exchanges);
  const plan = JSON.parse(env.PLAN ?? '{}') as Plan;
  const adding = await amqp.connect(url);
  const add = await adding.createConfirmChannel();
  for (const queue of [...Object.keys(plan), env.AUDIT ?? '']) await add.assertQueue(queue, { durable: true });
  for (const [name, kind] of Object.entries(exchanges)) await add.assertExchange(name, kind, { durable: true });
  await Promise.all(
    Object.entries(plan).flatMap(([queue, levels]) => levels.map((level) => add.bindQueue(queue, LEVELS, level))),
  );
  await add.bindQueue(env.AUDIT ?? '', LOGS, '#');
  await add.bindExchange(LEVELS, LOGS, '#');
  await adding.close();

  const taking = await amqp.connect(url);
  const take = await taking.createChannel();
  for (const [queue, levels] of Object.entries(JSON.parse(env.FORMER ?? '{}') as Plan)) {
    const gone = levels.filter((level) => !(plan[queue] ?? []).includes(level));
    await Promise.all(gone.map((level) => take.unbindQueue(queue, LEVELS, level)));
  }
}
