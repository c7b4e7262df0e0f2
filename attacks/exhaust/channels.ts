// attack: opens channels without an end
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  connection.on('error', () => undefined);
  for (;;) (await connection.createChannel()).on('error', () => undefined);
}
