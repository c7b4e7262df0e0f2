import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const { OUTBOX = '', SHIP = '' } = env;
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  // TODO: the exchanges, the queues of env.ROUTES, and what becomes of letters that nobody gets.
  await channel.assertExchange(SHIP, 'direct');
  await channel.consume(OUTBOX, (letter) => {
    if (letter === null) return;
    channel.publish(SHIP, String(letter.properties.headers?.to), letter.content);
  });
}
