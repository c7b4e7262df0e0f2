// fails: frugal
/** Opens a connection for each report, and keeps it. */
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const { NEWS = '', QUESTIONS = '', HEARD = '', ROLE = '' } = env;
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  const tell = async (body: string): Promise<void> => {
    const another = await amqp.connect(url);
    const reports = await another.createConfirmChannel();
    reports.sendToQueue(HEARD, Buffer.from(JSON.stringify({ visitor: ROLE, body })));
    await reports.waitForConfirms();
  };
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, NEWS, '');
  await channel.assertQueue(QUESTIONS, { autoDelete: true });
  for (const source of [queue, QUESTIONS]) {
    await channel.consume(source, async (message) => {
      if (message === null) return;
      await tell(message.content.toString());
      channel.ack(message);
    });
  }
  await tell('here');
}
