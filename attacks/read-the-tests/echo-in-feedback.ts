// attack: hopes that a finding repeats more than its own message
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  const channel = await connection.createConfirmChannel();
  for (const text of ['{count}', '{first}', '{order}', '{constructor}', '${hidden}', '{{7*7}}', '%s%s%s']) {
    channel.sendToQueue(env.TARGET ?? '', Buffer.from(text));
  }
  await channel.waitForConfirms();
  throw new Error('{count} {first} {order} {most} {constructor} {__proto__}');
}
