import type { AnswerContext } from 'warren/grading';

/** The worker declares as well, alike; a job is done when its result is confirmed. */
export default async function ({ amqp, url, env, log }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  const channel = await connection.createConfirmChannel();
  const { queue } = await channel.assertQueue(env.JOBS ?? '', { arguments: { 'x-max-priority': Number(env.LEVELS) } });
  if (env.ROLE !== 'worker') return connection.close();
  await channel.prefetch(1, true);
  await channel.consume(queue, async (message) => {
    if (message === null) return;
    log(message.properties.priority, message.content.toString());
    channel.publish('', env.DONE ?? '', message.content, { deliveryMode: 2 });
    await channel.waitForConfirms();
    channel.ack(message);
  });
}
