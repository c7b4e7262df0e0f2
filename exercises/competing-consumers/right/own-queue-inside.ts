import type { AnswerContext } from 'warren/grading';

/** One job at a time, taken from a list inside the program; up to HOLD of them wait there. */
export default async function ({ amqp, url, env, signal }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  await channel.prefetch(Number(env.HOLD), false);
  let last = Promise.resolve();
  const { consumerTag } = await channel.consume(env.JOBS ?? '', (message) => {
    if (message === null) return;
    last = last.then(async () => {
      const { job, ms } = JSON.parse(message.content.toString()) as { job: string; ms: number };
      await new Promise((resolve) => setTimeout(resolve, ms));
      channel.publish('', env.DONE ?? '', Buffer.from(job), { deliveryMode: 2 });
      channel.ack(message);
    });
  });
  signal.addEventListener('abort', async () => {
    await channel.cancel(consumerTag);
    await last;
    await connection.close();
  });
}
