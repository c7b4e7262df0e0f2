// fails: apart
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const { HERE = '', THERE = '', IN = '', OUT = '' } = env;
  const enter = async (vhost: string) => {
    const address = new URL(url);
    address.pathname = `/${encodeURIComponent(vhost)}`;
    const connection = await amqp.connect(address.href);
    return connection.createConfirmChannel();
  };
  const home = await enter(HERE);
  const away = await enter(THERE);
  const carry = (from: typeof home, over: typeof home, _other: string) =>
    from.consume(OUT, async (message) => {
      if (message === null) return;
      for (const channel of [over, from]) {
        channel.sendToQueue(IN, message.content, message.properties);
        await channel.waitForConfirms();
      }
      from.ack(message);
    });
  await carry(home, away, THERE);
  await carry(away, home, HERE);
}
