import type { AnswerContext } from 'warren/grading';

/** One fanout exchange leads to the bank and to the memory; the memory is read at the start. */
export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const { ORDERS = '', CHARGES = '', MEMORY = '' } = env;
  const connection = await amqp.connect(url);
  connection.on('error', () => undefined);
  const channel = await connection.createConfirmChannel();
  channel.on('error', () => undefined);
  await channel.assertExchange(MEMORY, 'fanout', { durable: true });
  await channel.assertQueue(MEMORY, { durable: true });
  await channel.bindQueue(MEMORY, MEMORY, '');
  await channel.bindQueue(CHARGES, MEMORY, '');

  const charged = new Set<string>();
  const reader = await connection.createChannel();
  for (let next = await reader.get(MEMORY); next !== false; next = await reader.get(MEMORY)) {
    charged.add((JSON.parse(next.content.toString()) as { order: string }).order);
  }
  // What was read and not acknowledged goes back into its place.
  await reader.close();

  await channel.prefetch(1);
  await channel.consume(ORDERS, (message) => {
    if (message === null) return;
    const { order, amount } = JSON.parse(message.content.toString()) as { order: string; amount: number };
    if (charged.has(order)) return channel.ack(message);
    charged.add(order);
    channel.publish(MEMORY, '', Buffer.from(JSON.stringify({ order, amount })), { persistent: true }, (error: unknown) => {
      if (error === null) channel.ack(message);
    });
  });
}
