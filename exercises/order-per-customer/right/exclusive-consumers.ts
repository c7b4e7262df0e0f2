import type { Channel } from 'amqplib';
import type { AnswerContext } from 'warren/grading';

/** Plain queues, and one exclusive consumer each: who is refused asks again until the lane is free. */
export default async function ({ amqp, url, env, signal }: AnswerContext): Promise<void> {
  const { LANES = '', DONE = '', NUMBER = '0' } = env;
  const lanes = LANES.split(',');
  const connection = await amqp.connect(url);
  const first = await connection.createChannel();
  for (const lane of lanes) await first.assertQueue(lane);
  let started: () => void = () => undefined;
  const allHere = new Promise<void>((resolve) => {
    started = resolve;
  });

  async function tryFor(lane: string): Promise<boolean> {
    const channel: Channel = await connection.createChannel();
    channel.on('error', () => undefined);
    await channel.prefetch(1);
    try {
      await channel.consume(
        lane,
        (message) => {
          if (message === null) return;
          started();
          const { event, ms } = JSON.parse(message.content.toString()) as { event: string; ms: number };
          channel.publish('', DONE, Buffer.from(`begin ${event}`), { persistent: true });
          setTimeout(() => {
            channel.publish('', DONE, Buffer.from(`end ${event}`), { persistent: true });
            channel.ack(message);
          }, ms);
        },
        { exclusive: true },
      );
      return true;
    } catch {
      return false;
    }
  }

  async function wait(lane: string): Promise<void> {
    await allHere;
    while (!signal.aborted && !(await tryFor(lane))) await new Promise((resolve) => setTimeout(resolve, 60));
  }
  const start = 2 * Number(NUMBER);
  for (const lane of lanes.slice(start, start + 2)) await tryFor(lane);
  for (const lane of lanes) if (!lanes.slice(start, start + 2).includes(lane)) void wait(lane);
}
