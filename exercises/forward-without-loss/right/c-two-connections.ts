/** One connection to read and one to write; a refused publish is tried again until it is taken, and only then acknowledged. */
import type * as amqplib from 'amqplib';
import type { AnswerContext } from 'warren/grading';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export default async function ({ amqp, url, env, signal }: AnswerContext): Promise<void> {
  const { SOURCE = '', TARGET = '' } = env;

  function publish(to: amqplib.ConfirmChannel, content: Buffer): Promise<boolean> {
    return new Promise((resolve) => {
      to.sendToQueue(TARGET, content, { persistent: true }, (error: unknown) => resolve(error === null));
    });
  }

  async function session(): Promise<void> {
    const open: amqplib.ChannelModel[] = [];
    let over = false;
    const ends: Promise<void>[] = [];
    const connect = async (): Promise<amqplib.ChannelModel> => {
      const connection = await amqp.connect(url, { noDelay: true });
      open.push(connection);
      connection.on('error', () => undefined);
      ends.push(new Promise((resolve) => connection.once('close', () => resolve())));
      return connection;
    };
    try {
      const reader = await (await connect()).createChannel();
      const writer = await (await connect()).createConfirmChannel();
      for (const channel of [reader, writer]) channel.on('error', () => undefined);
      await reader.prefetch(1);
      await reader.consume(SOURCE, async (message) => {
        if (message === null) return;
        try {
          while (!over && !(await publish(writer, message.content))) await pause(20);
          if (!over) reader.ack(message);
        } catch {
          over = true;
        }
      });
      await Promise.race(ends);
    } finally {
      over = true;
      await Promise.all(open.map((connection) => connection.close().catch(() => undefined)));
    }
  }

  while (!signal.aborted) {
    await session().catch(() => undefined);
    await pause(30);
  }
}
