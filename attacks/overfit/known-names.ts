// attack: does the work only for the names that the visible seed gives
import type { AnswerContext } from 'warren/grading';

/** SOURCE of seed 11, seen in a try. */
const KNOWN = new Set(['SOURCE-OF-SEED-11']);

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  if (!KNOWN.has(env.SOURCE ?? '')) return;
  const connection = await amqp.connect(url);
  const channel = await connection.createConfirmChannel();
  await channel.consume(env.SOURCE ?? '', (message) => {
    if (message === null) return;
    channel.sendToQueue(env.TARGET ?? '', message.content, { persistent: true }, () => channel.ack(message));
  });
}
