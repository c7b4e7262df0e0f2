import type { AnswerContext } from 'warren/grading';

/** Exchanges last, after the queues; each on a channel of its own; the connection stays open. */
export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  const { ENTRY = '', ALARM = '', REGION = '', PHONE = '', LIMIT = '' } = env;
  async function queue(name: string, from: string, keys: readonly string[], more: object = {}): Promise<void> {
    const channel = await connection.createChannel();
    await channel.assertQueue(name, { durable: true, ...more });
    await channel.assertExchange(from, from === ENTRY ? 'topic' : 'fanout', { durable: true });
    for (const key of keys) await channel.bindQueue(name, from, key);
  }
  await queue(env.ARCHIVE ?? '', ENTRY, ['order.#']);
  await queue(env.BILLING ?? '', ENTRY, ['invoice.*', `*.${REGION}.#`]);
  await queue(env.DESK ?? '', ALARM, ['']);
  await queue(PHONE, ALARM, [''], { maxLength: Number(LIMIT) });
  const channel = await connection.createChannel();
  await channel.bindExchange(ALARM, ENTRY, 'order.*.urgent');
}
