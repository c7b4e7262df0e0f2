import type { AnswerContext } from 'warren/grading';

/** Fetches what waits, publishes it all, waits for all confirms, then acknowledges all at once. No consumer. */
export default async function ({ amqp, url, env, signal }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  const channel = await connection.createConfirmChannel();
  const named = (name: string): string => env[name] ?? '';
  await channel.assertExchange(named('STRAYS'), 'fanout');
  await channel.assertExchange(named('SHIP'), 'direct', { alternateExchange: named('STRAYS') });
  await channel.assertQueue(named('CAUGHT'));
  await channel.bindQueue(named('CAUGHT'), named('STRAYS'), 'whatever');
  const routes = JSON.parse(named('ROUTES')) as Record<string, string[]>;
  for (const queue of Object.keys(routes)) await channel.assertQueue(queue);
  for (const [queue, addressees] of Object.entries(routes))
    for (const to of addressees) await channel.bindQueue(queue, named('SHIP'), to);
  const cameBack: { content: Buffer; headers: object | undefined }[] = [];
  channel.on('return', ({ content, properties }) => cameBack.push({ content, headers: properties.headers }));
  while (!signal.aborted) {
    let taken = 0;
    for (let letter = await channel.get(named('OUTBOX')); letter !== false; letter = await channel.get(named('OUTBOX'))) {
      const { headers } = letter.properties;
      channel.publish(named('SHIP'), String(headers?.to), letter.content, { headers, persistent: true, mandatory: true });
      taken += 1;
    }
    await channel.waitForConfirms();
    for (const { content, headers } of cameBack.splice(0)) {
      channel.sendToQueue(named('UNROUTABLE'), content, { headers, persistent: true });
    }
    await channel.waitForConfirms();
    if (taken > 0) channel.ackAll();
    else await new Promise((resolve) => setTimeout(resolve, 30));
  }
}
