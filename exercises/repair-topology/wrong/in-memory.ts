// fails: survives
import type { AnswerContext } from 'warren/grading';
import type { ConfirmChannel, GetMessage } from 'amqplib';

interface Topology {
  readonly exchanges: Record<string, string>;
  readonly queues: Record<string, Record<string, unknown>>;
  readonly bindings: { source: string; destination: string; key: string }[];
}

async function taken(channel: ConfirmChannel, from: string): Promise<GetMessage[]> {
  const messages: GetMessage[] = [];
  for (let message = await channel.get(from); message !== false; message = await channel.get(from)) messages.push(message);
  return messages;
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
    const is = found.queues[name];
    if (is !== undefined && is['x-dead-letter-exchange'] !== args['x-dead-letter-exchange']) {
      const messages = await taken(channel, name);
      await channel.deleteQueue(name);
      await channel.assertQueue(name, { arguments: args });
      for (const { content, properties } of messages) channel.sendToQueue(name, content, properties);
      await channel.waitForConfirms();
    }
    await channel.assertQueue(name, { arguments: args });
  }
  for (const { source, destination, key } of plan.bindings) await channel.bindQueue(destination, source, key);
  const planned = new Set(plan.bindings.map(({ source, destination, key }) => JSON.stringify([source, destination, key])));
  for (const { source, destination, key } of found.bindings) {
    if (!planned.has(JSON.stringify([source, destination, key]))) await channel.unbindQueue(destination, source, key);
  }
  await connection.close();
}
