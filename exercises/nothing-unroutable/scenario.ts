/**
 * Letters in three batches: while strays are caught; after the queue that caught them was deleted; and with a connection that is
 * lost while a letter comes back, whereupon the program dies and is started again.
 */
import type * as amqp from 'amqplib';
import { scenario, takeAll, type Stage } from 'warren/grading';

interface Letter {
  readonly to: string;
  readonly body: string;
  /** Queues; none of them: it is a stray. */
  readonly wanted: readonly string[];
}

interface Arrived {
  readonly to: unknown;
  readonly body: string;
}

const LOST = 'a returned letter was lost on its way back';
/** A slow machine is no fault of the answer's. */
const LIMIT_MS = 60_000;

export default scenario({
  sometimes: [LOST],
  async play(stage) {
    const { random } = stage;
    const [OUTBOX = '', SHIP = '', STRAYS = '', CAUGHT = '', UNROUTABLE = '', north = '', south = '', ...people] =
      random.words(12);
    const [a = '', b = '', c = '', nobody = '', noOne = ''] = people;
    const routes = Object.fromEntries(random.shuffle([[north, random.shuffle([a, b])] as const, [south, [b, c]] as const]));
    Object.assign(stage.env, { OUTBOX, SHIP, STRAYS, CAUGHT, UNROUTABLE, ROUTES: JSON.stringify(routes) });
    for (const queue of [OUTBOX, UNROUTABLE]) await stage.channel.assertQueue(queue, { durable: true });
    const letters = (strays: number): Letter[] => {
      const to = [a, b, c, ...Array.from({ length: strays }, () => random.pick([nobody, noOne, random.nonce()]))];
      return random.shuffle(to).map((name) => ({
        to: name,
        body: `letter-${random.nonce()}`,
        wanted: Object.keys(routes).filter((queue) => routes[queue]?.includes(name)),
      }));
    };
    const places = [north, south, CAUGHT, UNROUTABLE];
    const settledNow = async (strays: number): Promise<boolean> => {
      const { queues } = await stage.lab.snapshot(stage.vhost);
      const of = (name: string) => queues.find((queue) => queue.name === name);
      return of(OUTBOX)?.ready === 0 && of(OUTBOX)?.unacked === 0 && (of(UNROUTABLE)?.ready ?? 0) >= strays;
    };
    // A real broker cannot always be asked while it clears away what was killed.
    const settled = (strays = 0): Promise<boolean> => settledNow(strays).catch(() => false);

    const first = letters(random.int(3, 4));
    await post(stage, OUTBOX, first);
    let courier = await stage.program('courier');
    await stage.until('the first letters to leave OUTBOX', () => settled(), { limitMs: LIMIT_MS });
    const ofOthers = letters(2);
    await publishAsOthers(stage, SHIP, ofOthers);
    stage.note('first', first);
    stage.note('of others', ofOthers);
    stage.note('first arrived', await arrived(stage, places));

    const operations = await stage.open();
    await operations.deleteQueue(CAUGHT).catch(() => undefined);
    const second = letters(random.int(3, 5));
    await post(stage, OUTBOX, second);
    const strays = second.filter(({ wanted }) => wanted.length === 0).length;
    await stage.until('the second letters to leave OUTBOX', () => settled(strays), { limitMs: LIMIT_MS });
    stage.note('second', second);
    stage.note('second arrived', await arrived(stage, places));

    const third = letters(5);
    let lost = '';
    let returns = random.int(2, 3);
    stage.atEach(({ method, content }, line) => {
      if (method !== 'basic.return' || --returns !== 0) return;
      lost = content?.body.toString() ?? '';
      stage.sometimes(LOST);
      line.cut();
    });
    await post(stage, OUTBOX, third);
    await stage.until('a letter to come back', () => lost !== '', { limitMs: LIMIT_MS });
    await courier.kill();
    courier = await stage.program('courier');
    await stage.until('the third letters to leave OUTBOX', () => settled(), { limitMs: LIMIT_MS });
    stage.note('lost', lost);
    stage.note('third', third);
    stage.note('third arrived', await arrived(stage, places));
  },
});

async function post(stage: Stage, queue: string, letters: readonly Letter[]): Promise<void> {
  for (const { to, body } of letters) {
    stage.channel.sendToQueue(queue, Buffer.from(body), { persistent: true, headers: { to } });
  }
  await stage.channel.waitForConfirms();
}

/** Nobody asks what became of these: they are not mandatory. */
async function publishAsOthers(stage: Stage, exchange: string, letters: readonly Letter[]): Promise<void> {
  const { exchanges } = await stage.lab.snapshot(stage.vhost);
  // Else the broker would close the grader's channel.
  if (!exchanges.some(({ name, internal }) => name === exchange && !internal)) return;
  for (const { to, body } of letters) {
    stage.channel.publish(exchange, to, Buffer.from(body), { persistent: true, headers: { to } });
  }
  await stage.channel.waitForConfirms();
}

async function arrived(stage: Stage, queues: readonly string[]): Promise<Record<string, Arrived[]>> {
  const of = ({ properties, content }: amqp.GetMessage): Arrived => ({
    to: properties.headers?.to,
    body: content.toString(),
  });
  return Object.fromEntries(Object.entries(await takeAll(stage, queues)).map(([queue, messages]) => [queue, messages.map(of)]));
}
