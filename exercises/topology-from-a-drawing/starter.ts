import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const { ENTRY = '' } = env;
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  await channel.assertExchange(ENTRY, 'topic', { durable: true });
  // TODO: the other exchange, the four queues, and the bindings between them.
  await connection.close();
}
