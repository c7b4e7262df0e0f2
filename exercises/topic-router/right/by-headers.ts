import type { AnswerContext } from 'warren/grading';

/** What nobody wanted goes through a headers exchange; one report at a time. */
export default async function ({ amqp, url, env, signal }: AnswerContext): Promise<void> {
  const { EVENTS = '', REPORTS = '', SUBSCRIPTIONS = '{}' } = env;
  async function session(): Promise<void> {
    const connection = await amqp.connect(url);
    connection.on('error', () => undefined);
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => undefined);
    // A headers binding that asks for nothing matches everything, whatever the key is.
    await channel.assertExchange('all', 'headers');
    await channel.assertQueue('all strays');
    await channel.bindQueue('all strays', 'all', '', { 'x-match': 'all' });
    await channel.assertExchange(EVENTS, 'topic', { alternateExchange: 'all' });
    for (const [queue, patterns] of Object.entries(JSON.parse(SUBSCRIPTIONS) as Record<string, string[]>)) {
      await channel.assertQueue(queue);
      for (const pattern of patterns) await channel.bindQueue(queue, EVENTS, pattern);
    }
    channel.sendToQueue(REPORTS, Buffer.from('ready'));
    await channel.prefetch(1);
    await channel.consume('all strays', async (message) => {
      if (message === null) return;
      const report = JSON.stringify({ key: message.fields.routingKey, body: String(message.content) });
      channel.sendToQueue(REPORTS, Buffer.from(report), { persistent: true });
      await channel.waitForConfirms().then(
        () => channel.ack(message),
        () => undefined,
      );
    });
    await new Promise((resolve) => connection.once('close', resolve));
  }
  while (!signal.aborted) await session().catch(() => new Promise((resolve) => setTimeout(resolve, 80)));
}
