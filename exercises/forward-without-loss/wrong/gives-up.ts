// fails: forwards
/** Is gone with its first connection. */
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  connection.on('error', () => undefined);
  const channel = await connection.createConfirmChannel();
  await channel.prefetch(5);
  await channel.consume(env.SOURCE ?? '', (message) => {
    if (message === null) return;
    channel.sendToQueue(env.TARGET ?? '', message.content, { persistent: true }, (error: unknown) => {
      if (error === null) channel.ack(message);
      else channel.nack(message);
    });
  });
}
