// fails: nothing-lost, done
import type * as amqplib from 'amqplib';
import type { AnswerContext } from 'warren/grading';

/** Acknowledges, and puts the job back into WORK when its time has come. */
export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const { WORK = '', SERVICE = '', PARKED = '', RETRY = '' } = env;
  const delays = (env.DELAYS ?? '').split(',').map(Number);
  const connection = await amqp.connect(url);
  const channel = await connection.createConfirmChannel();
  const back = { durable: true, deadLetterExchange: '', deadLetterRoutingKey: WORK };
  for (const [round, messageTtl] of delays.entries()) await channel.assertQueue(`${RETRY}.${round}`, { ...back, messageTtl });
  const call = await serviceOf(channel, SERVICE);
  await channel.prefetch(5);
  await channel.consume(WORK, async (message) => {
    if (message === null) return;
    const { content, properties } = message;
    const round = Number(properties.headers?.round ?? 0);
    channel.ack(message);
    if (await call(content)) return;
    const back = (): void => {
      const next = round < delays.length ? WORK : PARKED;
      channel.sendToQueue(next, content, { persistent: true, headers: { round: round + 1 } });
    };
    setTimeout(back, delays[round] ?? 0);
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
