// fails: kept
/** Lets go of an order before it is answered; carries them out one after the other all the same. */
import type { AnswerContext } from 'warren/grading';

interface Order {
  readonly id: string;
  readonly count?: string;
  readonly make?: string;
  readonly type?: string;
}

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const { IN = '', OUT = '', ORDERS = '', ANSWERS = '' } = env;
  const connection = await amqp.connect(url);

  const letters = await connection.createChannel();
  await letters.consume(IN, (letter) => {
    if (letter === null) return;
    letters.sendToQueue(OUT, letter.content, { persistent: true });
    letters.ack(letter);
  });

  async function carryOut({ id, count = '', make, type = '' }: Order): Promise<object> {
    const channel = await connection.createChannel();
    // The promise below is rejected, too.
    channel.on('error', () => undefined);
    try {
      const { messageCount } = make === undefined ? await channel.checkQueue(count) : { messageCount: undefined };
      if (make !== undefined) await channel.assertExchange(make, type);
      await channel.close();
      return { id, code: 200, messages: messageCount };
    } catch (error) {
      return { id, code: (error as { code?: number }).code };
    }
  }

  const orders = await connection.createChannel();
  await orders.prefetch(1);
  let before: Promise<void> = Promise.resolve();
  await orders.consume(ORDERS, (order) => {
    if (order === null) return;
    orders.ack(order);
    before = before.then(async () => {
      const answer = await carryOut(JSON.parse(order.content.toString()) as Order);
      orders.sendToQueue(ANSWERS, Buffer.from(JSON.stringify(answer)), { persistent: true });
    });
  });
}
