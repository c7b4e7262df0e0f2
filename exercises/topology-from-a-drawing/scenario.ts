/** The program builds; messages are sent through what it has built; then it is started once more, as after an update. */
import { scenario, takeAll, type Stage } from 'warren/grading';

/** What is sent, and where the drawing leads it. */
interface Probe {
  readonly exchange: string;
  readonly key: string;
  readonly body: string;
  readonly wanted: readonly string[];
}

const QUEUES = ['ARCHIVE', 'DESK', 'PHONE', 'BILLING'] as const;

export default scenario({
  async play(stage) {
    const [ENTRY = '', ALARM = '', ARCHIVE = '', DESK = '', PHONE = '', BILLING = '', REGION = ''] = stage.random.words(7);
    const limit = stage.random.int(5, 8);
    Object.assign(stage.env, { ENTRY, ALARM, ARCHIVE, DESK, PHONE, BILLING, REGION, LIMIT: String(limit) });
    await run(stage, 'first start');
    const { exchanges } = await stage.listing('built');
    const open = new Set(exchanges.filter(({ internal }) => !internal).map(({ name }) => name));
    const send = async (probes: readonly Probe[]): Promise<void> => {
      for (const { exchange, key, body } of probes) {
        if (open.has(exchange)) stage.channel.publish(exchange, key, Buffer.from(body), { persistent: true });
      }
      // A queue that is full may refuse; what has arrived is what counts.
      await stage.channel.waitForConfirms().catch(() => undefined);
    };

    const probes = probesOf(stage);
    await send(probes);
    const names = QUEUES.map((name) => stage.env[name] ?? '');
    stage.note('probes', probes);
    stage.note('arrived', await bodies(stage, names));

    const many = Array.from({ length: limit + stage.random.int(2, 4) }, () => probe(stage, ALARM, '', [PHONE]));
    await send(many);
    const { [PHONE]: kept = [] } = await bodies(stage, names);
    stage.note('kept', kept);
    stage.note(
      'newest',
      many.slice(-limit).map(({ body }) => body),
    );

    const waiting = probe(stage, ENTRY, `order.${stage.random.word()}`, [ARCHIVE]);
    await send([waiting]);
    stage.note('second start went well', await run(stage, 'second start'));
    const { [ARCHIVE]: after = [] } = await bodies(stage, [ARCHIVE]);
    stage.note('waited', after.length === 1 && after[0] === waiting.body);
  },
});

/** Starts the program and waits until it is done. Gives whether it ended without an error. */
async function run(stage: Stage, what: string): Promise<boolean> {
  const program = await stage.program('builder');
  await stage.until(what, () => program.fate.state !== 'running', { limitMs: 40_000 });
  const { state, exitCode } = program.fate;
  await program.stop();
  return state !== 'threw' && (exitCode ?? 0) === 0;
}

function probesOf(stage: Stage): Probe[] {
  const { ENTRY = '', ALARM = '', ARCHIVE = '', DESK = '', PHONE = '', BILLING = '', REGION = '' } = stage.env;
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((letter) => letter + stage.random.nonce());
  const ways: readonly (readonly [string, readonly string[]])[] = [
    ['order', [ARCHIVE]],
    [`order.${a}`, [ARCHIVE]],
    [`order.${a}.urgent`, [ARCHIVE, DESK, PHONE]],
    [`order.${a}.${b}.urgent`, [ARCHIVE]],
    [`order.${REGION}.${c}`, [ARCHIVE, BILLING]],
    [`order.${REGION}.urgent`, [ARCHIVE, DESK, PHONE, BILLING]],
    [`invoice.${b}`, [BILLING]],
    [`invoice.${REGION}`, [BILLING]],
    [`invoice.${b}.${c}`, []],
    [`${d}.${REGION}`, [BILLING]],
    [`${d}.${REGION}.${a}.${b}`, [BILLING]],
    [`${c}.${d}.${REGION}`, []],
    [`urgent.${d}`, []],
  ];
  const toEntry = ways.map(([key, wanted]) => probe(stage, ENTRY, key, wanted));
  return stage.random.shuffle([...toEntry, probe(stage, ALARM, `${c}.${d}`, [DESK, PHONE])]);
}

function probe(stage: Stage, exchange: string, key: string, wanted: readonly string[]): Probe {
  return { exchange, key, body: stage.random.nonce(), wanted };
}

async function bodies(stage: Stage, queues: readonly string[]): Promise<Record<string, string[]>> {
  const taken = await takeAll(stage, queues);
  return Object.fromEntries(
    Object.entries(taken).map(([queue, messages]) => [queue, messages.map(({ content }) => content.toString())]),
  );
}
