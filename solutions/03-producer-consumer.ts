/**
 * Answers to notebook 03, with their reasons. Each function can take the place of the one in the exercise's cell.
 */
import type amqp from 'amqplib';

type Work = (parcel: string) => Promise<void>;
type Ask = (item: string, timeoutMs: number) => Promise<string>;

/**
 * Exercise 1. Without `noAck` a message stays the broker's until it is acknowledged. The `ack` stands behind the work: before
 * it, a message would count as done while its work is still going on, and a crash would lose it all the same.
 */
export async function deliverAll(channel: amqp.Channel, work: Work): Promise<void> {
  await channel.consume('shift', async (message) => {
    if (message === null) return;
    await work(message.content.toString());
    channel.ack(message);
  });
}

/**
 * Exercise 2. Every delivery ends in exactly one of three ways: ack, back into the queue, or dropped. The second try is told by
 * `redelivered`. The error must not leave the callback: nobody would catch it, and the message would stay unacknowledged.
 * At work one would drop nothing but dead-letter it, so that somebody can look (notebook 07).
 */
export async function deliverOrGiveUp(channel: amqp.Channel, work: Work): Promise<void> {
  await channel.consume('doubtful', async (message) => {
    if (message === null) return;
    try {
      await work(message.content.toString());
      channel.ack(message);
    } catch {
      const firstTry = !message.fields.redelivered;
      channel.nack(message, false, firstTry);
    }
  });
}

/**
 * Exercise 3. The map holds what is open, and nothing else: answer and time limit both take their entry out, so whichever comes
 * second finds none and does nothing. The consumer comes before the first question, on the same channel, or the broker
 * refuses the question with 406.
 */
export async function openTelephone(channel: amqp.Channel): Promise<Ask> {
  const replyTo = 'amq.rabbitmq.reply-to';
  const open = new Map<string, (answer: string) => void>();
  let asked = 0;
  await channel.consume(replyTo, (message) => open.get(message?.properties.correlationId)?.(message?.content.toString() ?? ''), {
    noAck: true,
  });
  return (item, timeoutMs) =>
    new Promise<string>((resolve, reject) => {
      const correlationId = String(++asked);
      const limit = setTimeout(() => {
        open.delete(correlationId);
        reject(new Error(`no answer about ${item} within ${timeoutMs} ms`));
      }, timeoutMs);
      open.set(correlationId, (answer) => {
        clearTimeout(limit);
        open.delete(correlationId);
        resolve(answer);
      });
      channel.sendToQueue('prices', Buffer.from(item), { replyTo, correlationId });
    });
}
