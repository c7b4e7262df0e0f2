/** Three clients ask one server, whose connection is lost as it replies and as it acknowledges. */
import { scenario, type Stage, type WireRecord } from 'warren/grading';

interface Asked {
  /** The place of its client. */
  readonly client: number;
  readonly id: string;
  readonly body: string;
  /** Null: it cannot be answered. */
  readonly wanted: number | null;
}

/** The records at which the connection may be cut. */
const MOMENTS = {
  'a reply was lost': ({ method }: WireRecord) => method === 'basic.publish',
  'an acknowledgement was lost': ({ method, from }: WireRecord) => method === 'basic.ack' && from === 'program',
} as const;
type Moment = keyof typeof MOMENTS;
/** Deliveries of one request beyond which the server only goes round in circles. */
const CIRCLES = 12;
/** The client that has no queue of its own. */
const DIRECT = 'amq.rabbitmq.reply-to';

/** A slow machine is no fault of the answer's. */
const LIMIT_MS = 100_000;

export default scenario({
  sometimes: Object.keys(MOMENTS),
  async play(stage) {
    const [REQUESTS = '', first = '', second = ''] = stage.random.words(3);
    Object.assign(stage.env, { REQUESTS });
    const clients = [first, second, DIRECT];
    for (const queue of [REQUESTS, first, second]) await stage.channel.assertQueue(queue, { durable: true });
    const replies: { client: number; id: string; body: string }[] = [];
    for (const [client, queue] of clients.entries()) {
      const hear = (message: { properties: { correlationId?: unknown }; content: Buffer } | null): void => {
        if (message === null) return;
        replies.push({ client, id: String(message.properties.correlationId ?? ''), body: message.content.toString() });
      };
      await stage.channel.consume(queue, hear, { noAck: true });
    }

    const asked = requests(stage);
    let inCircles = false;
    const given = new Map<string, number>();
    stage.atEach(({ method, content }) => {
      if (content === undefined || method === 'basic.publish') return;
      const { replyTo, correlationId } = content.properties;
      const request = `${replyTo} ${correlationId}`;
      given.set(request, (given.get(request) ?? 0) + 1);
      inCircles ||= (given.get(request) ?? 0) > CIRCLES;
    });
    const calm = cuts(stage);
    const answered = ({ client, id }: Asked): boolean => replies.some((reply) => reply.client === client && reply.id === id);
    const empty = async (): Promise<boolean> => (await stage.depth(REQUESTS)) === 0 && (await stage.unsettled(REQUESTS)) === 0;
    // A real broker cannot always be asked while it clears away a connection.
    const doneWith = async (requests: readonly Asked[]): Promise<boolean> =>
      inCircles || (requests.every(answered) && (await empty().catch(() => false)));
    const ask = ({ client, id, body }: Asked): void => {
      const options = { correlationId: id, replyTo: clients[client] ?? '', persistent: true };
      stage.channel.sendToQueue(REQUESTS, Buffer.from(body), options);
    };

    for (const each of asked) ask(each);
    await stage.channel.waitForConfirms();
    await stage.program('server');
    await stage.until('every request done with', () => doneWith(asked), { limitMs: LIMIT_MS });

    calm();
    // Nobody waits for this one; somebody does for the one behind it.
    stage.channel.sendToQueue(REQUESTS, Buffer.from(JSON.stringify({ op: 'sum', values: [1, 2] })), { messageId: 'mute' });
    const last: Asked = { client: 0, id: stage.random.nonce(), body: JSON.stringify({ op: 'max', values: [1, 2] }), wanted: 2 };
    ask(last);
    await stage.channel.waitForConfirms();
    await stage.until('what nobody waits for done with', () => doneWith([last]), { limitMs: LIMIT_MS });
    const { queues } = await stage.listing('after');
    const left = queues.find(({ name }) => name === REQUESTS);
    stage.note('left', (left?.ready ?? 0) + (left?.unacked ?? 0));
    stage.note('asked', asked);
    stage.note('last', last);
    stage.note('replies', replies);
  },
});

/** Cuts the connection at two replies and at one acknowledgement; no more once the function that it returns is called. */
function cuts(stage: Stage): () => void {
  const { random } = stage;
  const early = random.int(2, 4);
  const at: Record<Moment, number[]> = {
    'a reply was lost': [early, early + random.int(3, 6)],
    // Who acknowledges many at once does so seldom.
    'an acknowledgement was lost': [random.int(1, 3)],
  };
  const passed: Record<Moment, number> = { 'a reply was lost': 0, 'an acknowledgement was lost': 0 };
  stage.atEach((record, line) => {
    for (const moment of Object.keys(MOMENTS) as Moment[]) {
      if (!MOMENTS[moment](record)) continue;
      passed[moment] += 1;
      const [next] = at[moment];
      if (next === undefined || passed[moment] < next) continue;
      at[moment].shift();
      stage.sometimes(moment);
      line.cut();
    }
  });
  return () => {
    for (const places of Object.values(at)) places.length = 0;
  };
}

/** Clients number their requests alike. */
function requests(stage: Stage): Asked[] {
  const { random } = stage;
  const numbers = (): number[] => Array.from({ length: random.int(1, 5) }, () => random.int(-500, 500));
  const bad = ['no json', JSON.stringify({ op: random.word(), values: [1] }), JSON.stringify({ op: 'sum', values: [1, 'two'] })];
  const start = random.int(1, 50);
  const asked = [0, 1, 2].flatMap((client) => {
    const good = Array.from({ length: random.int(4, 5) }, (_, i): Asked => {
      // Each client's first request has no positive number.
      const below = i === 0;
      const values = below ? numbers().map((value) => -1 - Math.abs(value)) : numbers();
      const op = below ? 'max' : random.pick(['sum', 'max']);
      const wanted = op === 'sum' ? values.reduce((total, value) => total + value, 0) : Math.max(...values);
      return { client, id: String(start + i), body: JSON.stringify({ op, values }), wanted };
    });
    return [...good, { client, id: String(start + good.length), body: bad[client] ?? '', wanted: null }];
  });
  return random.shuffle(asked);
}
