import type { ChannelModel, ConfirmChannel } from 'amqplib';
import type { AnswerContext } from 'warren/grading';

/** Two connections a direction, one to read and one to write, made anew whenever one of them is lost. */
export default async function ({ amqp, url, env, signal }: AnswerContext): Promise<void> {
  const { HERE = '', THERE = '', IN = '', OUT = '' } = env;
  const { hostname, port, username, password } = new URL(url);
  const enter = (vhost: string): Promise<ChannelModel> =>
    amqp.connect({ protocol: 'amqp', hostname, port: Number(port), username, password, vhost, heartbeat: 0 });

  async function direction(here: string, there: string): Promise<void> {
    const near = await enter(here);
    const far = await enter(there);
    const over = Promise.all(
      [near, far]
        .map((connection) => {
          connection.on('error', () => undefined);
          return new Promise((resolve) => connection.once('close', resolve));
        })
        .map((closed) => closed.then(() => Promise.allSettled([near.close(), far.close()]))),
    );
    const source = await near.createConfirmChannel();
    const target = await far.createConfirmChannel();
    await source.prefetch(4);
    await source.consume(OUT, (message) => {
      if (message === null) return;
      const to: ConfirmChannel = message.properties.headers?.for === there ? target : source;
      to.publish('', IN, message.content, message.properties, (error: unknown) => {
        if (error === null) source.ack(message);
      });
    });
    await over;
  }

  async function keep(here: string, there: string): Promise<void> {
    while (!signal.aborted) {
      await direction(here, there).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  void keep(HERE, THERE);
  void keep(THERE, HERE);
}
