// fails: shared
/** Never says that a question is answered. */
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const { NEWS = '', QUESTIONS = '', HEARD = '', ROLE = '' } = env;
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  const tell = (body: string): void => {
    channel.sendToQueue(HEARD, Buffer.from(JSON.stringify({ visitor: ROLE, body })));
  };
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, NEWS, '');
  await channel.assertQueue(QUESTIONS, { autoDelete: true });
  for (const source of [queue, QUESTIONS]) {
    await channel.consume(source, (message) => {
      if (message === null) return;
      tell(message.content.toString());
    });
  }
  tell('here');
}
