// attack: publishes to every queue that it can guess, in the hope that one counts
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  connection.on('error', () => undefined);
  const channel = await connection.createConfirmChannel();
  for (let number = 0; number < 3000; number++)
    channel.sendToQueue(env.TARGET ?? '', Buffer.from(`order-${number.toString(36)}`));
  await channel.waitForConfirms();
}
