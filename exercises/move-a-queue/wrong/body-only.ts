// fails: as-sent
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const { EXCHANGE = '', KEYS = '', OLD = '', NEW = '', SPARE = '', LEVELS = '' } = env;
  const keys = KEYS.split(',');
  const connection = await amqp.connect(url);
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue(NEW, { durable: true, maxPriority: Number(LEVELS) });
  await channel.bindQueue(NEW, SPARE, '');
  for (const key of keys) await channel.unbindQueue(OLD, EXCHANGE, key);
  for (let order = await channel.get(OLD); order; order = await channel.get(OLD)) {
    channel.sendToQueue(NEW, order.content, { persistent: true });
    await channel.waitForConfirms();
    channel.ack(order);
  }
  for (const key of keys) await channel.bindQueue(NEW, EXCHANGE, key);
  await channel.unbindQueue(NEW, SPARE, '');
  await channel.deleteQueue(OLD, { ifEmpty: true });
  await connection.close();
}
