/** The program is run with one plan, lines are published; then it is run with another plan while lines go on being published. */
import { scenario, takeAll, type Stage } from 'warren/grading';

type Plan = Readonly<Record<string, readonly string[]>>;

/** A line that is published, and the queues of teams that it should come to. */
interface Line {
  readonly exchange: string;
  readonly level: string;
  readonly body: string;
  readonly wanted: readonly string[];
}

/** A line published in the midst of a change. */
interface LineMeanwhile {
  readonly level: string;
  readonly body: string;
  /** Queues that both plans name for its level, and those that at least one does. */
  readonly both: readonly string[];
  readonly either: readonly string[];
}

const MEANWHILE = 'a line was published during the change';
/** Answers of the broker behind which lines are published: the routing is another one than before. */
const CHANGES: ReadonlySet<string> = new Set([
  'queue.bind-ok',
  'queue.unbind-ok',
  'queue.delete-ok',
  'exchange.bind-ok',
  'exchange.unbind-ok',
  'exchange.delete-ok',
]);
/** At so many of them; a program that binds everything once more makes many. */
const MOMENTS = 12;
/** A slow machine is no fault of the answer's. */
const LIMIT_MS = 60_000;

export default scenario({
  sometimes: [MEANWHILE],
  async play(stage) {
    const { random } = stage;
    const [LOGS = '', LEVELS = '', AUDIT = '', first = '', second = '', third = '', ...words] = random.words(12);
    const [a = '', b = '', c = '', d = '', e = '', unknown = ''] = words;
    const before: Plan = { [first]: [a, b], [second]: random.shuffle([b, c]), [third]: [d] };
    const after: Plan = { [first]: [a], [second]: random.shuffle([b, d]), [third]: random.shuffle([c, e]) };
    Object.assign(stage.env, { LOGS, LEVELS, AUDIT });
    const teams = [first, second, third];
    stage.note('teams', teams);
    const lines = (exchange: string, plan: Plan): Line[] =>
      [a, b, c, d, e, unknown].map((level) => ({ exchange, level, body: random.nonce(), wanted: queuesOf(plan, level) }));

    await run(stage, 'the first run', { PLAN: JSON.stringify(before), FORMER: '{}' });
    await stage.listing('built');
    const sent = random.shuffle([...lines(LOGS, before), ...lines(LEVELS, before)]);
    await publish(stage, sent);
    stage.note('sent', sent);
    stage.note('arrived', await bodies(stage, [AUDIT, ...teams]));

    const waiting = lines(LOGS, before);
    await publish(stage, waiting);
    const during = await publishAtChanges(stage, { LOGS, levels: [a, b, c, d], before, after });
    await run(stage, 'the second run', { PLAN: JSON.stringify(after), FORMER: JSON.stringify(before) });
    const meanwhile = await during.end();
    const later = random.shuffle([...lines(LOGS, after), ...lines(LEVELS, after)]);
    await publish(stage, later);
    stage.note('waiting', waiting);
    stage.note('meanwhile', meanwhile);
    stage.note('later', later);
    stage.note('arrived later', await bodies(stage, [AUDIT, ...teams]));
  },
});

function queuesOf(plan: Plan, level: string): string[] {
  return Object.keys(plan).filter((queue) => plan[queue]?.includes(level));
}

/** Starts the program and waits until it is done. */
async function run(stage: Stage, what: string, env: Record<string, string>): Promise<void> {
  const program = await stage.program('router', { env });
  await stage.until(what, () => program.fate.state !== 'running', { limitMs: LIMIT_MS });
  await program.stop();
}

/** Leaves out exchanges that nobody can publish to: the broker would close the grader's channel. */
async function publish(stage: Stage, lines: readonly Line[]): Promise<void> {
  const { exchanges } = await stage.lab.snapshot(stage.vhost);
  const open = new Set(exchanges.filter(({ internal }) => !internal).map(({ name }) => name));
  for (const { exchange, level, body } of lines)
    if (open.has(exchange)) stage.channel.publish(exchange, level, Buffer.from(body), { persistent: true });
  await stage.channel.waitForConfirms().catch(() => undefined);
}

/** From now on, a line of each level whenever the program has changed something; on a channel that may die of it. */
async function publishAtChanges(
  stage: Stage,
  { LOGS, levels, before, after }: { LOGS: string; levels: readonly string[]; before: Plan; after: Plan },
): Promise<{ end(): Promise<LineMeanwhile[]> }> {
  const channel = await stage.open();
  const published: LineMeanwhile[] = [];
  let moments = 0;
  let over = false;
  channel.once('close', () => {
    over = true;
  });
  stage.atEach(({ method }) => {
    if (!CHANGES.has(method) || moments === MOMENTS || over) return;
    moments += 1;
    stage.sometimes(MEANWHILE);
    for (const level of levels) {
      const [old, now] = [queuesOf(before, level), queuesOf(after, level)];
      const both = old.filter((queue) => now.includes(queue));
      const line = { level, body: stage.random.nonce(), both, either: [...new Set([...old, ...now])] };
      published.push(line);
      channel.publish(LOGS, level, Buffer.from(line.body), { persistent: true });
    }
  });
  return {
    async end() {
      if (!over) await channel.waitForConfirms().catch(() => undefined);
      over = true;
      return published;
    },
  };
}

async function bodies(stage: Stage, queues: readonly string[]): Promise<Record<string, string[]>> {
  const taken = await takeAll(stage, queues);
  return Object.fromEntries(
    Object.entries(taken).map(([queue, messages]) => [queue, messages.map(({ content }) => content.toString())]),
  );
}
