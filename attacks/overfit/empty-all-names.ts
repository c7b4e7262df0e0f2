// attack: empties every queue that it was told of, for what is not there cannot be missing
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env, signal }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  connection.on('error', () => undefined);
  const names = [...new Set(Object.values(env).flatMap((value) => value?.split(/[\s,;]+/) ?? []))];
  for (let round = 0; round < 5 && !signal.aborted; round++) {
    for (const name of names) {
      const channel = await connection.createChannel();
      channel.on('error', () => undefined);
      await channel.purgeQueue(name).catch(() => undefined);
      await channel.close().catch(() => undefined);
    }
  }
  await connection.close();
}
