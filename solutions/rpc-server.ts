/**
 * A reply goes to the queue that the request names, with the request's id: the queue tells clients apart, the id tells a client's
 * requests apart. Everything that can go wrong with a request is a reply as well. The acknowledgement stands behind the reply
 * on the same channel: if the connection is lost between them, the request comes again and is answered again. Both can be
 * lost, but never the reply alone. A request without reply_to is acknowledged: put back, it would come again for ever.
 */
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env, signal }: AnswerContext): Promise<void> {
  while (!signal.aborted) {
    try {
      const connection = await amqp.connect(url);
      connection.on('error', () => undefined);
      const closed = new Promise((resolve) => connection.once('close', resolve));
      const channel = await connection.createChannel();
      channel.on('error', () => undefined);
      await channel.prefetch(10);
      await channel.consume(env.REQUESTS ?? '', (message) => {
        if (message === null) return;
        const { replyTo, correlationId } = message.properties;
        if (replyTo) channel.sendToQueue(replyTo, Buffer.from(JSON.stringify(answerTo(message.content))), { correlationId });
        channel.ack(message);
      });
      await closed;
    } catch {
      // The broker cannot be reached now: not at once again.
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function answerTo(request: Buffer): { result: number } | { error: string } {
  try {
    const { op, values } = JSON.parse(request.toString()) as { op: string; values: number[] };
    if (values.some((value) => typeof value !== 'number')) return { error: 'values must be numbers' };
    if (op === 'sum') return { result: values.reduce((total, value) => total + value, 0) };
    if (op === 'max') return { result: Math.max(...values) };
    return { error: `there is no operation '${op}'` };
  } catch (error) {
    return { error: `the request cannot be read: ${(error as Error).message}` };
  }
}
