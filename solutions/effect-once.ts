/**
 * Charging and remembering must be one step: whichever of two steps comes first, a program that dies between them doubles the
 * charge or loses it. AMQP has one step that does two things: an exchange gives one message to all queues that are bound to
 * it. So a charge is published once, to an exchange that leads to the bank's queue and to a queue that nobody empties: the
 * memory. If the publish was lost, both are missing, and the order comes again; if it arrived, both are there, and the next
 * life reads the memory and knows. Reading without acknowledging uses nothing up: closing the channel puts everything back.
 *
 * The key is the order's own number. The message's id tells two messages apart, and a repeated order is two messages.
 * `charged.add` stands before the confirm: a repeat may be the very next delivery. It holds for one program at a time only;
 * two copies would need one owner (a single active consumer). A memory that grows for ever is the price; at work it would have
 * an expiry that is longer than any repeat.
 */
import type { AnswerContext } from 'warren/grading';

interface Charge {
  readonly order: string;
  readonly amount: number;
}

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const { ORDERS = '', CHARGES = '', MEMORY = '' } = env;
  const connection = await amqp.connect(url);
  const channel = await connection.createConfirmChannel();
  await channel.assertExchange(MEMORY, 'fanout', { durable: true });
  await channel.assertQueue(MEMORY, { durable: true });
  for (const queue of [MEMORY, CHARGES]) await channel.bindQueue(queue, MEMORY, '');

  const charged = new Set<string>();
  const reader = await connection.createChannel();
  for (let next = await reader.get(MEMORY); next !== false; next = await reader.get(MEMORY)) {
    charged.add((JSON.parse(next.content.toString()) as Charge).order);
  }
  await reader.close();

  await channel.prefetch(1);
  await channel.consume(ORDERS, (message) => {
    if (message === null) return;
    const { order, amount } = JSON.parse(message.content.toString()) as Charge;
    if (charged.has(order)) return channel.ack(message);
    charged.add(order);
    channel.publish(MEMORY, '', Buffer.from(JSON.stringify({ order, amount })), { persistent: true }, (error: unknown) => {
      if (error === null) channel.ack(message);
    });
  });
}
