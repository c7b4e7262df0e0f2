// fails: undisturbed
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
    for (const key of hears) await channel.bindExchange(name, COMPANY, key);
    if (announces) await channel.bindExchange(COMPANY, name, '');
  }
  const departments = JSON.parse(DEPARTMENTS) as Record<string, Department>;
  await channel.consume(CHANGES, async (message) => {
    if (message === null) return;
    const { team, leaves } = JSON.parse(message.content.toString()) as { team: string; leaves: string };
    const department = departments[leaves];
    if (department === undefined) return;
    department.teams.splice(department.teams.indexOf(team), 1);
    await channel.deleteExchange(leaves);
    await channel.assertExchange(leaves, 'fanout');
    for (const other of department.teams) await channel.bindQueue(other, leaves, '');
    for (const key of department.hears) await channel.bindExchange(leaves, COMPANY, key);
    if (department.announces) await channel.bindExchange(COMPANY, leaves, '');
    channel.ack(message);
  });
}
