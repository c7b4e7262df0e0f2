/**
 * A wait that outlives the program cannot be in the program. The broker has one means by which a message does something after
 * a time: it expires, and what expires in a queue with a dead-letter exchange is published there. So a queue that nobody consumes
 * from, with a time to live, is a wait, and its dead letters go back into WORK.
 *
 * A queue looks at its head only. With one waiting queue for all delays a job that waits shortly would stand behind one that
 * waits long; within a queue for each delay all wait equally long, and who came first leaves first.
 *
 * The count of tries has to travel with the message, since the program forgets it: a header of the copy. (The broker counts,
 * too: x-death has an entry for each queue in which the message died.) A failed job is published into its waiting queue,
 * the confirm is awaited, and only then it is acknowledged. A program that dies in between leaves the job in both queues, and
 * it is tried once more than necessary; the other order would leave it in none. While a job waits it is not unacknowledged,
 * so it takes no place of the prefetch count, and jobs that do not fail go past it.
 */
import type * as amqplib from 'amqplib';
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const { WORK = '', SERVICE = '', PARKED = '', RETRY = '' } = env;
  const delays = (env.DELAYS ?? '').split(',').map(Number);
  const connection = await amqp.connect(url);
  const channel = await connection.createConfirmChannel();

  // Declared by every life, with the same arguments: the first makes them, the others find them.
  const waitingQueues = delays.map((_delay, i) => `${RETRY}.after-try-${i + 1}`);
  for (const [i, queue] of waitingQueues.entries()) {
    await channel.assertQueue(queue, {
      durable: true,
      messageTtl: delays[i] ?? 0,
      // The default exchange, whose keys are names of queues.
      deadLetterExchange: '',
      deadLetterRoutingKey: WORK,
    });
  }

  const call = await serviceOf(channel, SERVICE);
  await channel.prefetch(5);
  await channel.consume(WORK, async (message) => {
    if (message === null) return;
    const { content, properties } = message;
    if (!(await call(content))) {
      const failures = Number(properties.headers?.failures ?? 0) + 1;
      const next = waitingQueues[failures - 1] ?? PARKED;
      // A copy has the properties that it is given: persistence is not inherited.
      channel.sendToQueue(next, content, { persistent: true, headers: { failures } });
      await channel.waitForConfirms();
    }
    channel.ack(message);
  });
}

/** Calls the service for a job; resolves with whether it is done. */
async function serviceOf(channel: amqplib.Channel, queue: string): Promise<(job: Buffer) => Promise<boolean>> {
  const waiting = new Map<string, (done: boolean) => void>();
  const hear = (reply: amqplib.ConsumeMessage | null): void => {
    waiting.get(reply?.properties.correlationId)?.(reply?.content.toString() === 'done');
  };
  await channel.consume('amq.rabbitmq.reply-to', hear, { noAck: true });
  let calls = 0;
  return (job) =>
    new Promise((resolve) => {
      const correlationId = String(++calls);
      waiting.set(correlationId, resolve);
      channel.sendToQueue(queue, job, { correlationId, replyTo: 'amq.rabbitmq.reply-to' });
    });
}
