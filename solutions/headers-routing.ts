/**
 * The arguments of a binding to a headers exchange are the headers it asks for; `x-match` says whether all of them must be
 * there or any of them is enough. Values are compared with their types, and env holds texts: the number must be made one. REST
 * is not a rule of its own but the lack of all others: the alternate exchange gets what no binding has matched. It is a fanout
 * exchange, since it must not look at routing keys either.
 */
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const { DOCUMENTS = '', PRINT = '', TRIAGE = '', COPIES = '', REST = '', REGION = '', NUMBER = '' } = env;
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  const unmatched = `${DOCUMENTS}-unmatched`;
  await channel.assertExchange(unmatched, 'fanout');
  await channel.assertExchange(DOCUMENTS, 'headers', { alternateExchange: unmatched });
  for (const queue of [PRINT, TRIAGE, COPIES, REST]) await channel.assertQueue(queue);
  await channel.bindQueue(REST, unmatched, '');
  await channel.bindQueue(PRINT, DOCUMENTS, '', { 'x-match': 'all', format: 'pdf', region: REGION });
  await channel.bindQueue(TRIAGE, DOCUMENTS, '', { 'x-match': 'any', urgent: true, region: REGION });
  await channel.bindQueue(COPIES, DOCUMENTS, '', { 'x-match': 'all', copies: Number(NUMBER) });
  await connection.close();
}
