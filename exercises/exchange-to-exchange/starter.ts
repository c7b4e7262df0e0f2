import type { AnswerContext } from 'warren/grading';

interface Department {
  readonly hears: string[];
  readonly teams: string[];
  readonly announces: boolean;
}

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const { COMPANY = '', CHANGES = '' } = env;
  const departments = JSON.parse(env.DEPARTMENTS ?? '{}') as Record<string, Department>;
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  await channel.assertExchange(COMPANY, 'topic');
  // TODO: the exchanges of the departments, their teams, and the bindings.
  void departments;
  await channel.consume(CHANGES, (message) => {
    if (message === null) return;
    // TODO: carry it out.
  });
}
