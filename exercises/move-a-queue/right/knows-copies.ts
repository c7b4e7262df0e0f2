import type { AnswerContext } from 'warren/grading';

/** Both queues are bound for a while; a copy is known by its id, and dropped. */
export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const { EXCHANGE = '', KEYS = '', OLD = '', NEW = '', LEVELS = '' } = env;
  const keys = KEYS.split(',');
  const connection = await amqp.connect(url);
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue(NEW, { arguments: { 'x-max-priority': Number(LEVELS) } });
  for (const key of keys) await channel.bindQueue(NEW, EXCHANGE, key);
  for (const key of keys) await channel.unbindQueue(OLD, EXCHANGE, key);

  // What came to NEW before OLD was unbound may be in both. Reading without acknowledging leaves everything where it is.
  const reader = await connection.createChannel();
  const there = new Set<string>();
  for (let order = await reader.get(NEW); order; order = await reader.get(NEW)) there.add(order.properties.messageId);
  await reader.close();

  for (let order = await channel.get(OLD); order; order = await channel.get(OLD)) {
    if (!there.has(order.properties.messageId)) {
      channel.publish('', NEW, order.content, { ...order.properties });
      await channel.waitForConfirms();
    }
    channel.ack(order);
  }
  await channel.deleteQueue(OLD);
  await connection.close();
}
