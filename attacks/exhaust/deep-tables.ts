// attack: sends headers nested deeper than a stack
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  connection.on('error', () => undefined);
  const channel = await connection.createConfirmChannel();
  channel.on('error', () => undefined);
  for (const depth of [100, 1000, 2500]) {
    let headers: Record<string, unknown> = {};
    for (let level = 0; level < depth; level++) headers = { x: headers };
    channel.publish('', env.TARGET ?? '', Buffer.from('deep'), { headers });
  }
  await channel.waitForConfirms();
}
