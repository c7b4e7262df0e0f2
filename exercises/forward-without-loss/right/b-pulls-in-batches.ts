/** Pulls a few orders at a time, publishes them, waits for all confirms, and acknowledges them with one frame. */
import type { AnswerContext } from 'warren/grading';

const BATCH = 4;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export default async function ({ amqp, url, env, signal }: AnswerContext): Promise<void> {
  const { SOURCE = '', TARGET = '' } = env;
  while (!signal.aborted) {
    try {
      const connection = await amqp.connect(url);
      connection.on('error', () => undefined);
      const channel = await connection.createConfirmChannel();
      channel.on('error', () => undefined);
      while (!signal.aborted) {
        const batch = [];
        for (let message = await channel.get(SOURCE); message; message = batch.length < BATCH && (await channel.get(SOURCE)))
          batch.push(message);
        const last = batch.at(-1);
        if (last === undefined) {
          await pause(30);
          continue;
        }
        for (const { content } of batch) channel.publish('', TARGET, content, { deliveryMode: 2 });
        // Nothing else is awaited between the publishes and this: it does not know of what was refused before.
        const accepted = await channel.waitForConfirms().then(
          () => true,
          () => false,
        );
        if (accepted) channel.ack(last, true);
        else channel.nack(last, true);
      }
    } catch {
      await pause(30);
    }
  }
}
