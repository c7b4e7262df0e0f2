/** Three workers share six lanes of customers. One of them is killed in the middle of an event, with its connections. */
import { scenario, type Program } from 'warren/grading';

const DIED = 'a worker died in the middle of an event';
const LANES = 6;
/** A slow machine is no fault of the answer's. */
const LIMIT_MS = 45_000;

export interface CustomerEvent {
  readonly event: string;
  readonly customer: string;
  readonly ms: number;
}

export default scenario({
  sometimes: [DIED],
  async play(stage) {
    const { random, env, lab, channel } = stage;
    const [DONE = '', lane = '', ...customers] = random.words(2 + LANES + 3);
    const lanes = random.shuffle(Array.from({ length: LANES }, (_, i) => `${lane}-${i}`));
    Object.assign(env, { LANES: lanes.join(','), DONE });
    await channel.assertQueue(DONE, { durable: true });
    const laneOf = new Map(customers.map((customer, i) => [customer, lanes[i] ?? random.pick(lanes)]));
    const workers: Program[] = [];
    const victim = `worker-${random.int(0, 2)}`;
    const fatal = random.pick(['begin', 'end']);
    let countdown = random.int(1, 2);
    let dead: string | null = null;
    const consuming = new Set<string>();
    const left = new Set<string>();
    stage.atEach(({ method, program, args, content, index }, line) => {
      if (program === dead) {
        // What a dead program had still to say.
        line.cut();
        return;
      }
      if (method === 'basic.consume-ok') consuming.add(program);
      if (method !== 'basic.publish' || args.routingKey !== DONE) return;
      const [what = '', event = ''] = content?.body.toString().split(' ') ?? [];
      if (program === victim && what === fatal && --countdown === 0) {
        dead = victim;
        stage.sometimes(DIED);
        stage.note('died', { program, index });
        // A beginning still arrives, an end does not.
        if (what === 'end') line.cut();
        void workers.find(({ name }) => name === victim)?.kill();
      }
      if (what === 'end' && dead !== program) left.delete(event);
    });

    const begin = async (number: number): Promise<void> => {
      const name = `worker-${number}`;
      workers.push(await stage.program(name, { env: { NUMBER: String(number) } }));
      await stage.until(`${name} to consume`, () => consuming.has(name), { limitMs: LIMIT_MS });
    };
    // One after the other: the first is there before the rest, and gets all that it asks for.
    for (const number of [0, 1, 2]) await begin(number);
    const manned = async (): Promise<boolean> => {
      const { consumers } = await lab.snapshot(stage.vhost);
      return lanes.every((each) => consumers.some(({ queue }) => queue === each));
    };
    await stage.until('a consumer for each lane', manned, { limitMs: LIMIT_MS });
    const rest = new Map(customers.map((customer) => [customer, random.int(4, 5)]));
    const events: CustomerEvent[] = [];
    while (rest.size > 0) {
      const customer = random.pick([...rest.keys()]);
      const more = (rest.get(customer) ?? 0) - 1;
      if (more === 0) rest.delete(customer);
      else rest.set(customer, more);
      events.push({ event: random.nonce(), customer, ms: random.int(15, 35) });
    }
    stage.note('events', events);
    for (const each of events) left.add(each.event);
    for (const each of events) {
      channel.sendToQueue(laneOf.get(each.customer) ?? '', Buffer.from(JSON.stringify(each)), { persistent: true });
    }
    await channel.waitForConfirms();
    await stage.until('the end of every event', () => left.size === 0, { limitMs: LIMIT_MS });
    const settled = async (): Promise<boolean> => {
      const { queues } = await lab.snapshot(stage.vhost);
      return queues.every(({ name, ready, unacked }) => !lanes.includes(name) || ready + unacked === 0);
    };
    await stage.until('the last acknowledgement', settled, { limitMs: LIMIT_MS });
    await Promise.all(workers.map((worker) => (worker.hasEnded ? undefined : worker.stop())));
    stage.note('lanes', lanes);
    stage.note(
      'workers',
      workers.map(({ name }) => name),
    );
  },
});
