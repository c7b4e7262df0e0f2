import type { AnswerContext } from 'warren/grading';

interface Order {
  readonly order: string;
  readonly amount: number;
}

export default async function ({ amqp, url, env, log }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  const channel = await connection.createConfirmChannel();
  await channel.prefetch(1);
  await channel.consume(env.ORDERS ?? '', (message) => {
    if (message === null) return;
    const { order, amount } = JSON.parse(message.content.toString()) as Order;
    log(`to be charged once: ${order}, ${amount}`);
    // TODO: has it been charged before? Who remembers that, when this program has been killed?
  });
}
