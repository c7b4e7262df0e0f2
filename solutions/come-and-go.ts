/**
 * News goes to all, so each visitor has a queue of its own; a question goes to one, so there is one queue for all. The
 * visitor's own queue is exclusive: nobody else may use it, and it goes with the connection, also when the program is killed.
 * QUESTIONS belongs to no connection: it is auto-delete and goes with its last consumer. An auto-delete queue that never had a
 * consumer stays, which is one more reason to say "here" only when everything is consumed.
 */
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
      channel.ack(message);
    });
  }
  tell('here');
}
