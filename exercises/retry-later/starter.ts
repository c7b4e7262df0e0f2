import type * as amqplib from 'amqplib';
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env, log }: AnswerContext): Promise<void> {
  const { WORK = '', SERVICE = '', PARKED = '', RETRY = '' } = env;
  const delays = (env.DELAYS ?? '').split(',').map(Number);
  const connection = await amqp.connect(url);
  const channel = await connection.createConfirmChannel();
  const call = await serviceOf(channel, SERVICE);
  await channel.prefetch(5);
  await channel.consume(WORK, async (message) => {
    if (message === null) return;
    const done = await call(message.content);
    if (done) channel.ack(message);
    else log('failed; now it has to wait, and nothing waits yet:', delays, PARKED, RETRY);
    // TODO: where does it wait? How does it come back? How often has it been tried?
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
