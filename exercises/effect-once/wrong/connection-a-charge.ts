// fails: frugal
import type { AnswerContext } from 'warren/grading';

/** Each charge goes over a connection of its own. */
export default async function ({ amqp, url, env, log }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  const exchange = `${env.MEMORY}.charges`;
  await channel.assertExchange(exchange, 'topic');
  await channel.bindQueue(env.CHARGES ?? '', exchange, '#');
  await channel.prefetch(1);
  await channel.consume(env.ORDERS ?? '', async (message) => {
    if (message === null) return;
    try {
      const { order, amount } = JSON.parse(message.content.toString());
      const mark = `${env.MEMORY}.${order}`;
      const { messageCount } = await channel.assertQueue(mark, { durable: true });
      if (messageCount === 0) {
        await channel.bindQueue(mark, exchange, order);
        const own = await amqp.connect(url);
        const out = await own.createConfirmChannel();
        out.publish(exchange, order, Buffer.from(JSON.stringify({ order, amount })), { persistent: true });
        await out.waitForConfirms();
        await own.close();
      }
      channel.ack(message);
    } catch (error) {
      log(`left for the next life: ${error}`);
    }
  });
}
