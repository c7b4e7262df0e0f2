/** Letters and orders come at once; some orders make the broker close a channel, and after that more letters come. */
import { scenario, takeAll, type Stage } from 'warren/grading';

const CLOSED = 'the broker closed a channel';

/** A slow machine is no fault of the answer's. */
const LIMIT_MS = 40_000;

/** An order, and what its answer must say. */
interface Order {
  readonly order: Readonly<Record<string, string>>;
  readonly code: number;
  readonly messages?: number;
}

export default scenario({
  sometimes: [CLOSED],
  async play(stage) {
    const { random, channel } = stage;
    const [IN = '', OUT = '', ORDERS = '', ANSWERS = ''] = random.words(4).map((word) => `office.${word}`);
    Object.assign(stage.env, { IN, OUT, ORDERS, ANSWERS, CHANNELS: String(random.int(5, 7)) });
    for (const queue of [IN, OUT, ORDERS, ANSWERS]) await channel.assertQueue(queue, { durable: true });
    const orders = await ordersOf(stage);
    const letters: string[] = [];
    stage.note('orders', orders);
    stage.note('letters', letters);
    const send = (): void => {
      const letter = `letter-${random.nonce()}`;
      letters.push(letter);
      channel.sendToQueue(IN, Buffer.from(letter), { persistent: true });
    };

    const gone = new Set<string>();
    let answers = 0;
    stage.atEach(({ method, from, args, content }) => {
      if (method === 'channel.close' && from === 'broker') {
        stage.sometimes(CLOSED);
        // Whoever lost more than this channel does not get it.
        send();
      }
      if (method !== 'basic.publish') return;
      if (args.routingKey === OUT) gone.add(content?.body.toString() ?? '');
      if (args.routingKey === ANSWERS) answers += 1;
    });
    await stage.program();
    for (let count = random.int(5, 7); count > 0; count--) send();
    for (const { order } of orders) channel.sendToQueue(ORDERS, Buffer.from(JSON.stringify(order)), { persistent: true });
    await channel.waitForConfirms();
    await stage.until('an answer to every order', () => answers >= orders.length, { limitMs: LIMIT_MS });
    for (let count = random.int(5, 7); count > 0; count--) send();
    await channel.waitForConfirms();
    await stage.until('every letter to go on', () => letters.every((each) => gone.has(each)), { limitMs: LIMIT_MS });
    const settled = async (): Promise<boolean> => {
      const { queues } = await stage.lab.snapshot(stage.vhost);
      // A queue that somebody has deleted holds nothing.
      return !queues.some(({ name, ready, unacked }) => (name === IN || name === ORDERS) && ready + unacked > 0);
    };
    await stage.until('everything acknowledged', settled, { limitMs: LIMIT_MS });
    await stage.listing('done');
    const taken = await takeAll(stage, [OUT, ANSWERS]);
    for (const [name, queue] of Object.entries({ 'came out': OUT, answers: ANSWERS })) {
      const bodies = (taken[queue] ?? []).map(({ content }) => content.toString());
      stage.note(name, bodies);
    }
  },
});

/** Orders of all kinds, in any order, and what they ask about. */
async function ordersOf({ random, channel }: Stage): Promise<Order[]> {
  const words = random.words(20).map((word) => `${word}-${random.int(10, 99)}`);
  const next = (): string => words.shift() ?? '';
  const types = ['direct', 'fanout', 'topic'];
  const made: Omit<Order, 'order'>[] = [];
  const asked: Readonly<Record<string, string>>[] = [];
  const order = (what: Readonly<Record<string, string>>, code: number, messages?: number): void => {
    asked.push({ id: random.nonce(), ...what });
    made.push({ code, ...(messages === undefined ? {} : { messages }) });
  };
  for (let count = random.int(2, 3); count > 0; count--) {
    const full = next();
    const messages = random.int(0, 4);
    await channel.assertQueue(full, { durable: true });
    for (let each = 0; each < messages; each++) channel.sendToQueue(full, Buffer.from(random.nonce()), { persistent: true });
    order({ count: full }, 200, messages);
    order({ count: next() }, 404);
    const [type = '', other = ''] = random.shuffle(types);
    const there = next();
    await channel.assertExchange(there, type, { durable: true });
    order({ make: there, type: other }, 406);
    order({ make: next(), type }, 200);
  }
  // Of the grader's connection alone.
  const locked = next();
  await channel.assertQueue(locked, { exclusive: true });
  order({ count: locked }, 405);
  return random.shuffle(asked.map((each, place) => ({ order: each, ...(made[place] as Omit<Order, 'order'>) })));
}
