import type { ConfirmChannel } from 'amqplib';
import type { AnswerContext } from 'warren/grading';

/** Over the spare exchange, a key at a time; the rest is consumed, one by one, and a lost connection is made again. */
export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const { EXCHANGE = '', KEYS = '', OLD = '', NEW = '', SPARE = '', LEVELS = '' } = env;

  async function rest(channel: ConfirmChannel, count: number): Promise<void> {
    if (count === 0) return;
    await channel.prefetch(1);
    let left = count;
    await new Promise<void>((resolve, reject) => {
      channel.once('close', reject);
      const move = channel.consume(OLD, (order) => {
        if (order === null) return;
        channel.sendToQueue(NEW, order.content, order.properties, (error: unknown) => {
          if (error !== null) return reject(error);
          channel.ack(order);
          if (--left === 0) resolve();
        });
      });
      move.catch(reject);
    });
  }

  async function move(): Promise<void> {
    const connection = await amqp.connect(url);
    connection.on('error', () => undefined);
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => undefined);
    await channel.assertQueue(NEW, { durable: true, maxPriority: Number(LEVELS) });
    await channel.bindQueue(NEW, SPARE, '');
    for (const key of KEYS.split(',')) {
      await channel.unbindQueue(OLD, EXCHANGE, key);
      await channel.bindQueue(NEW, EXCHANGE, key);
    }
    await channel.unbindQueue(NEW, SPARE, '');
    const { messageCount } = await channel.checkQueue(OLD);
    await rest(channel, messageCount);
    await channel.deleteQueue(OLD);
    await connection.close();
  }

  for (;;) {
    const isDone = await move().then(
      () => true,
      () => false,
    );
    if (isDone) return;
  }
}
