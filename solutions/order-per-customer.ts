/**
 * The order of a queue reaches as far as one consumer that works on one message at a time. So each lane has one consumer that
 * is active, with a prefetch of 1, and the others wait: x-single-active-consumer lets the broker decide, which sees every
 * death at once and never two workers at the same moment. It gives the next one what the dead worker had not acknowledged, in
 * its old place.
 * The first consumer of a lane becomes the active one. If every worker asked for all lanes at its start, the first would get
 * them all and the others would be its heirs. So each begins with its own third, and asks for the rest when it gets its first
 * event: then all workers are there, and every lane has its consumer.
 * Beginning, end and acknowledgement go over one channel, in this order: whatever is lost with a worker, the broker never
 * forgets an event whose end it has not seen.
 */
import type { AnswerContext } from 'warren/grading';

interface Event {
  readonly event: string;
  readonly ms: number;
}

const WORKERS = 3;

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const { LANES = '', DONE = '', NUMBER = '' } = env;
  const lanes = LANES.split(',');
  const own = lanes.filter((_, i) => i % WORKERS === Number(NUMBER));
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  for (const lane of lanes) {
    await channel.assertQueue(lane, { durable: true, arguments: { 'x-single-active-consumer': true } });
  }
  // Of each consumer by itself: one event of a lane in hand, but one in every lane.
  await channel.prefetch(1);

  const say = (text: string): boolean => channel.sendToQueue(DONE, Buffer.from(text), { persistent: true });
  let isHeir = false;
  async function consume(lane: string): Promise<void> {
    await channel.consume(lane, async (message) => {
      if (message === null) return;
      if (!isHeir) {
        isHeir = true;
        for (const other of lanes) if (!own.includes(other)) void consume(other);
      }
      const { event, ms } = JSON.parse(message.content.toString()) as Event;
      say(`begin ${event}`);
      await new Promise((resolve) => setTimeout(resolve, ms));
      say(`end ${event}`);
      channel.ack(message);
    });
  }
  for (const lane of own) await consume(lane);
}
