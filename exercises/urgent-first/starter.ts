import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  if (env.ROLE === 'setup') {
    // TODO: declare env.JOBS so that its messages can have priorities.
    await connection.close();
    return;
  }
  await channel.consume(env.JOBS ?? '', (message) => {
    if (message === null) return;
    // TODO: the result; and how many jobs at a time?
  });
}
