// fails: answers, correlated, failures-answered, goes-on
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env, signal }: AnswerContext): Promise<void> {
  function answer(text: string): object {
    try {
      const { op, values } = JSON.parse(text) as { op: string; values: unknown[] };
      const numbers = values.filter((value): value is number => typeof value === 'number');
      if (numbers.length === 0 || numbers.length < values.length) return { error: 'values must be numbers' };
      if (op === 'sum') return { result: numbers.reduce((total, value) => total + value, 0) };
      if (op === 'max') return { result: Math.max(...numbers) };
      return { error: `no such operation: ${op}` };
    } catch (error) {
      return { error: String(error) };
    }
  }
  while (!signal.aborted) {
    try {
      const connection = await amqp.connect(url);
      connection.on('error', () => undefined);
      const closed = new Promise((resolve) => connection.once('close', resolve));
      const channel = await connection.createChannel();
      channel.on('error', () => undefined);
      await channel.prefetch(10);
      await channel.consume(env.REQUESTS ?? '', (message) => {
        if (message === null) return;
        const { replyTo } = message.properties;
        if (replyTo) channel.sendToQueue(replyTo, Buffer.from(JSON.stringify(answer(message.content.toString()))));
        channel.ack(message);
      });
      await closed;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
