import type { AnswerContext } from 'warren/grading';

/** A channel for each kind of message; names its own queue after itself. */
export default async function ({ amqp, url, env, log, signal }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  const reports = await connection.createConfirmChannel();
  async function tell(body: string): Promise<void> {
    reports.publish('', env.HEARD ?? '', Buffer.from(JSON.stringify({ visitor: env.ROLE, body })), { persistent: true });
    await reports.waitForConfirms();
    log(body);
  }
  async function listen(name: string, options: { exclusive?: boolean; autoDelete?: boolean }, exchange?: string): Promise<void> {
    const channel = await connection.createChannel();
    await channel.prefetch(2);
    const { queue } = await channel.assertQueue(name, { ...options, durable: false });
    if (exchange !== undefined) await channel.bindQueue(queue, exchange, 'all');
    await channel.consume(queue, async (message) => {
      if (message === null) return;
      await tell(message.content.toString());
      channel.ack(message);
    });
  }
  await listen(`news of ${env.ROLE}`, { exclusive: true, autoDelete: true }, env.NEWS);
  await listen(env.QUESTIONS ?? '', { autoDelete: true });
  await tell('here');
  signal.addEventListener('abort', () => void connection.close());
}
