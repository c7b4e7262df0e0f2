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
  const channel = await connection.createChannel();
  await channel.consume(IN, (letter) => {
    if (letter === null) return;
    channel.sendToQueue(OUT, letter.content, { persistent: true });
    channel.ack(letter);
  });
  await channel.consume(ORDERS, async (message) => {
    if (message === null) return;
    const { id, count = '', make } = JSON.parse(message.content.toString()) as Order;
    // TODO: orders of the other kind; and what happens to this channel when the queue is not there?
    if (make !== undefined) return;
    const { messageCount } = await channel.checkQueue(count);
    const answer = { id, code: 200, messages: messageCount };
    channel.sendToQueue(ANSWERS, Buffer.from(JSON.stringify(answer)), { persistent: true });
    channel.ack(message);
  });
}
