/**
 * One consumer in each process on the same queue: the broker hands out in turn, so there is nothing to arrange between workers.
 * The acknowledgement stands after the result. Before it, a worker that dies between the two takes the job with it. After it, the
 * job comes to another worker and may be done twice, which is the smaller evil and the only choice there is.
 * `prefetch` is how many jobs a worker holds unacknowledged. Without it the first worker gets all jobs that wait, and the others
 * have nothing to do until it dies.
 */
import type { AnswerContext } from 'warren/grading';

interface Job {
  readonly job: string;
  readonly ms: number;
}

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const { JOBS = '', DONE = '', HOLD = '1' } = env;
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  await channel.prefetch(Number(HOLD));
  await channel.consume(JOBS, async (message) => {
    if (message === null) return;
    const { job, ms } = JSON.parse(message.content.toString()) as Job;
    await new Promise((resolve) => setTimeout(resolve, ms));
    channel.sendToQueue(DONE, Buffer.from(job), { persistent: true });
    channel.ack(message);
  });
}
