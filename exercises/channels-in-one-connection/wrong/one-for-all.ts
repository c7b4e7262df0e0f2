// fails: forwarded, answered, undisturbed, kept
/** Everything on one channel, which the first refusal closes. */
import type { AnswerContext } from 'warren/grading';

type Order = Readonly<Record<'id' | 'count' | 'make' | 'type', string>>;

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const { IN = '', OUT = '', ORDERS = '', ANSWERS = '' } = env;
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  channel.on('error', () => undefined);
  await channel.consume(IN, (letter) => {
    if (letter === null) return;
    channel.sendToQueue(OUT, letter.content, { persistent: true });
    channel.ack(letter);
  });
  await channel.prefetch(1);
  await channel.consume(ORDERS, async (order) => {
    if (order === null) return;
    const { id, count, make, type } = JSON.parse(order.content.toString()) as Order;
    const answer = { id, code: 200, messages: undefined as number | undefined };
    try {
      if (make === undefined) answer.messages = (await channel.checkQueue(count)).messageCount;
      else await channel.assertExchange(make, type);
      channel.sendToQueue(ANSWERS, Buffer.from(JSON.stringify(answer)), { persistent: true });
      channel.ack(order);
    } catch {
      // Too late: the channel is closed.
    }
  });
}
