/**
 * Two changes of bindings are two steps, and an order may come between them. First the old binding away and then the new one
 * made: the order reaches nobody. The other way round: it gets into both queues. An alternate exchange makes one step of it:
 * what EXCHANGE cannot route goes to SPARE, so with NEW bound there an order is in OLD up to the moment in which its key is
 * unbound, and in NEW from then on.
 * OLD is emptied when nothing leads to it any more; before, empty is only a moment. Publish, confirm, acknowledge: whatever
 * is lost with the connection, the order is still in OLD, in its place.
 * When NEW gets its bindings, each order takes the short way or the detour, never both. Every step may be done again, so a
 * program that was interrupted begins with the first.
 */
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
    channel.sendToQueue(NEW, order.content, order.properties);
    await channel.waitForConfirms();
    channel.ack(order);
  }

  for (const key of keys) await channel.bindQueue(NEW, EXCHANGE, key);
  await channel.unbindQueue(NEW, SPARE, '');
  // Refused if anything is left, which would be a mistake above.
  await channel.deleteQueue(OLD, { ifEmpty: true });
  await connection.close();
}
