// attack: gives queues the names of what the grader made, and of what it is written in
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  connection.on('error', () => undefined);
  for (const name of ['ledger', 'grader', 'amq.rabbitmq.trace', 'toString', 'valueOf', env.SOURCE ?? '']) {
    const channel = await connection.createChannel();
    channel.on('error', () => undefined);
    await channel.assertQueue(name, { durable: false }).catch(() => undefined);
  }
  const channel = await connection.createConfirmChannel();
  channel.sendToQueue('ledger', Buffer.from(JSON.stringify({ done: true, points: 10, user: 'grader' })));
  await channel.waitForConfirms();
  await connection.close();
}
