import type { AnswerContext } from 'warren/grading';

type Departments = Record<string, { hears: string[]; teams: string[]; announces: boolean }>;

/**
 * All exchanges are topic exchanges; bindings go out in one batch; changes are fetched one at a time, on a channel of their
 * own.
 */
export default async function ({ amqp, url, env, signal }: AnswerContext): Promise<void> {
  const company = env.COMPANY ?? '';
  const departments = JSON.parse(env.DEPARTMENTS ?? '{}') as Departments;
  const connection = await amqp.connect(url);
  connection.on('error', () => undefined);
  const [build, work] = await Promise.all([connection.createChannel(), connection.createChannel()]);
  for (const channel of [build, work]) channel.on('error', () => undefined);
  for (const exchange of [company, ...Object.keys(departments)]) await build.assertExchange(exchange, 'topic', { durable: true });
  const teams = new Set(Object.values(departments).flatMap((department) => department.teams));
  await Promise.all([...teams].map((team) => build.assertQueue(team, { durable: true })));
  await Promise.all(
    Object.entries(departments).flatMap(([name, department]) => [
      ...department.teams.map((team) => build.bindQueue(team, name, '#')),
      ...department.hears.map((key) => build.bindExchange(name, company, key)),
      ...(department.announces ? [build.bindExchange(company, name, '#')] : []),
    ]),
  );
  while (!signal.aborted) {
    const message = await work.get(env.CHANGES ?? '', { noAck: false });
    if (message === false) {
      await new Promise((resolve) => setTimeout(resolve, 25));
      continue;
    }
    const change = JSON.parse(String(message.content)) as { team: string; leaves: string };
    await work.unbindQueue(change.team, change.leaves, '#');
    work.ack(message);
  }
}
