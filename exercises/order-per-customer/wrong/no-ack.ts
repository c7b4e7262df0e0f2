// fails: done, in-order
import type { ConsumeMessage } from 'amqplib';
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const { LANES = '', DONE = '', NUMBER = '' } = env;
  const lanes = LANES.split(',');
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  await channel.prefetch(1);
  for (const lane of lanes) {
    await channel.assertQueue(lane, { durable: true, arguments: { 'x-single-active-consumer': true } });
  }
  const asked = new Set<string>();
  const ask = async (wanted: readonly string[]): Promise<void> => {
    for (const lane of wanted) {
      if (asked.has(lane)) continue;
      asked.add(lane);
      let last = Promise.resolve();
      const work = async (message: ConsumeMessage | null): Promise<void> => {
        if (message === null) return;
        // All are there now: the others' lanes, should they die.
        void ask(lanes);
        const { event, ms } = JSON.parse(message.content.toString()) as { event: string; ms: number };
        channel.sendToQueue(DONE, Buffer.from(`begin ${event}`), { persistent: true });
        await new Promise((resolve) => setTimeout(resolve, ms));
        channel.sendToQueue(DONE, Buffer.from(`end ${event}`), { persistent: true });
      };
      const next = (message: ConsumeMessage | null): void => {
        last = last.then(() => work(message));
      };
      await channel.consume(lane, next, { noAck: true });
    }
  };
  await ask(lanes.filter((_, i) => i % 3 === Number(NUMBER)));
}
