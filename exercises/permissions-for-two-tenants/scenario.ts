/** After the operator is done, each user tries over AMQP what it should be able to do, and what not. */
import * as amqp from 'amqplib';
import { scenario, type Stage } from 'warren/grading';

interface Try {
  readonly user: 'ANN' | 'BEN' | 'EVE';
  readonly vhost: 'RED' | 'BLUE';
  readonly what: string;
  readonly act?: (channel: amqp.ConfirmChannel) => Promise<unknown>;
}

/** Whether the broker let this user do it. */
async function allowed(stage: Stage, { user, vhost, act }: Try): Promise<boolean> {
  const { env, lab } = stage;
  const login = { user: env[user] ?? '', password: env[`${user}_PASSWORD`] ?? '', vhost: env[vhost] ?? '' };
  const connection = await amqp.connect(lab.url(undefined, login)).catch(() => null);
  if (connection === null) return false;
  connection.on('error', () => undefined);
  try {
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => undefined);
    await act?.(channel);
    return true;
  } catch {
    return false;
  } finally {
    await connection.close().catch(() => undefined);
  }
}

async function published(channel: amqp.ConfirmChannel, exchange: string, key: string): Promise<void> {
  channel.publish(exchange, key, Buffer.from('tried'));
  await channel.waitForConfirms();
}

/** Queues that are there already, so that nobody needs to declare them: the grader may enter for that alone. */
async function furnished(stage: Stage, queues: readonly string[]): Promise<void> {
  const vhost = stage.env.RED ?? '';
  const { exitCode } = await stage.lab.sh`rabbitmqctl set_permissions -p ${vhost} guest .* .* .*`;
  if (exitCode !== 0) return;
  const connection = await amqp.connect(stage.lab.url(undefined, { vhost }));
  const channel = await connection.createConfirmChannel();
  for (const queue of queues) await channel.assertQueue(queue, { durable: true });
  await connection.close();
}

export default scenario({
  async play(stage) {
    const { random, env } = stage;
    const [ann = '', ben = '', eve = '', red = '', blue = '', prefix = '', other = '', own = ''] = random.words(8);
    Object.assign(env, { ANN: ann, BEN: ben, EVE: eve, RED: `shop-${red}`, BLUE: `shop-${blue}`, PREFIX: prefix });
    for (const user of ['ANN', 'BEN', 'EVE']) env[`${user}_PASSWORD`] = random.nonce();
    const hers = `${prefix}.${random.word()}`;
    // What begins with the letters of the prefix, or has it in the middle, does not begin with the prefix and a dot.
    const notHers = [`${prefix}s-${other}`, `${other}.${prefix}.x`, other];

    await stage.operate();
    await furnished(stage, [hers, ...notHers]);
    const work = (user: 'ANN' | 'BEN', vhost: 'RED' | 'BLUE'): Try => ({
      user,
      vhost,
      what: 'declare, bind, publish and read',
      act: async (channel) => {
        await channel.assertExchange(`x-${own}`, 'topic', { durable: true });
        await channel.assertQueue(own, { durable: true });
        await channel.bindQueue(own, `x-${own}`, '#');
        await published(channel, `x-${own}`, 'key');
        await published(channel, '', own);
        await channel.get(own, { noAck: true });
        await channel.deleteQueue(own);
        await channel.deleteExchange(`x-${own}`);
      },
    });
    const wanted: Try[] = [
      work('ANN', 'RED'),
      work('BEN', 'BLUE'),
      { user: 'EVE', vhost: 'RED', what: 'read from her queue', act: (channel) => channel.get(hers, { noAck: true }) },
    ];
    const apart: Try[] = [
      { user: 'ANN', vhost: 'BLUE', what: 'enter' },
      { user: 'BEN', vhost: 'RED', what: 'enter' },
      { user: 'EVE', vhost: 'BLUE', what: 'enter' },
    ];
    const tooMuch: Try[] = [
      ...notHers.map(
        (queue): Try => ({
          user: 'EVE',
          vhost: 'RED',
          what: 'read from a queue that is not hers',
          act: (channel) => channel.get(queue, { noAck: true }),
        }),
      ),
      {
        user: 'EVE',
        vhost: 'RED',
        what: 'declare a queue',
        act: (channel) => channel.assertQueue(`${prefix}.new`, { durable: true }),
      },
      { user: 'EVE', vhost: 'RED', what: 'delete a queue', act: (channel) => channel.deleteQueue(hers, { ifUnused: true }) },
      { user: 'EVE', vhost: 'RED', what: 'publish through the default exchange', act: (channel) => published(channel, '', hers) },
      { user: 'EVE', vhost: 'RED', what: 'publish', act: (channel) => published(channel, 'amq.topic', 'key') },
    ];
    const told = async (tries: readonly Try[], should: boolean): Promise<string[]> => {
      const otherwise: string[] = [];
      for (const each of tries) {
        if ((await allowed(stage, each)) !== should) otherwise.push(`$${each.user} in $${each.vhost}: ${each.what}`);
      }
      return otherwise;
    };
    stage.note('refused', await told(wanted, true));
    stage.note('entered', await told(apart, false));
    stage.note('too much', await told(tooMuch, false));
    const { stdout } = await stage.lab.sh`rabbitmqctl -q list_users --formatter json`;
    stage.note('users', JSON.parse(stdout));
  },
});
