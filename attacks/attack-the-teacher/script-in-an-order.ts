// attack: publishes a script in the place of an order, and in every property
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  const channel = await connection.createConfirmChannel();
  const text = '<script>alert(1)</script><img src=x onerror=alert(1)><iframe src=//example.com></iframe>';
  channel.sendToQueue(env.TARGET ?? '', Buffer.from(text), {
    messageId: text,
    type: text,
    appId: text,
    headers: { [text]: text },
  });
  await channel.waitForConfirms();
}
