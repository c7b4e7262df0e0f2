import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  for (const queue of ['PRINT', 'TRIAGE', 'COPIES', 'REST']) await channel.assertQueue(env[queue] ?? '');
  // TODO: the exchange DOCUMENTS, and what leads from it to each queue. What does `REST` need?
  await connection.close();
}
