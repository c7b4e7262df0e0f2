// fails: undisturbed, forwarded, answered
/**
 * Everything on one channel; when it is closed, everything begins again on another one. RabbitMQ may send a delivery behind
 * channel.close; amqplib then knows no such channel, and gives up the connection.
 */
import type { AnswerContext } from 'warren/grading';

type Order = Readonly<Record<'id' | 'count' | 'make' | 'type', string>>;

export default async function ({ amqp, url, env, signal }: AnswerContext): Promise<void> {
  const { IN = '', OUT = '', ORDERS = '', ANSWERS = '' } = env;
  const connection = await amqp.connect(url);
  const refused = new Map<string, number>();
  while (!signal.aborted) {
    const channel = await connection.createChannel();
    channel.on('error', () => undefined);
    const closed = new Promise((resolve) => channel.once('close', resolve));
    await channel.prefetch(1);
    await channel.consume(IN, (letter) => {
      if (letter === null) return;
      channel.sendToQueue(OUT, letter.content, { persistent: true });
      channel.ack(letter);
    });
    await channel.consume(ORDERS, async (order) => {
      if (order === null) return;
      const { id, count, make, type } = JSON.parse(order.content.toString()) as Order;
      try {
        const answer = { id, code: refused.get(id) ?? 200, messages: undefined as number | undefined };
        if (answer.code === 200) {
          if (make === undefined) answer.messages = (await channel.checkQueue(count)).messageCount;
          else await channel.assertExchange(make, type);
        }
        channel.sendToQueue(ANSWERS, Buffer.from(JSON.stringify(answer)), { persistent: true });
        channel.ack(order);
      } catch (error) {
        // It comes again, and is answered then.
        refused.set(id, (error as { code: number }).code);
      }
    });
    await closed;
  }
}
