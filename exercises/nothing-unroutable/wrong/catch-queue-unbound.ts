// fails: caught
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const { OUTBOX = '', SHIP = '', STRAYS = '', CAUGHT = '', UNROUTABLE = '', ROUTES = '{}' } = env;
  const connection = await amqp.connect(url);
  const channel = await connection.createConfirmChannel();
  await channel.assertExchange(STRAYS, 'fanout');
  await channel.assertQueue(CAUGHT);
  await channel.assertExchange(SHIP, 'direct', { alternateExchange: STRAYS });
  for (const [queue, addressees] of Object.entries(JSON.parse(ROUTES) as Record<string, string[]>)) {
    await channel.assertQueue(queue);
    for (const to of addressees) await channel.bindQueue(queue, SHIP, to);
  }
  channel.on('return', ({ content, properties: { headers } }) => {
    channel.sendToQueue(UNROUTABLE, content, { persistent: true, headers });
  });
  await channel.consume(OUTBOX, (letter) => {
    if (letter === null) return;
    const { headers } = letter.properties;
    channel.publish(SHIP, String(headers?.to), letter.content, { mandatory: true, persistent: true, headers }, (refused) => {
      if (refused === null) channel.ack(letter);
    });
  });
}
