// fails: odd-keys
import type { AnswerContext } from 'warren/grading';

/** Takes every event and compares it with the patterns itself: "one word" is more than the program thinks. */
export default async function ({ amqp, url, env, signal }: AnswerContext): Promise<void> {
  const { EVENTS = '', REPORTS = '', SUBSCRIPTIONS = '{}' } = env;
  const subscriptions = Object.entries(JSON.parse(SUBSCRIPTIONS) as Record<string, string[]>);
  const patternOf = (pattern: string): RegExp => {
    const words = pattern.replace(/\*/g, '[^.]+').replace('#.', '(?:.+\\.)?').replace('.#', '(?:\\..+)?');
    return new RegExp(`^${words}$`);
  };
  while (!signal.aborted) {
    try {
      const connection = await amqp.connect(url);
      connection.on('error', () => undefined);
      const closed = new Promise((resolve) => connection.once('close', resolve));
      const channel = await connection.createChannel();
      channel.on('error', () => undefined);
      await channel.assertExchange(EVENTS, 'topic');
      await channel.assertQueue('everything');
      await channel.bindQueue('everything', EVENTS, '#');
      for (const [queue] of subscriptions) await channel.assertQueue(queue);
      await channel.prefetch(1);
      await channel.consume('everything', (message) => {
        if (message === null) return;
        const key = message.fields.routingKey;
        const takers = subscriptions.filter(([, patterns]) => patterns.some((pattern) => patternOf(pattern).test(key)));
        for (const [queue] of takers) channel.sendToQueue(queue, message.content, { persistent: true });
        const report = JSON.stringify({ key, body: message.content.toString() });
        if (takers.length === 0) channel.sendToQueue(REPORTS, Buffer.from(report), { persistent: true });
        channel.ack(message);
      });
      channel.sendToQueue(REPORTS, Buffer.from('ready'));
      await closed;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
