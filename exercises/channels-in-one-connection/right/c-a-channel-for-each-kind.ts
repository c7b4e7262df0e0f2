/** Refusals are heard as events of a channel, not as rejected promises; two orders at a time, one of each kind. */
import type { ChannelModel } from 'amqplib';
import type { AnswerContext } from 'warren/grading';

type Order = Readonly<Record<string, string>>;

/** Does one thing on a channel of its own. */
async function tryOut(connection: ChannelModel, order: Order): Promise<Record<string, unknown>> {
  const channel = await connection.createChannel();
  const refused = new Promise<{ code: unknown }>((resolve) => {
    channel.once('error', (error: { code: unknown }) => resolve({ code: error.code }));
  });
  const asked =
    order.make === undefined
      ? channel.checkQueue(order.count ?? '').then(({ messageCount }) => ({ code: 200, messages: messageCount }))
      : channel.assertExchange(order.make, order.type ?? '').then(() => ({ code: 200 }));
  const result = await Promise.race([refused, asked.catch(() => refused)]);
  if (result.code === 200) await channel.close();
  return result;
}

export default async function ({ amqp, url, env, log }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  await channel.prefetch(2);
  await channel.consume(env.ORDERS ?? '', async (message) => {
    if (message === null) return;
    const order = JSON.parse(String(message.content)) as Order;
    const result = await tryOut(connection, order);
    log(order.id, result.code);
    channel.publish('', env.ANSWERS ?? '', Buffer.from(JSON.stringify({ id: order.id, ...result })), { persistent: true });
    channel.ack(message);
  });
  // Nothing on this channel fails, so letters may share it.
  await channel.consume(env.IN ?? '', (letter) => {
    if (letter === null) return;
    channel.publish('', env.OUT ?? '', letter.content, { persistent: true });
    channel.ack(letter);
  });
}
