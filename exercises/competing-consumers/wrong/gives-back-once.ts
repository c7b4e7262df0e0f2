// fails: not-doubled
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  await channel.prefetch(Number(env.HOLD));
  await channel.consume(env.JOBS ?? '', async (message) => {
    if (message === null) return;
    const { job, ms } = JSON.parse(message.content.toString()) as { job: string; ms: number };
    await new Promise((resolve) => setTimeout(resolve, ms));
    channel.sendToQueue(env.DONE ?? '', Buffer.from(job), { persistent: true });
    if (message.fields.redelivered) channel.ack(message);
    else channel.nack(message);
  });
}
