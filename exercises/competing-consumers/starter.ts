import type { AnswerContext } from 'warren/grading';

interface Job {
  readonly job: string;
  readonly ms: number;
}

export default async function ({ amqp, url, env, log }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  await channel.consume(env.JOBS ?? '', async (message) => {
    if (message === null) return;
    const { job, ms } = JSON.parse(message.content.toString()) as Job;
    await new Promise((resolve) => setTimeout(resolve, ms));
    log(`${env.ROLE} did ${job}`);
    // TODO: publish the result to env.DONE, and let the broker know. How many jobs does this worker take at once?
  });
}
