// fails: forwards
/** Keeps what was refused, neither settled nor given back. */
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env, signal }: AnswerContext): Promise<void> {
  while (!signal.aborted) {
    try {
      const connection = await amqp.connect(url);
      connection.on('error', () => undefined);
      const closed = new Promise((resolve) => connection.once('close', resolve));
      const channel = await connection.createConfirmChannel();
      channel.on('error', () => undefined);
      await channel.prefetch(5);
      await channel.consume(env.SOURCE ?? '', (message) => {
        if (message === null) return;
        channel.sendToQueue(env.TARGET ?? '', message.content, { persistent: true }, (error: unknown) => {
          try {
            if (error === null) channel.ack(message);
          } catch {
            // The channel is closed: SOURCE has the order again.
          }
        });
      });
      await closed;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
