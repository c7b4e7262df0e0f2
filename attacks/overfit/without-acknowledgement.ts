// attack: lets the broker forget each message as soon as it is sent, and stops there
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  connection.on('error', () => undefined);
  const channel = await connection.createChannel();
  await channel.consume(env.SOURCE ?? '', () => undefined, { noAck: true });
  await new Promise(() => undefined);
}
