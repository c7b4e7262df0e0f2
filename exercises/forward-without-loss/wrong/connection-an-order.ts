// fails: frugal
/** Opens a connection for each order. */
import type { AnswerContext } from 'warren/grading';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export default async function ({ amqp, url, env, signal }: AnswerContext): Promise<void> {
  const { SOURCE = '', TARGET = '' } = env;
  while (!signal.aborted) {
    try {
      const connection = await amqp.connect(url, { noDelay: true });
      connection.on('error', () => undefined);
      const closed = new Promise((resolve) => connection.once('close', resolve));
      const channel = await connection.createConfirmChannel();
      channel.on('error', () => undefined);
      const message = await channel.get(SOURCE);
      if (message !== false) {
        channel.sendToQueue(TARGET, message.content, { persistent: true });
        await channel.waitForConfirms().then(
          () => channel.ack(message),
          () => channel.nack(message),
        );
      }
      channel
        .close()
        .then(() => connection.close())
        .catch(() => undefined);
      await closed;
      if (message === false) await pause(200);
    } catch {
      await pause(50);
    }
  }
}
