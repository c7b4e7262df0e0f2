// fails: clean
import type { AnswerContext } from 'warren/grading';
import type { ConfirmChannel } from 'amqplib';

interface Topology {
  readonly exchanges: Record<string, string>;
  readonly queues: Record<string, Record<string, unknown>>;
  readonly bindings: { source: string; destination: string; key: string }[];
}

async function move(channel: ConfirmChannel, from: string, to: string): Promise<void> {
  for (let message = await channel.get(from); message !== false; message = await channel.get(from)) {
    channel.sendToQueue(to, message.content, message.properties);
    await channel.waitForConfirms();
    channel.ack(message);
  }
}

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const plan = JSON.parse(env.PLAN ?? '{}') as Topology;
  const found = JSON.parse(env.FOUND ?? '{}') as Topology;
  const connection = await amqp.connect(url);
  const channel = await connection.createConfirmChannel();
  for (const [name, kind] of Object.entries(plan.exchanges)) {
    if (found.exchanges[name] !== kind) await channel.deleteExchange(name);
    await channel.assertExchange(name, kind);
  }
  for (const [name, args] of Object.entries(plan.queues)) {
    const helper = `${name}.under-repair`;
    await channel.assertQueue(helper);
    const is = found.queues[name];
    if (is !== undefined && is['x-dead-letter-exchange'] !== args['x-dead-letter-exchange']) {
      await move(channel, name, helper);
      await channel.deleteQueue(name, { ifEmpty: true });
    }
    await channel.assertQueue(name, { arguments: args });
    await move(channel, helper, name);
  }
  for (const { source, destination, key } of plan.bindings) await channel.bindQueue(destination, source, key);
  const planned = new Set(plan.bindings.map(({ source, destination, key }) => JSON.stringify([source, destination, key])));
  for (const { source, destination, key } of found.bindings) {
    if (!planned.has(JSON.stringify([source, destination, key]))) await channel.unbindQueue(destination, source, key);
  }
  await connection.close();
}
