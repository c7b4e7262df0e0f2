import type { AnswerContext } from 'warren/grading';

/** Each queue's rule is an exchange-to-exchange binding; a fanout exchange in front of each queue. Stays connected. */
export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  const channel = await connection.createConfirmChannel();
  const documents = env.DOCUMENTS ?? '';
  async function shelf(variable: string): Promise<string> {
    const name = env[variable] ?? '';
    await channel.assertQueue(name);
    await channel.assertExchange(`to.${name}`, 'fanout', { internal: true });
    await channel.bindQueue(name, `to.${name}`, 'x');
    return `to.${name}`;
  }
  await channel.assertExchange(documents, 'headers', { alternateExchange: await shelf('REST') });
  await channel.bindExchange(await shelf('PRINT'), documents, '', { region: env.REGION, format: 'pdf' });
  await channel.bindExchange(await shelf('TRIAGE'), documents, '', { urgent: true, region: env.REGION, 'x-match': 'any' });
  await channel.bindExchange(await shelf('COPIES'), documents, '', { copies: Number(env.NUMBER), 'x-match': 'any' });
}
