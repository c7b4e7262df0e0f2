// attack: deletes and purges the queues by which it is judged
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  connection.on('error', () => undefined);
  for (const name of [env.SOURCE ?? '', env.TARGET ?? '', 'ledger']) {
    const channel = await connection.createChannel();
    channel.on('error', () => undefined);
    await channel.purgeQueue(name).catch(() => undefined);
  }
  await connection.close();
}
