/**
 * A topology with faults of several kinds, and messages that wait in it. The program repairs it; when it has deleted a
 * second queue of the plan it dies, and is started again. Then it is tried where messages go.
 */
import type * as amqp from 'amqplib';
import { scenario, takeAll, type Stage } from 'warren/grading';

interface Binding {
  readonly source: string;
  readonly destination: string;
  readonly key: string;
}

interface Topology {
  readonly exchanges: Readonly<Record<string, string>>;
  readonly queues: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly bindings: readonly Binding[];
}

interface Waiting {
  readonly queue: string;
  readonly body: string;
  /** What must stay as it is, as one text. */
  readonly properties: string;
}

interface Probe {
  readonly exchange: string;
  readonly key: string;
  readonly body: string;
  readonly wanted: readonly string[];
}

const GRAVE_FAULTS = ['absent', 'unbound', 'other kind'] as const;
const DIED = 'the program died when it had deleted a queue';
/** A slow machine is no fault of the answer's. */
const LIMIT_MS = 60_000;

export default scenario({
  sometimes: [DIED],
  async play(stage) {
    const { plan, found, keys } = topologies(stage);
    const queues = Object.keys(plan.queues);
    await build(stage.channel, found);
    const waiting = await fill(stage, queues);
    stage.note('plan', plan);
    stage.note('waiting', waiting);

    let died = '';
    let deletions = 0;
    let asked = '';
    stage.atEach(({ method, args }, line) => {
      if (method === 'queue.delete') asked = String(args.queue);
      if (method !== 'queue.delete-ok' || !queues.includes(asked) || ++deletions !== 2) return;
      died = asked;
      stage.sometimes(DIED);
      line.cut();
      void first?.kill();
    });
    const start = async (there: Topology) =>
      await stage.program('repair', { env: { PLAN: JSON.stringify(plan), FOUND: JSON.stringify(there) } });
    let first: Awaited<ReturnType<typeof start>> | null = null;
    first = await start(found);
    await stage.until('the program to be done', () => died !== '' || first?.fate.state !== 'running', { limitMs: LIMIT_MS });
    if (died === '') await first.stop();
    else {
      await first.kill();
      // What it had taken is in its queue again as soon as the broker has seen that it is gone.
      const gone = async (): Promise<boolean> =>
        (await stage.lab.snapshot(stage.vhost)).connections.every(({ user }) => user !== 'repair');
      // A real broker cannot always be asked while it clears away what was killed.
      await stage.until('its connection to be gone', () => gone().catch(() => false), { limitMs: LIMIT_MS });
      const second = await start(await foundNow(stage));
      await stage.until('the program to be done again', () => second.fate.state !== 'running', { limitMs: LIMIT_MS });
      await second.stop();
    }
    stage.note('died', died);
    await stage.listing('repaired');
    stage.note('waited', await messagesIn(stage, queues));

    const probes = probesOf(stage, plan, keys);
    await publish(stage, probes);
    stage.note('probes', probes);
    stage.note('arrived', await messagesIn(stage, queues));
    stage.note('rejected', await reject(stage, plan));
    stage.note('buried', await messagesIn(stage, queues));
  },
});

/** The plan, and what has become of it. */
function topologies({ random, seed }: Stage): { plan: Topology; found: Topology; keys: readonly string[] } {
  const [entry = '', direct = '', dead = '', billing = '', stock = '', mail = '', cemetery = '', ...keys] = random.words(14);
  const [a = '', b = '', c = '', d = '', e = '', old = ''] = keys;
  const buried = { 'x-dead-letter-exchange': dead };
  const plan: Topology = {
    exchanges: { [entry]: 'topic', [direct]: 'direct', [dead]: 'fanout' },
    queues: Object.fromEntries(
      random.shuffle<[string, Record<string, string>]>([
        [billing, buried],
        [stock, buried],
        [mail, {}],
        [cemetery, {}],
      ]),
    ),
    bindings: [
      { source: entry, destination: billing, key: `${a}.#` },
      { source: entry, destination: stock, key: `*.${b}` },
      { source: entry, destination: mail, key: `${c}.*` },
      { source: direct, destination: billing, key: d },
      { source: direct, destination: mail, key: d },
      { source: direct, destination: mail, key: e },
      { source: dead, destination: cemetery, key: '' },
    ],
  };
  const [lacking = '', misled = ''] = random.shuffle([billing, stock]);
  const queues = { ...plan.queues, [lacking]: {}, [misled]: { 'x-dead-letter-exchange': `${dead}-${old}` } };
  const [wrongKind, kind] = random.pick([
    [entry, 'direct'],
    [direct, 'fanout'],
    [direct, 'topic'],
  ] as const);
  const exchanges: Record<string, string> = { ...plan.exchanges, [wrongKind]: kind };
  const other = random.pick<Binding & { was: string }>([
    { source: entry, destination: billing, was: `${a}.#`, key: `${a}.*` },
    { source: entry, destination: stock, was: `*.${b}`, key: `${b}.*` },
    { source: entry, destination: mail, was: `${c}.*`, key: `${c}.${c}` },
    { source: direct, destination: mail, was: e, key: `${e}.${e}` },
  ]);
  const { was, ...wrongKey } = other;
  const same = (one: Binding, { source, destination, key }: Binding): boolean =>
    one.source === source && one.destination === destination && one.key === key;
  // Of what nobody has to delete: it stays unless somebody takes it away.
  const extra = random.pick<Binding>(
    wrongKind === direct
      ? [
          { source: entry, destination: mail, key: `${a}.#` },
          { source: entry, destination: cemetery, key: `${c}.*` },
        ]
      : [
          { source: direct, destination: cemetery, key: d },
          { source: direct, destination: cemetery, key: e },
        ],
  );
  // No exchange for dead letters, one that leads nowhere, or one of another kind; each in a third of all runs.
  const graveFault = GRAVE_FAULTS[seed % GRAVE_FAULTS.length];
  if (graveFault === 'absent') delete exchanges[dead];
  if (graveFault === 'other kind') exchanges[dead] = 'direct';
  const graveBound = graveFault === 'other kind';
  const kept = plan.bindings.filter((one) => !same(one, { ...wrongKey, key: was }) && (one.source !== dead || graveBound));
  return { plan, found: { exchanges, queues, bindings: random.shuffle([...kept, wrongKey, extra]) }, keys: [a, b, c, d, e] };
}

async function build(channel: amqp.Channel, { exchanges, queues, bindings }: Topology): Promise<void> {
  for (const [name, kind] of Object.entries(exchanges)) await channel.assertExchange(name, kind);
  for (const [name, args] of Object.entries(queues)) await channel.assertQueue(name, { arguments: args });
  for (const { source, destination, key } of bindings) await channel.bindQueue(destination, source, key);
}

/** As somebody would list it now. */
async function foundNow(stage: Stage): Promise<Topology> {
  const { exchanges, queues, bindings } = await stage.lab.snapshot(stage.vhost);
  const own = exchanges.filter(({ name }) => name !== '' && !name.startsWith('amq.'));
  return {
    exchanges: Object.fromEntries(own.map(({ name, kind }) => [name, kind])),
    queues: Object.fromEntries(queues.map(({ name, arguments: args }) => [name, args])),
    bindings: bindings
      .filter(({ source, toQueue }) => source !== '' && toQueue)
      .map(({ source, destination, routingKey }) => ({ source, destination, key: routingKey })),
  };
}

async function fill(stage: Stage, queues: readonly string[]): Promise<Waiting[]> {
  const { random, channel } = stage;
  const waiting: Waiting[] = [];
  for (const queue of queues) {
    for (let i = random.int(3, 5); i > 0; i--) {
      const body = `${queue}-${random.nonce()}`;
      const properties = { contentType: `text/${random.word()}`, messageId: random.nonce(), headers: { trace: random.nonce() } };
      channel.sendToQueue(queue, Buffer.from(body), { persistent: true, ...properties });
      waiting.push({ queue, body, properties: propertiesOf({ deliveryMode: 2, ...properties }) });
    }
  }
  await channel.waitForConfirms();
  return waiting;
}

function propertiesOf({ contentType, messageId, headers, deliveryMode }: Partial<amqp.MessageProperties>): string {
  return JSON.stringify([contentType, messageId, (headers as { trace?: unknown } | undefined)?.trace, deliveryMode]);
}

async function messagesIn(
  stage: Stage,
  queues: readonly string[],
): Promise<Record<string, { body: string; properties: string }[]>> {
  const taken = Object.entries(await takeAll(stage, queues));
  return Object.fromEntries(
    taken.map(([queue, messages]) => [
      queue,
      messages.map(({ content, properties }) => ({ body: content.toString(), properties: propertiesOf(properties) })),
    ]),
  );
}

function probesOf({ random }: Stage, { exchanges, bindings }: Topology, keys: readonly string[]): Probe[] {
  const [a = '', b = '', c = '', d = '', e = ''] = keys;
  const usual = [a, `${a}.${b}`, `${a}.x.x`, `x.${b}`, `${b}.x`, `${c}.${c}`, `${c}.x`, c, d, e, `${e}.${e}`, `${d}.x`];
  return Object.keys(exchanges).flatMap((exchange) =>
    usual.map((key) => {
      const takes = bindings.filter((each) => each.source === exchange && takesKey(exchanges[exchange], each.key, key));
      return { exchange, key, body: random.nonce(), wanted: [...new Set(takes.map(({ destination }) => destination))] };
    }),
  );
}

function takesKey(kind: string | undefined, pattern: string, key: string): boolean {
  if (kind === 'fanout') return true;
  return kind === 'topic' ? matches(pattern, key) : pattern === key;
}

/** Of patterns in which # is the last word, if there is one. */
function matches(pattern: string, key: string): boolean {
  const [asked, words] = [pattern.split('.'), key.split('.')];
  const open = asked.at(-1) === '#';
  if (open) asked.pop();
  const long = open ? words.length >= asked.length : words.length === asked.length;
  return long && asked.every((each, at) => each === '*' || each === words[at]);
}

async function publish(stage: Stage, probes: readonly Probe[]): Promise<void> {
  const { exchanges } = await stage.lab.snapshot(stage.vhost);
  // Else the broker would close the grader's channel.
  const open = new Set(exchanges.filter(({ internal }) => !internal).map(({ name }) => name));
  for (const { exchange, key, body } of probes) if (open.has(exchange)) stage.channel.publish(exchange, key, Buffer.from(body));
  await stage.channel.waitForConfirms();
}

/** Rejects a message in each queue of which the plan says where dead letters go. Gives them by their queues. */
async function reject(stage: Stage, plan: Topology): Promise<Record<string, string>> {
  const { queues } = await stage.lab.snapshot(stage.vhost);
  const there = new Set(queues.filter(({ exclusive }) => !exclusive).map(({ name }) => name));
  const rejected: Record<string, string> = {};
  for (const [queue, args] of Object.entries(plan.queues)) {
    if (args['x-dead-letter-exchange'] === undefined) continue;
    const body = stage.random.nonce();
    rejected[queue] = body;
    if (!there.has(queue)) continue;
    stage.channel.sendToQueue(queue, Buffer.from(body));
    await stage.channel.waitForConfirms();
    const message = await stage.channel.get(queue);
    if (message !== false) stage.channel.reject(message, false);
  }
  const { destination = '' } = plan.bindings.find(({ key }) => key === '') ?? {};
  // A queue that is not there has no dead letters either.
  const buried = async (): Promise<boolean> => (await stage.depth(destination).catch(() => 0)) >= Object.keys(rejected).length;
  await stage.until('rejected messages to arrive', buried, { limitMs: LIMIT_MS });
  return rejected;
}
