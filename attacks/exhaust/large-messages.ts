// attack: publishes large messages
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  connection.on('error', () => undefined);
  const channel = await connection.createConfirmChannel();
  for (;;) {
    channel.sendToQueue(env.TARGET ?? '', Buffer.alloc(8 << 20));
    await channel.waitForConfirms();
  }
}
