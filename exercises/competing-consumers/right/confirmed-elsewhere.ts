import type { AnswerContext } from 'warren/grading';

/** Results go out on a channel of their own, and count when they are confirmed. */
export default async function ({ amqp, url, env, log }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  const results = await connection.createConfirmChannel();
  const jobs = await connection.createChannel();
  await jobs.prefetch(1);
  await jobs.consume(env.JOBS ?? '', (message) => {
    if (message === null) return;
    const { job, ms } = JSON.parse(message.content.toString()) as { job: string; ms: number };
    setTimeout(() => {
      results.sendToQueue(env.DONE ?? '', Buffer.from(job), { persistent: true }, (error: unknown) => {
        if (error === null) jobs.ack(message);
        else jobs.nack(message);
        log(`${env.ROLE} did ${job}`);
      });
    }, ms);
  });
}
