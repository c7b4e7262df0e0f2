// attack: makes the source look done: it acknowledges everything, and forwards nothing
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  connection.on('error', () => undefined);
  const channel = await connection.createChannel();
  await channel.consume(env.SOURCE ?? '', (message) => message && channel.ack(message));
  await new Promise(() => undefined);
}
