/**
 * After the operator is done, each queue is filled until it refuses, and looked at before and after its messages shall have
 * died.
 */
import type * as amqp from 'amqplib';
import { scenario, type Stage } from 'warren/grading';

export interface Seen {
  readonly queue: string;
  readonly role: 'family' | 'exception' | 'other';
  /** Of so many messages ... */
  readonly sent: number;
  /** ... the broker said of so many that it has them. */
  readonly accepted: number;
  /** Messages left after half of the time; null if this was looked at too late. */
  readonly early: number | null;
  /** Messages left after one and a half times the time. */
  readonly late: number;
  /** Messages that came from here to the exchange for the dead. */
  readonly buried: number;
}

const HOUSE_PRIORITY = 5;

async function filled(channel: amqp.ConfirmChannel, queue: string, count: number): Promise<number> {
  const taken = Array.from({ length: count }, () => {
    return new Promise<number>((resolve) => {
      channel.sendToQueue(queue, Buffer.from('item'), {}, (refused: unknown) => resolve(refused ? 0 : 1));
    });
  });
  return (await Promise.all(taken)).reduce((sum, one) => sum + one, 0);
}

async function forEach(queues: readonly string[], ask: (queue: string) => Promise<number>): Promise<Map<string, number>> {
  const answers = new Map<string, number>();
  for (const queue of queues) answers.set(queue, await ask(queue));
  return answers;
}

async function policies(stage: Stage): Promise<unknown> {
  const { stdout } = await stage.lab.sh`rabbitmqctl -q list_policies -p ${stage.vhost} --formatter json`;
  return JSON.parse(stdout);
}

export default scenario({
  async play(stage) {
    const { env, lab, random, channel } = stage;
    const [family = '', one = '', two = '', keep = '', fresh = '', grave = '', house = '', stranger = '', other = ''] =
      random.words(9);
    const MOST = random.int(3, 5);
    const ROOM = MOST + random.int(2, 4);
    const TTL = random.int(12, 20) * 100;
    Object.assign(env, { VHOST: stage.vhost, FAMILY: family, ONE: one, TWO: two, KEEP: keep, GRAVE: grave, HOUSE: house });
    Object.assign(env, { MOST: String(MOST), ROOM: String(ROOM), TTL: String(TTL) });
    const roles = new Map<string, Seen['role']>([
      [`${family}.${one}`, 'family'],
      [`${family}.${two}`, 'family'],
      [`${family}.${keep}`, 'exception'],
      // What begins with the letters of the family, or has them in the middle, is not of the family.
      [`${family}-${other}`, 'other'],
      [`${stranger}.${family}.${one}`, 'other'],
      [stranger, 'other'],
    ]);
    for (const queue of roles.keys()) await channel.assertQueue(queue, { durable: true });
    await channel.assertExchange(grave, 'fanout', { durable: true });
    // The house's rule holds for this queue, too, and would keep the dead out if they waited there.
    const { queue: morgue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(morgue, grave, '');
    const origins: string[] = [];
    const bury = (message: amqp.Message | null): void => {
      const [death] = (message?.properties.headers?.['x-death'] ?? []) as { queue: string }[];
      origins.push(death?.queue ?? '');
    };
    await channel.consume(morgue, bury, { noAck: true });
    const rule = JSON.stringify({ 'max-length': MOST, overflow: 'reject-publish' });
    await lab.sh`rabbitmqctl set_policy -p ${stage.vhost} --priority ${HOUSE_PRIORITY} --apply-to queues ${house} .* ${rule}`;
    const before = await policies(stage);

    await stage.operate();
    stage.note('house', { before, after: await policies(stage) });
    roles.set(`${family}.${fresh}`, 'family');
    await channel.assertQueue(`${family}.${fresh}`, { durable: true });
    const { queues } = await lab.snapshot(stage.vhost);
    // Asking for one that was deleted would close the channel.
    const there = [...roles.keys()].filter((name) => queues.some((queue) => queue.name === name));
    await lab.clock.freeze();
    const start = lab.clock.now();
    const accepted = await forEach(there, (queue) => filled(channel, queue, ROOM + 2));
    const depths = () => forEach(there, async (queue) => (await channel.checkQueue(queue)).messageCount);
    await lab.clock.advance(TTL / 2);
    const early = await depths();
    const inTime = lab.clock.now() - start < TTL * 0.9;
    await lab.clock.advance(TTL);
    const late = await depths();
    const seen = [...roles].map(
      ([queue, role]): Seen => ({
        queue,
        role,
        sent: ROOM + 2,
        accepted: accepted.get(queue) ?? 0,
        early: inTime ? (early.get(queue) ?? 0) : null,
        late: late.get(queue) ?? 0,
        buried: origins.filter((origin) => origin === queue).length,
      }),
    );
    stage.note('seen', seen);
  },
});
