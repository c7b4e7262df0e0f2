/**
 * Orders are published at each step of a program that moves a queue, most of all while it changes bindings. Once it is cut
 * off.
 */
import { scenario, takeAll, type Program } from 'warren/grading';

const LOST = 'an order was lost on the move';
const BETWEEN = 'orders came while bindings changed';
/** One is ended by the lost connection. */
const LIVES = 4;
/** A slow machine is no fault of the answer's. */
const LIMIT_MS = 45_000;
/** Answers of the broker after which orders come, and how many. */
const BURSTS: Readonly<Record<string, number>> = {
  'queue.declare-ok': 1,
  'queue.bind-ok': 2,
  'queue.unbind-ok': 2,
  'basic.get-empty': 2,
  'basic.cancel-ok': 2,
};
/** However many steps a program takes. */
const BURSTS_MOST = 20;

/** `meanwhile`: while the program moved. `after`: when it had said that it is done. */
export interface Sent {
  readonly body: string;
  readonly id: string;
  readonly when: 'waiting' | 'meanwhile' | 'after';
}

export interface Found {
  readonly body: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

export default scenario({
  sometimes: [LOST, BETWEEN],
  async play(stage) {
    const { random, env, channel } = stage;
    const [EXCHANGE = '', OLD = '', NEW = '', SPARE = '', ...keys] = random.words(4 + random.int(2, 3));
    Object.assign(env, { EXCHANGE, OLD, NEW, SPARE, KEYS: keys.join(','), LEVELS: String(random.int(3, 9)) });
    await channel.assertExchange(SPARE, 'fanout', { durable: true });
    await channel.assertExchange(EXCHANGE, 'direct', { durable: true, alternateExchange: SPARE });
    await channel.assertQueue(OLD, { durable: true });
    for (const key of keys) await channel.bindQueue(OLD, EXCHANGE, key);
    const sent: Sent[] = [];
    const send = (when: Sent['when'], count: number): void => {
      for (let i = 0; i < count; i++) {
        const order: Sent = { body: `order-${random.nonce()}`, id: random.nonce(), when };
        sent.push(order);
        const properties = { persistent: true, messageId: order.id, contentType: 'text/plain' };
        channel.publish(EXCHANGE, random.pick(keys), Buffer.from(order.body), properties);
      }
    };
    send('waiting', random.int(8, 12));
    await channel.waitForConfirms();

    let bursts = 0;
    let countdown = random.int(2, 4);
    stage.atEach(({ method, args }, line) => {
      const burst = BURSTS[method] ?? 0;
      if (burst > 0 && ++bursts <= BURSTS_MOST) {
        send('meanwhile', burst);
        if (method === 'queue.unbind-ok') stage.sometimes(BETWEEN);
      }
      if (method !== 'basic.publish' || (args.routingKey !== NEW && args.exchange !== SPARE) || --countdown !== 0) return;
      stage.sometimes(LOST);
      line.cut();
    });
    let isOver = false;
    let program: Program | null = null;
    for (let life = 1; life <= LIVES && !isOver; life++) {
      const mover: Program = await stage.program(`mover-${life}`);
      program = mover;
      await stage.until('the end of the move', () => mover.fate.state !== 'running', { limitMs: LIMIT_MS });
      const { state } = mover.fate;
      if (state === 'running') break;
      if (state !== 'resolved') await stage.until('the program to be gone', () => mover.hasEnded, { limitMs: LIMIT_MS });
      isOver = state === 'resolved' || mover.fate.exitCode === 0;
    }
    stage.note('over', isOver);
    await channel.waitForConfirms();
    send('after', 4);
    await channel.waitForConfirms();
    await program?.stop();
    const { [NEW]: moved = [] } = await takeAll(stage, [NEW]);
    stage.note('sent', sent);
    stage.note(
      'found',
      moved.map(({ content, properties }): Found => ({ body: content.toString(), properties: { ...properties } })),
    );
  },
});
