import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const subscriptions = JSON.parse(env.SUBSCRIPTIONS ?? '{}') as Record<string, string[]>;
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  for (const [queue, patterns] of Object.entries(subscriptions)) {
    await channel.assertQueue(queue);
    for (const pattern of patterns) {
      // TODO: bind the queue; and who gets what matches no pattern?
      void pattern;
    }
  }
}
