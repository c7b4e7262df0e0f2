// attack: asks the broker to carry messages to other virtual hosts and other nodes
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, log }: AnswerContext): Promise<void> {
  const address = new URL(url);
  for (const vhost of ['/%2F', '/', '/run-12', '/run-13', '/other']) {
    address.pathname = vhost;
    await amqp.connect(address.href).then(
      () => log('let in', vhost),
      (error: Error) => log(vhost, error.message),
    );
  }
  const connection = await amqp.connect(url);
  connection.on('error', () => undefined);
  const channel = await connection.createChannel();
  channel.on('error', () => undefined);
  await channel.assertExchange('out', 'x-federation-upstream').catch((error: Error) => log(error.message));
}
