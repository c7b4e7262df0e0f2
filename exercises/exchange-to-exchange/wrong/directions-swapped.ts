// fails: routes, leaves, undisturbed
import type { AnswerContext } from 'warren/grading';

interface Department {
  readonly hears: string[];
  readonly teams: string[];
  readonly announces: boolean;
}

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const { COMPANY = '', CHANGES = '', DEPARTMENTS = '{}' } = env;
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  await channel.assertExchange(COMPANY, 'topic');
  for (const [name, { hears, teams, announces }] of Object.entries(JSON.parse(DEPARTMENTS) as Record<string, Department>)) {
    await channel.assertExchange(name, 'fanout');
    for (const team of teams) {
      await channel.assertQueue(team);
      await channel.bindQueue(team, name, '');
    }
    for (const key of hears) await channel.bindExchange(COMPANY, name, key);
    if (announces) await channel.bindExchange(name, COMPANY, '');
  }
  await channel.consume(CHANGES, async (message) => {
    if (message === null) return;
    const { team, leaves } = JSON.parse(message.content.toString()) as { team: string; leaves: string };
    await channel.unbindQueue(team, leaves, '');
    channel.ack(message);
  });
}
