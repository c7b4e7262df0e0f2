import type { AnswerContext } from 'warren/grading';

interface Request {
  readonly op: 'sum' | 'max';
  readonly values: readonly number[];
}

function resultOf({ op, values }: Request): number {
  return op === 'sum' ? values.reduce((total, value) => total + value, 0) : Math.max(...values);
}

export default async function ({ amqp, url, env, log }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  await channel.consume(env.REQUESTS ?? '', (message) => {
    if (message === null) return;
    const { replyTo, correlationId } = message.properties;
    log(replyTo, correlationId, resultOf(JSON.parse(message.content.toString()) as Request));
    // TODO: send the reply; say what cannot be answered; acknowledge; come back when the connection is lost.
  });
}
