/**
 * The answer to the exercise `forward-without-loss`, with its reasons.
 *
 * At every moment somebody must answer for an order: first the queue SOURCE, in the end the queue TARGET. Your program answers
 * for it only as long as it lives, so it may let go of the order (acknowledge it) when it is certain that TARGET has it, and
 * not before. That is what a confirm says. Between confirm and acknowledgement the connection may be lost; then SOURCE gives
 * the order out once more, and TARGET has it twice. Nobody can do better with two queues: at least once is what can be had,
 * and whoever reads TARGET has to know an order that comes again (notebook 07).
 */
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env, signal }: AnswerContext): Promise<void> {
  const { SOURCE = '', TARGET = '' } = env;
  // A connection ends; the program does not. Everything that belongs to one connection is made inside the loop.
  while (!signal.aborted) {
    try {
      const connection = await amqp.connect(url);
      // An 'error' that nobody listens to ends a Node program. What is to be done is done on 'close', which follows.
      connection.on('error', () => undefined);
      const closed = new Promise((resolve) => connection.once('close', resolve));
      const channel = await connection.createConfirmChannel();
      channel.on('error', () => undefined);
      // What is given out ahead comes again after every loss of the connection, and nobody else gets it meanwhile.
      await channel.prefetch(5);
      await channel.consume(SOURCE, (message) => {
        if (message === null) return;
        // A message says for itself that it is to outlive a restart; that the queue is durable is not enough.
        channel.sendToQueue(TARGET, message.content, { persistent: true }, (error: unknown) => {
          try {
            // Refused, because TARGET is full: back into SOURCE with it, to be tried again. Kept here, it would stay here.
            if (error === null) channel.ack(message);
            else channel.nack(message);
          } catch {
            // With a lost connection amqplib calls back, too, and the channel takes no more: SOURCE has the order again.
          }
        });
      });
      await closed;
    } catch {
      // The broker may be away for a while. Whoever tries again at once and for ever makes its return harder.
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
