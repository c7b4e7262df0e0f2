/** One channel to ask on, made anew when it was closed; orders are fetched one by one, and answers are confirmed. */
import type * as amqplib from 'amqplib';
import type { AnswerContext } from 'warren/grading';

type Order = Readonly<Record<'id' | 'count' | 'make' | 'type', string>>;

export default async function ({ amqp, url, env, signal }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  const [incoming, outgoing, orders] = await Promise.all([
    connection.createChannel(),
    connection.createConfirmChannel(),
    connection.createChannel(),
  ]);

  const publish = (queue: string, content: Buffer): Promise<void> =>
    new Promise((resolve, reject) => {
      outgoing.publish('', queue, content, { deliveryMode: 2 }, (error: unknown) => (error ? reject(error) : resolve()));
    });

  await incoming.prefetch(4);
  await incoming.consume(env.IN ?? '', async (letter) => {
    if (letter === null) return;
    await publish(env.OUT ?? '', letter.content);
    incoming.ack(letter);
  });

  let asking: amqplib.Channel | null = null;
  async function channelToAskOn(): Promise<amqplib.Channel> {
    const channel = asking ?? (await connection.createChannel());
    if (channel !== asking) {
      channel.on('error', () => undefined);
      channel.on('close', () => {
        asking = null;
      });
    }
    asking = channel;
    return channel;
  }

  async function outcome({ count, make, type }: Order): Promise<{ code: number; messages?: number }> {
    const channel = await channelToAskOn();
    try {
      if (make !== undefined) await channel.assertExchange(make, type, { durable: true });
      else return { code: 200, messages: (await channel.checkQueue(count)).messageCount };
      return { code: 200 };
    } catch (error) {
      return { code: (error as { code: number }).code };
    }
  }

  while (!signal.aborted) {
    const message = await orders.get(env.ORDERS ?? '');
    if (message === false) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      continue;
    }
    const order = JSON.parse(message.content.toString()) as Order;
    await publish(env.ANSWERS ?? '', Buffer.from(JSON.stringify({ id: order.id, ...(await outcome(order)) })));
    orders.ack(message);
  }
}
