import type { AnswerContext } from 'warren/grading';

/** "Or" as two bindings; what is left over goes through a topic exchange that takes every key. */
export default async function ({ amqp, url, env, log }: AnswerContext): Promise<void> {
  const { DOCUMENTS = '', REST = '' } = env;
  const rules: readonly (readonly [string, Record<string, unknown>])[] = [
    ['PRINT', { format: 'pdf', region: env.REGION }],
    ['TRIAGE', { urgent: true }],
    ['TRIAGE', { region: env.REGION }],
    ['COPIES', { copies: Number.parseInt(env.NUMBER ?? '', 10) }],
  ];
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  await channel.assertExchange('leftovers', 'topic', { durable: true });
  await channel.assertQueue(REST, { durable: true });
  await channel.bindQueue(REST, 'leftovers', '#');
  await channel.assertExchange(DOCUMENTS, 'headers', { arguments: { 'alternate-exchange': 'leftovers' } });
  for (const [variable, headers] of rules) {
    const { queue } = await channel.assertQueue(env[variable] ?? '', { durable: true });
    await channel.bindQueue(queue, DOCUMENTS, JSON.stringify(headers), { 'x-match': 'all', ...headers });
    log(queue, headers);
  }
  await channel.close();
  await connection.close();
}
