/**
 * Two nets, one behind the other. The alternate exchange is a property of SHIP: what SHIP has no binding for goes on to
 * STRAYS with its key unchanged, whoever has published it. STRAYS is a fanout exchange, for it must take every key. An
 * exchange cannot be given an alternate later: arguments hold from the first declaration on, so STRAYS comes first.
 *
 * The alternate exchange is no promise that the letter comes to a queue: CAUGHT may be gone. A mandatory publish has the
 * broker say so. It comes back as an event of the channel, before its confirm; so in the callback of the confirm all is
 * known. What came back is published on the same channel as the acknowledgement that follows, and arrives before it:
 * whatever is lost with the connection, either the letter is still in OUTBOX, or its copy is in a queue.
 */
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const { OUTBOX = '', SHIP = '', STRAYS = '', CAUGHT = '', UNROUTABLE = '', ROUTES = '{}' } = env;
  const connection = await amqp.connect(url);
  const channel = await connection.createConfirmChannel();
  await channel.assertExchange(STRAYS, 'fanout');
  await channel.assertQueue(CAUGHT);
  await channel.bindQueue(CAUGHT, STRAYS, '');
  await channel.assertExchange(SHIP, 'direct', { alternateExchange: STRAYS });
  for (const [queue, addressees] of Object.entries(JSON.parse(ROUTES) as Record<string, string[]>)) {
    await channel.assertQueue(queue);
    for (const to of addressees) await channel.bindQueue(queue, SHIP, to);
  }
  // All properties are those of the publish; the header says whom it was for.
  channel.on('return', ({ content, properties: { headers } }) => {
    channel.sendToQueue(UNROUTABLE, content, { persistent: true, headers });
  });
  await channel.consume(OUTBOX, (letter) => {
    if (letter === null) return;
    const { headers } = letter.properties;
    channel.publish(SHIP, String(headers?.to), letter.content, { mandatory: true, persistent: true, headers }, (refused) => {
      // Refused, or the connection is lost: it stays in OUTBOX, and comes again.
      if (refused === null) channel.ack(letter);
    });
  });
}
