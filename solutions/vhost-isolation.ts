/**
 * A connection is made to one virtual host, and everything on it happens there: two virtual hosts need two connections, also
 * when all names are the same. The virtual host is the path of the address; a / in its name is written %2F, or it would not
 * be a name any more.
 * Only the exact name of the other side lets a message cross. What is not understood stays at home, and is not published on
 * the other connection even if nobody would read it there.
 * The acknowledgement goes over one connection and the publish over another, and nothing orders the two. So the confirm has
 * to come first: it is the only sign that the other side has the message. If a connection breaks instead, amqplib raises an
 * error that nobody listens to, and the program ends. That is right: unacknowledged messages are given out again to the next
 * one that is started.
 */
import type { ConfirmChannel } from 'amqplib';
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const { HERE = '', THERE = '', IN = '', OUT = '' } = env;

  async function enter(vhost: string): Promise<ConfirmChannel> {
    const address = new URL(url);
    address.pathname = `/${encodeURIComponent(vhost)}`;
    const connection = await amqp.connect(address.href);
    return connection.createConfirmChannel();
  }

  async function carry(from: ConfirmChannel, over: ConfirmChannel, other: string): Promise<void> {
    await from.consume(OUT, (message) => {
      if (message === null) return;
      const to = message.properties.headers?.for === other ? over : from;
      // With its properties, among them that it is persistent.
      to.sendToQueue(IN, message.content, message.properties, (error: unknown) => {
        if (error === null) from.ack(message);
        else from.nack(message);
      });
    });
  }

  const [here, there] = [await enter(HERE), await enter(THERE)];
  await carry(here, there, THERE);
  await carry(there, here, HERE);
}
