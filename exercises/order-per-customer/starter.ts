import type { AnswerContext } from 'warren/grading';

interface Event {
  readonly event: string;
  readonly customer: string;
  readonly ms: number;
}

export default async function ({ amqp, url, env, log }: AnswerContext): Promise<void> {
  const lanes = (env.LANES ?? '').split(',');
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  const work = async ({ event, ms }: Event): Promise<void> => {
    channel.sendToQueue(env.DONE ?? '', Buffer.from(`begin ${event}`), { persistent: true });
    await new Promise((resolve) => setTimeout(resolve, ms));
    channel.sendToQueue(env.DONE ?? '', Buffer.from(`end ${event}`), { persistent: true });
  };
  log(`worker ${env.NUMBER} sees ${lanes.length} lanes and does nothing yet`, work.name);
  // TODO: who works on which lane, and who takes over when a worker is gone?
}
