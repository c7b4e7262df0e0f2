import type { AnswerContext } from 'warren/grading';

/** One message at a time, fetched in turn from both sides. */
export default async function ({ amqp, url, env, signal }: AnswerContext): Promise<void> {
  const { HERE = '', THERE = '', IN = '', OUT = '' } = env;
  const base = url.slice(0, url.lastIndexOf('/'));
  const vhosts = [HERE, THERE];
  const connections = await Promise.all(vhosts.map((vhost) => amqp.connect(`${base}/${encodeURIComponent(vhost)}?heartbeat=0`)));
  const channels = await Promise.all(connections.map((connection) => connection.createConfirmChannel()));
  while (!signal.aborted) {
    let found = false;
    for (const [at, channel] of channels.entries()) {
      const message = await channel.get(OUT);
      if (message === false) continue;
      found = true;
      const other = 1 - at;
      const target = message.properties.headers?.for === vhosts[other] ? channels[other] : channel;
      target?.publish('', IN, message.content, { ...message.properties });
      await target?.waitForConfirms();
      channel.ack(message);
    }
    if (!found) await new Promise((resolve) => setTimeout(resolve, 30));
  }
}
