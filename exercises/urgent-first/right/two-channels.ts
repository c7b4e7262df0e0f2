import type { AnswerContext } from 'warren/grading';

const roles: Record<string, (context: AnswerContext) => Promise<void>> = {
  async setup({ amqp, url, env }) {
    const connection = await amqp.connect(url);
    const channel = await connection.createChannel();
    await channel.assertQueue(env.JOBS ?? '', { maxPriority: Number(env.LEVELS), durable: true });
    await channel.close();
  },
  async worker({ amqp, url, env, signal }) {
    const connection = await amqp.connect(url);
    const jobs = await connection.createChannel();
    const results = await connection.createChannel();
    await jobs.prefetch(1);
    const { consumerTag } = await jobs.consume(env.JOBS ?? '', (message) => {
      if (message === null) return;
      setTimeout(() => {
        results.sendToQueue(env.DONE ?? '', message.content, { persistent: true });
        jobs.ack(message);
      }, 2);
    });
    signal.addEventListener('abort', () => void jobs.cancel(consumerTag));
  },
};

export default async function (context: AnswerContext): Promise<void> {
  await roles[context.env.ROLE ?? '']?.(context);
}
