/**
 * An exchange can be bound to another one as a queue can; `bindExchange` names the destination first. The key stays what it
 * was at the publish, over however many exchanges the message goes: that is why what a department announces is heard by its
 * key.
 *
 * The circle from COMPANY to a department and back needs no care, and neither do two ways to one team. The broker first finds out
 * which queues a publish leads to, passing each exchange once, and then puts one copy into each. A program that read in one
 * place and published in another would make a second message that nobody recognises.
 *
 * A team that leaves loses one binding, named as exactly as it was made. Its queue, its other departments and all other teams are
 * not touched. The change is acknowledged when the broker has said that it is done; until then CHANGES keeps it.
 */
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
  await channel.consume(CHANGES, async (message) => {
    if (message === null) return;
    const { team, leaves } = JSON.parse(message.content.toString()) as { team: string; leaves: string };
    await channel.unbindQueue(team, leaves, '');
    channel.ack(message);
  });
}
