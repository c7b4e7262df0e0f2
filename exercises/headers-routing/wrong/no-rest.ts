// fails: routes, types, any-key
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const { DOCUMENTS = '', PRINT = '', TRIAGE = '', COPIES = '', REST = '', REGION = '', NUMBER = '' } = env;
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  const unmatched = `${DOCUMENTS}-unmatched`;
  await channel.assertExchange(unmatched, 'fanout');
  await channel.assertExchange(DOCUMENTS, 'headers');
  for (const queue of [PRINT, TRIAGE, COPIES, REST]) await channel.assertQueue(queue);
  await channel.bindQueue(REST, unmatched, '');
  await channel.bindQueue(PRINT, DOCUMENTS, '', { 'x-match': 'all', format: 'pdf', region: REGION });
  await channel.bindQueue(TRIAGE, DOCUMENTS, '', { 'x-match': 'any', urgent: true, region: REGION });
  await channel.bindQueue(COPIES, DOCUMENTS, '', { 'x-match': 'all', copies: Number(NUMBER) });
  await connection.close();
}
