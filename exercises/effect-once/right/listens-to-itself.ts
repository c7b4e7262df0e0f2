import type { AnswerContext } from 'warren/grading';

interface Charge {
  order: string;
  amount: number;
}

/** Consumes its own memory, never acknowledging, and begins with orders when it has heard all that was in it. */
export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const { ORDERS = '', CHARGES = '', MEMORY = '' } = env;
  const read = (content: Buffer): Charge => JSON.parse(content.toString()) as Charge;
  const connection = await amqp.connect(url);
  const memory = await connection.createChannel();
  const { messageCount } = await memory.assertQueue(`${MEMORY}.log`);
  await memory.assertExchange(`${MEMORY}.both`, 'direct');
  for (const queue of [CHARGES, `${MEMORY}.log`]) await memory.bindQueue(queue, `${MEMORY}.both`, 'charge');
  const known = new Set<string>();
  await new Promise<void>((resolve) => {
    let heard = 0;
    const hear = (message: { content: Buffer } | null): void => {
      if (message !== null) known.add(read(message.content).order);
      if (++heard === messageCount) resolve();
    };
    void memory.consume(`${MEMORY}.log`, hear);
    if (messageCount === 0) resolve();
  });
  const work = await connection.createConfirmChannel();
  await work.prefetch(1);
  await work.consume(ORDERS, async (message) => {
    if (message === null) return;
    const { order, amount } = read(message.content);
    if (!known.has(order)) {
      known.add(order);
      work.publish(`${MEMORY}.both`, 'charge', Buffer.from(JSON.stringify({ order, amount })), { deliveryMode: 2 });
      await work.waitForConfirms();
    }
    work.ack(message);
  });
}
