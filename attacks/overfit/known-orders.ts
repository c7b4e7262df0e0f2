// attack: publishes the orders that it saw in a try, and takes none
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  const channel = await connection.createConfirmChannel();
  for (let number = 0; number < 30; number++)
    channel.sendToQueue(env.TARGET ?? '', Buffer.from(`order-${number}`), { persistent: true });
  await channel.waitForConfirms();
  await new Promise(() => undefined);
}
