import type * as amqplib from 'amqplib';
import type { AnswerContext } from 'warren/grading';

/** A queue for each try: a job that fails is rejected, and the broker carries it on. Only from WORK it has to be published. */
export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const { WORK = '', SERVICE = '', PARKED = '', RETRY = '' } = env;
  const delays = (env.DELAYS ?? '').split(',').map(Number);
  const connection = await amqp.connect(url);
  const channel = await connection.createConfirmChannel();
  const leadsTo = (queue: string): object => ({ durable: true, deadLetterExchange: '', deadLetterRoutingKey: queue });
  const waitBefore = (place: number): string => `${RETRY}.wait.${place}`;
  const tries = [WORK, ...delays.map((_delay, i) => `${RETRY}.try.${i + 2}`)];
  for (const [i, messageTtl] of delays.entries()) {
    const next = tries[i + 1] ?? '';
    await channel.assertQueue(waitBefore(i + 2), { ...leadsTo(next), messageTtl });
    await channel.assertQueue(next, leadsTo(i + 1 < delays.length ? waitBefore(i + 3) : PARKED));
  }
  const call = await serviceOf(channel, SERVICE);
  await channel.prefetch(3);
  for (const [i, queue] of tries.entries()) {
    await channel.consume(queue, async (message) => {
      if (message === null) return;
      if (await call(message.content)) return channel.ack(message);
      if (i > 0) return channel.nack(message, false, false);
      channel.sendToQueue(waitBefore(2), message.content, { deliveryMode: 2 }, (error: unknown) => {
        if (error === null) channel.ack(message);
      });
    });
  }
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
