/**
 * The drawing, arrow by arrow. Exchanges and queues come first, since a binding needs both of its ends; declaring again what is
 * there already changes nothing, so the program may run as often as it likes. `bindExchange` has its destination first.
 * `maxLength` drops the oldest message by default, which is what PHONE wants. Two bindings into BILLING can match one message:
 * it comes once, since an exchange gives a message to a queue once.
 */
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const { ENTRY = '', ALARM = '', ARCHIVE = '', DESK = '', PHONE = '', BILLING = '', REGION = '', LIMIT = '' } = env;
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  await channel.assertExchange(ENTRY, 'topic', { durable: true });
  await channel.assertExchange(ALARM, 'fanout', { durable: true });
  for (const queue of [ARCHIVE, DESK, BILLING]) await channel.assertQueue(queue, { durable: true });
  await channel.assertQueue(PHONE, { durable: true, maxLength: Number(LIMIT) });
  await channel.bindQueue(ARCHIVE, ENTRY, 'order.#');
  await channel.bindExchange(ALARM, ENTRY, 'order.*.urgent');
  // A fanout exchange reads no keys.
  for (const queue of [DESK, PHONE]) await channel.bindQueue(queue, ALARM, '');
  for (const key of ['invoice.*', `*.${REGION}.#`]) await channel.bindQueue(BILLING, ENTRY, key);
  await connection.close();
}
