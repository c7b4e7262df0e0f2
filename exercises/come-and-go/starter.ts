import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  const tell = (body: string): void => {
    channel.sendToQueue(env.HEARD ?? '', Buffer.from(JSON.stringify({ visitor: env.ROLE, body })));
  };
  // TODO: a queue of this visitor's own, bound to env.NEWS; the queue env.QUESTIONS, shared with the others; a consumer on each.
  void tell;
}
