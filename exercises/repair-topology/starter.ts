import type { AnswerContext } from 'warren/grading';

interface Topology {
  readonly exchanges: Record<string, string>;
  readonly queues: Record<string, Record<string, unknown>>;
  readonly bindings: { source: string; destination: string; key: string }[];
}

export default async function ({ amqp, url, env, log }: AnswerContext): Promise<void> {
  const plan = JSON.parse(env.PLAN ?? '{}') as Topology;
  const found = JSON.parse(env.FOUND ?? '{}') as Topology;
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  log('planned', plan, 'found', found);
  // TODO: make it as planned.
  await channel.close();
  await connection.close();
}
