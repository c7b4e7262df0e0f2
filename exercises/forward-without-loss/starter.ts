import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env, signal }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  await channel.consume(env.SOURCE ?? '', (message) => {
    if (message === null || signal.aborted) return;
    // TODO: publish it to the queue env.TARGET; acknowledge it when nobody can lose it any more; come back when the
    // connection is lost.
  });
}
