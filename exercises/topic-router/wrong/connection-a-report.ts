// fails: frugal
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env, signal }: AnswerContext): Promise<void> {
  const { EVENTS = '', REPORTS = '', SUBSCRIPTIONS = '{}' } = env;
  const subscriptions = JSON.parse(SUBSCRIPTIONS) as Record<string, string[]>;
  const unwanted = `${EVENTS}.unwanted`;
  while (!signal.aborted) {
    try {
      const connection = await amqp.connect(url);
      connection.on('error', () => undefined);
      const closed = new Promise((resolve) => connection.once('close', resolve));
      const channel = await connection.createChannel();
      channel.on('error', () => undefined);
      await channel.assertExchange(unwanted, 'fanout');
      await channel.assertQueue(unwanted);
      await channel.bindQueue(unwanted, unwanted, '');
      await channel.assertExchange(EVENTS, 'topic', { alternateExchange: unwanted });
      for (const [queue, patterns] of Object.entries(subscriptions)) {
        await channel.assertQueue(queue);
        for (const pattern of patterns) await channel.bindQueue(queue, EVENTS, pattern);
      }
      await channel.consume(unwanted, async (message) => {
        if (message === null) return;
        const report = { key: message.fields.routingKey, body: message.content.toString() };
        const reporting = await amqp.connect(url);
        reporting.on('error', () => undefined);
        const reporter = await reporting.createConfirmChannel();
        reporter.on('error', () => undefined);
        reporter.sendToQueue(REPORTS, Buffer.from(JSON.stringify(report)), { persistent: true });
        await reporter.waitForConfirms().then(
          () => channel.ack(message),
          () => channel.nack(message),
        );
        await reporting.close().catch(() => undefined);
      });
      channel.sendToQueue(REPORTS, Buffer.from('ready'));
      await closed;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
