// fails: reported, kept, odd-keys
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
      await channel.assertQueue(unwanted, { exclusive: true });
      await channel.bindQueue(unwanted, unwanted, '');
      await channel.assertExchange(EVENTS, 'topic', { alternateExchange: unwanted });
      for (const [queue, patterns] of Object.entries(subscriptions)) {
        await channel.assertQueue(queue);
        for (const pattern of patterns) await channel.bindQueue(queue, EVENTS, pattern);
      }
      await channel.consume(unwanted, (message) => {
        if (message === null) return;
        const report = { key: message.fields.routingKey, body: message.content.toString() };
        channel.sendToQueue(REPORTS, Buffer.from(JSON.stringify(report)), { persistent: true });
        channel.ack(message);
      });
      channel.sendToQueue(REPORTS, Buffer.from('ready'));
      await closed;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
