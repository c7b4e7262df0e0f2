import type { AnswerContext } from 'warren/grading';

interface Department {
  readonly hears: readonly string[];
  readonly teams: readonly string[];
  readonly announces: boolean;
}

/** Each team has an exchange in front of its queue, and each department a second one for what COMPANY sends. */
export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const departments = new Map(Object.entries(JSON.parse(env.DEPARTMENTS ?? '{}') as Record<string, Department>));
  const { COMPANY = '', CHANGES = '' } = env;
  const doorOf = (team: string): string => `door.${team}`;
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  await channel.assertExchange(COMPANY, 'topic', { durable: true });
  for (const [name, { hears, teams, announces }] of departments) {
    const inner = `inner.${name}`;
    await channel.assertExchange(name, 'fanout', { durable: true });
    await channel.assertExchange(inner, 'fanout', { durable: true, internal: true });
    await channel.bindExchange(inner, name, '');
    for (const pattern of hears) await channel.bindExchange(inner, COMPANY, pattern);
    for (const team of teams) {
      await channel.assertQueue(team, { durable: true });
      await channel.assertExchange(doorOf(team), 'fanout', { durable: true, internal: true });
      await channel.bindQueue(team, doorOf(team), '');
      await channel.bindExchange(doorOf(team), inner, '');
    }
    if (announces) await channel.bindExchange(COMPANY, name, '');
  }
  await channel.prefetch(1);
  await channel.consume(CHANGES, (message) => {
    if (message === null) return;
    const { team, leaves } = JSON.parse(message.content.toString()) as Record<'team' | 'leaves', string>;
    channel.unbindExchange(doorOf(team), `inner.${leaves}`, '').then(
      () => channel.ack(message),
      () => undefined,
    );
  });
}
