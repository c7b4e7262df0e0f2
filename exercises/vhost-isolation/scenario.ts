/** Two virtual hosts with queues of the same names. In each direction one message is lost on its way, with its connection. */
import type * as amqp from 'amqplib';
import { scenario, type Program } from 'warren/grading';

const LOST = 'a message was lost on its way to the other side';
/** Two are ended by the lost connections, and one works. */
const LIVES = 5;
/** A slow machine is no fault of the answer's. */
const LIMIT_MS = 45_000;

/** A message of a shop's, and where it belongs. */
export interface Sent {
  readonly body: string;
  readonly from: string;
  readonly to: string;
  readonly id: string;
  readonly mark: string | null;
}

export interface Arrived {
  readonly vhost: string;
  readonly body: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

export default scenario({
  sometimes: [LOST],
  async play(stage) {
    const { random, lab } = stage;
    const [shop = '', OUT = '', IN = '', stranger = ''] = random.words(4);
    const HERE = stage.vhost;
    const away = `shops/${shop}`;
    Object.assign(stage.env, { HERE, THERE: away, OUT, IN });
    const channels = new Map<string, amqp.ConfirmChannel>([
      [HERE, stage.channel],
      [away, await stage.addVhost(away)],
    ]);
    const arrived: Arrived[] = [];
    const left = new Set<string>();
    const sent: Sent[] = [];
    for (const [vhost, channel] of channels) {
      for (const queue of [OUT, IN]) await channel.assertQueue(queue, { durable: true });
      const other = vhost === HERE ? away : HERE;
      // Some of each kind, and most for the other side.
      const marks = [
        other,
        other,
        other,
        vhost,
        stranger,
        null,
        ...Array.from({ length: 6 }, () => random.pick([other, vhost, null])),
      ];
      for (const mark of random.shuffle(marks)) {
        const to = mark === other ? other : vhost;
        const message: Sent = { body: `item-${random.nonce()}`, from: vhost, to, id: random.nonce(), mark };
        sent.push(message);
        left.add(`${to} ${message.body}`);
        const headers = { shelf: random.word(), ...(mark === null ? {} : { for: mark }) };
        const properties = { persistent: true, messageId: message.id, contentType: 'text/plain', headers };
        channel.sendToQueue(OUT, Buffer.from(message.body), properties);
      }
      await channel.waitForConfirms();
      const take = (message: amqp.ConsumeMessage | null): void => {
        if (message === null) return;
        const body = message.content.toString();
        arrived.push({ vhost, body, properties: { ...message.properties } });
        left.delete(`${vhost} ${body}`);
      };
      await channel.consume(IN, take, { noAck: true });
    }
    stage.note('sent', sent);

    const loseAt = new Map([HERE, away].map((vhost) => [vhost, random.int(1, 3)]));
    const vhostOf = new Map<number, string>();
    stage.atEach(({ method, connection, args, content }, line) => {
      if (method === 'connection.open') vhostOf.set(connection, String(args.virtualHost));
      if (method !== 'basic.publish') return;
      const vhost = vhostOf.get(connection) ?? '';
      const body = content?.body.toString();
      if (!sent.some((each) => each.body === body && each.to === vhost && each.from !== vhost)) return;
      const before = loseAt.get(vhost) ?? 0;
      loseAt.set(vhost, before - 1);
      if (before !== 1) return;
      stage.sometimes(LOST);
      line.cut();
    });
    const emptied = async (): Promise<boolean> => {
      for (const vhost of channels.keys()) {
        const { queues } = await lab.snapshot(vhost);
        if (queues.some(({ name, ready, unacked }) => name === OUT && ready + unacked > 0)) return false;
      }
      return true;
    };
    let program: Program | null = null;
    let held = false;
    for (let life = 1; life <= LIVES && !held && program?.hasEnded !== false; life++) {
      const bridge: Program = await stage.program(`bridge-${life}`);
      program = bridge;
      const carried = async (): Promise<boolean> => {
        held = !bridge.hasEnded && left.size === 0 && (await emptied());
        return held || bridge.hasEnded;
      };
      await stage.until('everything carried', carried, { limitMs: LIMIT_MS });
    }
    await program?.stop();
    stage.note('held', held);
    stage.note('arrived', arrived);
  },
});
