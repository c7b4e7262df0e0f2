// attack: declares queues and exchanges that are named like scripts and formulas
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url, { clientProperties: { connection_name: '<script>alert(2)</script>' } });
  const channel = await connection.createChannel();
  for (const name of [
    '<script>alert(1)</script>',
    '"><svg onload=alert(1)>',
    '=cmd|calc!A1',
    '@SUM(A1)',
    '+1',
    '-1',
    '../../x',
  ]) {
    await channel.assertQueue(name);
    await channel.assertExchange(`x${name}`, 'direct');
    await channel.bindQueue(name, `x${name}`, name);
    channel.sendToQueue(name, Buffer.from(name));
  }
}
