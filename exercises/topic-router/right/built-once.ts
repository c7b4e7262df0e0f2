import type { AnswerContext } from 'warren/grading';

/** Builds on a connection of its own; reports on another one, with confirms, which alone comes back. */
export default async function ({ amqp, url, env, log }: AnswerContext): Promise<void> {
  const queue = 'beside';
  await build();
  await report();

  async function build(): Promise<void> {
    const connection = await amqp.connect(url);
    const channel = await connection.createChannel();
    const exchange = env.EVENTS ?? '';
    await channel.assertQueue(queue, { durable: true });
    await channel.assertExchange('no-takers', 'topic', { durable: true });
    await channel.bindQueue(queue, 'no-takers', '#');
    await channel.assertExchange(exchange, 'topic', { durable: true, arguments: { 'alternate-exchange': 'no-takers' } });
    const subscriptions: [string, string[]][] = Object.entries(JSON.parse(env.SUBSCRIPTIONS ?? '{}'));
    await Promise.all(subscriptions.map(([name]) => channel.assertQueue(name, { durable: true })));
    await Promise.all(subscriptions.flatMap(([name, keys]) => keys.map((key) => channel.bindQueue(name, exchange, key))));
    await connection.close();
  }

  async function report(): Promise<void> {
    const connection = await amqp.connect(url);
    connection.on('error', (error) => log(error.message));
    connection.on('close', () => void report().catch(() => setTimeout(report, 100)));
    const channel = await connection.createConfirmChannel();
    channel.on('error', (error) => log(error.message));
    const tell = (text: string, then: () => void): void => {
      channel.publish('', env.REPORTS ?? '', Buffer.from(text), { deliveryMode: 2 }, (error: unknown) => {
        if (error === null) then();
      });
    };
    await channel.prefetch(4);
    await channel.consume(queue, (message) => {
      if (message === null) return;
      const { routingKey: key } = message.fields;
      tell(JSON.stringify({ body: message.content.toString('utf8'), key }), () => channel.ack(message));
    });
    tell('ready', () => log('reporting'));
  }
}
