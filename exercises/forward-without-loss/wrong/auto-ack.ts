// fails: nothing-lost, forwards
/** Takes orders without acknowledgements: the broker forgets what it has sent. */
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
      await channel.consume(
        env.SOURCE ?? '',
        (message) => {
          if (message === null) return;
          channel.sendToQueue(env.TARGET ?? '', message.content, { persistent: true });
        },
        { noAck: true },
      );
      await closed;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
