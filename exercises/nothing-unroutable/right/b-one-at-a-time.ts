import type { AnswerContext } from 'warren/grading';

/** Takes a letter, publishes it, waits, looks whether it came back; what came back goes over a channel of its own. Reconnects. */
export default async function ({ amqp, url, env, signal }: AnswerContext): Promise<void> {
  const routes = Object.entries(JSON.parse(env.ROUTES ?? '{}') as Record<string, string[]>);
  const { OUTBOX = '', SHIP = '', STRAYS = '', CAUGHT = '', UNROUTABLE = '' } = env;
  async function session(): Promise<void> {
    const connection = await amqp.connect(url);
    connection.on('error', () => undefined);
    const closed = new Promise((resolve) => connection.once('close', resolve));
    const [letters, office, back] = await Promise.all([
      connection.createChannel(),
      connection.createConfirmChannel(),
      connection.createConfirmChannel(),
    ]);
    for (const channel of [letters, office, back]) channel.on('error', () => undefined);
    // A topic exchange with # takes every key, too.
    await office.assertExchange(STRAYS, 'topic', { durable: true });
    await office.assertExchange(SHIP, 'direct', { durable: true, arguments: { 'alternate-exchange': STRAYS } });
    for (const [queue, addressees] of routes) {
      await office.assertQueue(queue, { durable: true });
      await Promise.all(addressees.map((to) => office.bindQueue(queue, SHIP, to)));
    }
    await office.assertQueue(CAUGHT, { durable: true });
    await office.bindQueue(CAUGHT, STRAYS, '#');
    let returned = false;
    office.on('return', () => {
      returned = true;
    });
    await letters.prefetch(1);
    await letters.consume(OUTBOX, async (letter) => {
      if (letter === null) return;
      const properties = { deliveryMode: 2, headers: { to: letter.properties.headers?.to } };
      try {
        returned = false;
        office.publish(SHIP, String(properties.headers.to), letter.content, { mandatory: true, ...properties });
        await office.waitForConfirms();
        if (returned) back.sendToQueue(UNROUTABLE, letter.content, properties);
        await back.waitForConfirms();
        letters.ack(letter);
      } catch {
        // The connection is lost, and the letter comes again.
      }
    });
    await closed;
  }
  while (!signal.aborted) await session().catch(() => new Promise((resolve) => setTimeout(resolve, 60)));
}
