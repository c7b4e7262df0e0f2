/**
 * A refusal closes the channel on which it was asked for, and all that happened there ends with it: its consumers are gone,
 * what they held goes back into the queue. Worse: RabbitMQ may send them one more delivery behind channel.close, and amqplib,
 * which knows no such channel any more, then gives up the whole connection. So what may be refused is asked on a channel on
 * which nothing else happens. The connection stays, and so does every other channel. A new channel costs two frames, a new
 * connection the whole handshake, login included.
 *
 * Three kinds of channels do: one for letters, one for orders, and one for each order while it is carried out. A publish and
 * the acknowledgement that depends on it go over the same channel, where nothing overtakes anything; on two channels one
 * would have to wait for the confirm in between.
 */
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

  // Nothing that is done on this channel can be refused.
  const letters = await connection.createChannel();
  await letters.consume(IN, (letter) => {
    if (letter === null) return;
    letters.sendToQueue(OUT, letter.content, { persistent: true });
    letters.ack(letter);
  });

  async function carryOut({ id, count = '', make, type = '' }: Order): Promise<object> {
    const channel = await connection.createChannel();
    // amqplib tells a refusal twice, by an event and by the rejected promise. An 'error' without a listener ends a Node program.
    channel.on('error', () => undefined);
    try {
      let messages: number | undefined;
      // checkQueue declares passively: it asks, and makes nothing. assertExchange makes what is not there, and is refused if
      // something else is there under this name.
      if (make === undefined) messages = (await channel.checkQueue(count)).messageCount;
      else await channel.assertExchange(make, type, { durable: true });
      // Kept open, it would be one more for each order that works.
      await channel.close();
      return { id, code: 200, messages };
    } catch (error) {
      // The broker has closed the channel already.
      return { id, code: (error as { code?: number }).code };
    }
  }

  const orders = await connection.createChannel();
  // One order at a time, so one channel to ask on at a time. Without this all orders come at once, each with a channel.
  await orders.prefetch(1);
  await orders.consume(ORDERS, async (order) => {
    if (order === null) return;
    const answer = await carryOut(JSON.parse(order.content.toString()) as Order);
    orders.sendToQueue(ANSWERS, Buffer.from(JSON.stringify(answer)), { persistent: true });
    orders.ack(order);
  });
}
