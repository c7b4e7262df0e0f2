import type { AnswerContext } from 'warren/grading';

/** Requests come on one channel, replies go out on another one of the same connection; one request at a time. */
export default async function ({ amqp, url, env, signal }: AnswerContext): Promise<void> {
  while (!signal.aborted) await session().catch(() => new Promise((resolve) => setTimeout(resolve, 60)));

  async function session(): Promise<void> {
    const connection = await amqp.connect(url);
    const closed = new Promise<void>((resolve) => {
      connection.on('close', () => resolve());
    });
    connection.on('error', () => undefined);
    const incoming = await connection.createChannel();
    const outgoing = await connection.createConfirmChannel();
    for (const channel of [incoming, outgoing]) channel.on('error', () => undefined);
    await incoming.prefetch(1);
    await incoming.consume(env.REQUESTS ?? '', async (message) => {
      if (message === null) return;
      const { replyTo, correlationId } = message.properties;
      if (replyTo) {
        let reply: Record<string, unknown>;
        try {
          const request = JSON.parse(message.content.toString());
          reply = { result: compute(request) };
        } catch (error) {
          reply = { error: `${error}` };
        }
        outgoing.sendToQueue(replyTo, Buffer.from(JSON.stringify(reply)), { correlationId });
        try {
          await outgoing.waitForConfirms();
        } catch {
          return;
        }
      }
      if (!signal.aborted) incoming.ack(message);
    });
    await closed;
  }
}

function compute({ op, values }: { op: string; values: number[] }): number {
  for (const value of values) if (typeof value !== 'number') throw new TypeError('values: numbers only');
  switch (op) {
    case 'sum':
      return values.reduce((a, b) => a + b, 0);
    case 'max':
      return Math.max(...values);
    default:
      throw new RangeError('op: sum or max');
  }
}
