import type { AnswerContext } from 'warren/grading';
import type { ConfirmChannel } from 'amqplib';

interface Topology {
  readonly exchanges: Record<string, string>;
  readonly queues: Record<string, Record<string, unknown>>;
  readonly bindings: { source: string; destination: string; key: string }[];
}

const SHELTER = 'shelter.';

/** Shelters the messages of all queues, takes everything down, builds the plan, and brings the messages back; by consumers. */
export default async function ({ amqp, url, env, log }: AnswerContext): Promise<void> {
  const [plan, found] = [env.PLAN, env.FOUND].map((text) => JSON.parse(text ?? '{}') as Topology) as [Topology, Topology];
  const connection = await amqp.connect(url);
  const channel = await connection.createConfirmChannel();
  const work = Object.keys(found.queues).filter((name) => !name.startsWith(SHELTER));
  for (const queue of work) {
    await channel.assertQueue(SHELTER + queue, { durable: true });
    log(queue, await carry(channel, queue, SHELTER + queue), 'messages sheltered');
    await channel.deleteQueue(queue);
  }
  for (const exchange of Object.keys(found.exchanges)) await channel.deleteExchange(exchange);
  await Promise.all(Object.entries(plan.exchanges).map(([name, kind]) => channel.assertExchange(name, kind, { durable: true })));
  for (const [name, args] of Object.entries(plan.queues)) await channel.assertQueue(name, { durable: true, arguments: args });
  for (const { source, destination, key } of plan.bindings) await channel.bindQueue(destination, source, key);
  const shelters = new Set([
    ...work.map((queue) => SHELTER + queue),
    ...Object.keys(found.queues).filter((name) => !work.includes(name)),
  ]);
  for (const shelter of shelters) {
    await carry(channel, shelter, shelter.slice(SHELTER.length));
    await channel.deleteQueue(shelter, { ifEmpty: true });
  }
  await connection.close();
}

/** Carries as many messages as wait now. */
async function carry(channel: ConfirmChannel, from: string, to: string): Promise<number> {
  const { messageCount } = await channel.checkQueue(from);
  if (messageCount === 0) return 0;
  let carried = 0;
  await new Promise<void>((resolve, reject) => {
    const begun = channel.consume(
      from,
      (message) => {
        if (message === null) return;
        channel.sendToQueue(to, message.content, message.properties, (error) => {
          if (error !== null) return reject(error as Error);
          channel.ack(message);
          carried += 1;
          if (carried === messageCount) resolve();
        });
      },
      { consumerTag: `from ${from}` },
    );
    begun.catch(reject);
  });
  await channel.cancel(`from ${from}`);
  return carried;
}
