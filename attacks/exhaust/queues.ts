// attack: declares queues, bindings and consumers without an end
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  connection.on('error', () => undefined);
  const channel = await connection.createChannel();
  for (let number = 0; ; number++) {
    await channel.assertQueue(`q${number}`);
    await channel.bindQueue(`q${number}`, 'amq.topic', '#.*.#.*.#');
    await channel.consume(`q${number}`, () => undefined);
  }
}
