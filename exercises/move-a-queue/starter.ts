import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env, log }: AnswerContext): Promise<void> {
  const keys = (env.KEYS ?? '').split(',');
  const connection = await amqp.connect(url);
  const channel = await connection.createConfirmChannel();
  const { messageCount } = await channel.checkQueue(env.OLD ?? '');
  log(`${messageCount} orders wait in ${env.OLD}, which is bound with ${keys.length} keys`);
  // TODO: a queue with priorities, the bindings, the orders; and in which order?
  await connection.close();
}
