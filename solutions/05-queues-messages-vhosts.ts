/**
 * Answers to notebook 05, with their reasons. Each function can take the place of the one in the exercise's cell.
 */
import type amqp from 'amqplib';

/**
 * Exercise 1. A full queue drops its oldest unless told otherwise, which is what a ticker wants. `expires` in place of
 * `messageTtl` would remove the queue, and with it the prices that are still good.
 */
export async function declareTicker(channel: amqp.Channel): Promise<void> {
  await channel.assertQueue('ticker', { maxLength: 3, messageTtl: 2000 });
}

/**
 * Exercise 2. Declaring wants configure on the queue; binding wants write on the queue and read on the exchange; consuming wants
 * read on the queue. `^` keeps `fingerprint-1` out, `$` keeps `orders-internal` out. Neither `orders` nor `amq.default` may be
 * written, so nothing can be published.
 */
export function printerPermissions(): { configure: string; write: string; read: string } {
  return { configure: '^print-', write: '^print-', read: '^(print-.*|orders)$' };
}

/**
 * Exercise 3. Two waiting rooms, one for each delay: in a room where all wait equally long the head is always the first that is
 * due. With one room and a time on each message, whoever waits one second stands behind whoever waits three.
 *
 *     work ──(failure)──► consumer ──► work.wait-1s ──expired──► work
 *                                 ──► work.wait-3s ──expired──► work
 *                                 ──► work.dead
 */
export async function declareRetry(channel: amqp.Channel): Promise<void> {
  await channel.assertQueue('work');
  await channel.assertQueue('work.dead');
  const backToWork = { deadLetterExchange: '', deadLetterRoutingKey: 'work' };
  await channel.assertQueue('work.wait-1s', { ...backToWork, messageTtl: 1000 });
  await channel.assertQueue('work.wait-3s', { ...backToWork, messageTtl: 3000 });
}

/**
 * The way depends on the number of failures, and a rejection knows one way only; so the consumer publishes the message again,
 * with its properties, and acknowledges the old one. In this order: if the consumer dies between the two there is a second copy,
 * and in the other order there would be none. At work the channel is in confirm mode, and the ack waits for the confirm.
 *
 * Each stay in a waiting room is one expiry in `x-death`. From RabbitMQ 4.0 on that header is no longer trusted once a client
 * has published the message again: count in a header of your own there, or let a quorum queue delay the retries (4.3).
 */
export async function onFailure(channel: amqp.Channel, message: amqp.ConsumeMessage): Promise<void> {
  const deaths = (message.properties.headers?.['x-death'] ?? []) as { reason: string; count: number }[];
  const expiries = deaths.filter(({ reason }) => reason === 'expired');
  const failures = expiries.reduce((sum, { count }) => sum + count, 0);
  const next = ['work.wait-1s', 'work.wait-3s'][failures] ?? 'work.dead';
  channel.sendToQueue(next, message.content, message.properties);
  channel.ack(message);
}
