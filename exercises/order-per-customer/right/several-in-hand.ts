import type { ConfirmChannel } from 'amqplib';
import type { AnswerContext } from 'warren/grading';

/** Several events of a lane in hand, worked off one behind the other; results go over a connection of their own. */
export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const { LANES = '', DONE = '', NUMBER = '' } = env;
  const lanes = LANES.split(',');
  const connection = await amqp.connect(url);
  const results: ConfirmChannel = await (await amqp.connect(url)).createConfirmChannel();
  const say = async (text: string): Promise<void> => {
    results.sendToQueue(DONE, Buffer.from(text), { deliveryMode: 2 });
    await results.waitForConfirms();
  };
  const channel = await connection.createChannel();
  for (const lane of lanes) await channel.assertQueue(lane, { arguments: { 'x-single-active-consumer': true } });
  await channel.prefetch(3);
  let joined = false;

  async function join(lane: string): Promise<void> {
    let last = Promise.resolve();
    await channel.consume(lane, (message) => {
      if (message === null) return;
      last = last.then(async () => {
        const { event, ms } = JSON.parse(message.content.toString()) as { event: string; ms: number };
        await say(`begin ${event}`);
        await new Promise((resolve) => setTimeout(resolve, ms));
        await say(`end ${event}`);
        channel.ack(message);
      });
      if (joined) return;
      joined = true;
      for (const other of lanes) if (!isMine(other)) void join(other);
    });
  }
  const isMine = (lane: string): boolean => lanes.indexOf(lane) % 3 === Number(NUMBER);
  for (const lane of lanes.filter(isMine)) await join(lane);
}
