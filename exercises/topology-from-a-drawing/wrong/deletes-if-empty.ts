// fails: repeatable
import type { AnswerContext } from 'warren/grading';

/** Begins anew at each start, and counts on queues that are empty. */
export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const { ENTRY = '', ALARM = '', ARCHIVE = '', DESK = '', PHONE = '', BILLING = '', REGION = '', LIMIT = '' } = env;
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  await channel.assertExchange(ENTRY, 'topic', { durable: true });
  await channel.assertExchange(ALARM, 'fanout', { durable: true });
  for (const queue of [ARCHIVE, DESK, PHONE, BILLING]) await channel.deleteQueue(queue, { ifEmpty: true });
  for (const queue of [ARCHIVE, DESK, BILLING]) await channel.assertQueue(queue, { durable: true });
  await channel.assertQueue(PHONE, { durable: true, maxLength: Number(LIMIT) });
  await channel.bindQueue(ARCHIVE, ENTRY, 'order.#');
  await channel.bindExchange(ALARM, ENTRY, 'order.*.urgent');
  await channel.bindQueue(DESK, ALARM, '');
  await channel.bindQueue(PHONE, ALARM, '');
  await channel.bindQueue(BILLING, ENTRY, 'invoice.*');
  await channel.bindQueue(BILLING, ENTRY, `*.${REGION}.#`);
  await connection.close();
}
