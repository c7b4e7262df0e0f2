/**
 * A fanout exchange asks for no key: what is bound to LOGS gets every line, AUDIT and the exchange LEVELS alike, also of levels
 * that nobody knows. A direct exchange compares the whole key, so each pair of a queue and a level is one binding; several
 * levels to one queue and one level to several queues need nothing else.
 *
 * Declarations and bindings may be repeated: what is there stays. What is no longer wanted has to be named and taken away, and
 * the broker cannot be asked over AMQP what there is; hence FORMER. First the new bindings, then the old ones: a level that
 * moves has two ways for a moment, never none. Bindings that both plans have are not touched.
 */
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const { LOGS = '', LEVELS = '', AUDIT = '', PLAN = '{}', FORMER = '{}' } = env;
  const plan = JSON.parse(PLAN) as Record<string, string[]>;
  const former = JSON.parse(FORMER) as Record<string, string[]>;
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  await channel.assertExchange(LOGS, 'fanout');
  await channel.assertExchange(LEVELS, 'direct');
  await channel.assertQueue(AUDIT);
  await channel.bindQueue(AUDIT, LOGS, '');
  for (const [queue, levels] of Object.entries(plan)) {
    await channel.assertQueue(queue);
    for (const level of levels) await channel.bindQueue(queue, LEVELS, level);
  }
  // Last, so that no line comes to LEVELS before the queues are there.
  await channel.bindExchange(LEVELS, LOGS, '');
  for (const [queue, levels] of Object.entries(former)) {
    for (const level of levels) if (!plan[queue]?.includes(level)) await channel.unbindQueue(queue, LEVELS, level);
  }
  await connection.close();
}
