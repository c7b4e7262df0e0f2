// fails: frugal
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
  async function reply(queue: string, correlationId: string, body: object): Promise<void> {
    const own = await amqp.connect(url);
    own.on('error', () => undefined);
    const channel = await own.createConfirmChannel();
    channel.on('error', () => undefined);
    channel.sendToQueue(queue, Buffer.from(JSON.stringify(body)), { correlationId });
    await channel.waitForConfirms();
    await own.close();
  }
  while (!signal.aborted) {
    try {
      const connection = await amqp.connect(url);
      connection.on('error', () => undefined);
      const closed = new Promise((resolve) => connection.once('close', resolve));
      const channel = await connection.createChannel();
      channel.on('error', () => undefined);
      await channel.prefetch(10);
      await channel.consume(env.REQUESTS ?? '', async (message) => {
        if (message === null) return;
        const { replyTo, correlationId } = message.properties;
        try {
          if (replyTo) await reply(replyTo, correlationId, answer(message.content.toString()));
          channel.ack(message);
        } catch {
          // Not acknowledged: it comes again with the next connection.
          await connection.close().catch(() => undefined);
        }
      });
      await closed;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
