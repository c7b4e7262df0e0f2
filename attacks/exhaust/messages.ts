// attack: publishes as fast as it can
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  connection.on('error', () => undefined);
  const channel = await connection.createChannel();
  for (;;) {
    for (let count = 0; count < 1000; count++) channel.sendToQueue(env.TARGET ?? '', Buffer.from('x'));
    await new Promise((resolve) => setImmediate(resolve));
  }
}
