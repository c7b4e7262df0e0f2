/**
 * Orders, some of them repeated; a bank that takes what arrives; and a program that dies at the worst moments and is started
 * again.
 */
import { scenario, type Program, type WireRecord } from 'warren/grading';

/** The moments at which the program dies, and the records at which they come. */
const MOMENTS: Readonly<Record<string, (record: WireRecord) => boolean>> = {
  'a publish was lost': ({ method }) => method === 'basic.publish',
  'an acknowledgement was lost': ({ method, from }) => method === 'basic.ack' && from === 'program',
};
/** Beyond so many lives the program does nothing but die. */
const LIVES = 6;

interface Order {
  readonly order: string;
  readonly amount: number;
}

/** A slow machine is no fault of the answer's. */
const PATIENCE = { idleMs: 1000, limitMs: 100_000 };

export default scenario({
  sometimes: Object.keys(MOMENTS),
  async play(stage) {
    const { random } = stage;
    const [ORDERS = '', CHARGES = '', MEMORY = ''] = random.words(3);
    Object.assign(stage.env, { ORDERS, CHARGES, MEMORY });
    for (const queue of [ORDERS, CHARGES]) await stage.channel.assertQueue(queue, { durable: true });
    const charges: string[] = [];
    const take = (message: { content: Buffer } | null): void => {
      if (message !== null) charges.push(message.content.toString());
    };
    await stage.channel.consume(CHARGES, take, { noAck: true });
    // The answer to the last question comes behind all that was given out.
    const bankHasAll = async (): Promise<void> => {
      await stage.until('the bank to have all charges', async () => (await stage.depth(CHARGES)) === 0);
      await stage.channel.checkQueue(CHARGES);
    };
    const send = ({ order, amount }: Order, attempt: number): void => {
      const body = JSON.stringify({ order, amount, attempt });
      stage.channel.sendToQueue(ORDERS, Buffer.from(body), { persistent: true, messageId: random.nonce() });
    };

    const amounts = [random.int(10, 40), random.int(50, 90)];
    const orders = Array.from(
      { length: random.int(14, 18) },
      (): Order => ({ order: random.nonce(), amount: random.pick(amounts) }),
    );
    const sent = orders.map((order, i) => ({ order, attempt: 1, place: i }));
    const repeated = random.shuffle(orders).slice(0, 6);
    for (const order of repeated) sent.push({ order, attempt: 2, place: orders.indexOf(order) + random.int(0, 5) + 0.5 });
    sent.sort((a, b) => a.place - b.place);
    for (const { order, attempt } of sent) send(order, attempt);
    await stage.channel.waitForConfirms();
    stage.note('orders', orders);

    // Three deaths and one more between two publishes for one order, if a program makes two.
    const moments = random.shuffle([...Object.keys(MOMENTS), random.pick(Object.keys(MOMENTS))]);
    let settled = 0;
    let sinceSettled = 0;
    let between = true;
    let next = random.int(1, 3);
    let program: Program | null = null;
    const dying = (record: WireRecord): boolean => {
      if (record.method === 'basic.publish' && ++sinceSettled > 1 && between) {
        between = false;
        return true;
      }
      const [moment] = moments;
      if (moment === undefined || settled < next || !MOMENTS[moment]?.(record)) return false;
      moments.shift();
      stage.sometimes(moment);
      return true;
    };
    let deaths = 0;
    let dead: WireRecord['connection'] = 0;
    let alive = true;
    stage.atEach((record, line) => {
      if (!alive || record.connection <= dead) return;
      if (dying(record)) {
        dead = record.connection;
        deaths += 1;
        alive = false;
        next = settled + random.int(1, 3);
        line.cut();
        void program?.kill();
        return;
      }
      if (record.method === 'basic.ack' && record.from === 'program') {
        settled += 1;
        sinceSettled = 0;
      }
    });
    const lives = async (what: string, name: string): Promise<void> => {
      let held = false;
      for (let life = 1; life <= LIVES && !held; life++) {
        const before = deaths;
        sinceSettled = 0;
        alive = true;
        program = await stage.program(`${name}-${life}`);
        const charged = (): boolean => orders.every(({ order }) => charges.some((charge) => charge.includes(order)));
        const empty = async (): Promise<boolean> => (await stage.depth(ORDERS)) === 0 && (await stage.unsettled(ORDERS)) === 0;
        // A real broker cannot always be asked while it clears away what was killed.
        const taken = async (): Promise<boolean> => deaths > before || (charged() && (await empty().catch(() => false)));
        held = (await stage.until(what, taken, PATIENCE)) && deaths === before;
        if (!held && deaths === before) break;
        if (!held) await program.kill();
      }
      await program?.stop();
      await bankHasAll();
    };
    await lives('every order done with', 'life');
    stage.note('charges', [...charges]);

    moments.length = 0;
    between = false;
    const late = random.shuffle(orders).slice(0, 3);
    for (const order of late) send(order, 3);
    await stage.channel.waitForConfirms();
    await lives('what was repeated late done with', 'later');
    stage.note('late', [...charges]);
  },
});
