/**
 * The program builds; messages are sent from everywhere. Then teams leave departments, one after the other, while messages go on
 * being sent; in the midst of the last change the program dies and is started again.
 */
import { scenario, takeAll, type Stage } from 'warren/grading';

interface Department {
  readonly hears: readonly string[];
  readonly teams: readonly string[];
  readonly announces: boolean;
}

type Departments = Readonly<Record<string, Department>>;

interface Change {
  readonly team: string;
  readonly leaves: string;
}

interface Sent {
  readonly exchange: string;
  readonly key: string;
  readonly body: string;
  /** Teams. */
  readonly wanted: readonly string[];
}

const MEANWHILE = 'a message was sent during a change';
const DIED = 'the program died in the midst of a change';
/** Answers of the broker behind which messages are sent: the routing is another one than before. */
const CHANGED: ReadonlySet<string> = new Set([
  'queue.bind-ok',
  'queue.unbind-ok',
  'queue.delete-ok',
  'exchange.bind-ok',
  'exchange.unbind-ok',
  'exchange.delete-ok',
]);
const TAKES_AWAY: ReadonlySet<string> = new Set(['queue.unbind', 'queue.delete', 'exchange.unbind', 'exchange.delete']);
/** At so many of them in a change; who builds anew makes many. */
const MOMENTS = 8;
/** A slow machine is no fault of the answer's. */
const LIMIT_MS = 60_000;

export default scenario({
  sometimes: [MEANWHILE, DIED],
  async play(stage) {
    const { random } = stage;
    const [COMPANY = '', CHANGES = '', ...words] = random.words(14);
    const [sales = '', store = '', office = '', red = '', blue = '', green = '', white = '', black = '', ...keys] = words;
    const [a = '', b = '', urgent = ''] = keys;
    let departments: Departments = {
      [sales]: { hears: random.shuffle([`${a}.#`, `*.${urgent}`]), teams: random.shuffle([red, blue, black]), announces: true },
      [store]: { hears: random.shuffle([`${b}.*`, `*.${urgent}`]), teams: random.shuffle([blue, green]), announces: true },
      [office]: { hears: [`${b}.#`], teams: random.shuffle([green, white, black]), announces: false },
    };
    const teams = [red, blue, green, white, black];
    Object.assign(stage.env, { COMPANY, CHANGES, DEPARTMENTS: JSON.stringify(departments) });
    await stage.channel.assertQueue(CHANGES, { durable: true });
    const to = (exchange: string, key: string): Sent => ({
      exchange,
      key,
      body: random.nonce(),
      wanted: teamsOf(departments, COMPANY, exchange, key),
    });
    const probes = (): Sent[] =>
      random.shuffle([
        ...[`${a}.${urgent}`, a, `${b}.${random.nonce()}`, `${b}.${urgent}.x`, `x.${urgent}`, b, 'x'].map((key) =>
          to(COMPANY, key),
        ),
        ...[sales, store, office].flatMap((name) => [to(name, `x.${urgent}`), to(name, `${b}.x.x`), to(name, 'x')]),
      ]);

    const ready = readersOf(stage, CHANGES);
    const program = await stage.program('company');
    await stage.until('the program to read CHANGES', () => ready() > 0, { limitMs: LIMIT_MS });
    await stage.listing('built');
    const sent = probes();
    stage.note('teams', teams);
    stage.note('sent', sent);
    await send(stage, sent);
    await stage.until('messages to arrive', () => haveArrived(stage, sent), { limitMs: LIMIT_MS });
    stage.note('arrived', await bodies(stage, teams));

    const waiting = [to(COMPANY, `${a}.${urgent}`), to(office, 'x')];
    await send(stage, waiting);
    const [first, second, last] = random
      .shuffle([
        { team: blue, leaves: sales },
        { team: green, leaves: random.pick([store, office]) },
        { team: random.pick([red, white]), leaves: '' },
      ])
      .map(({ team, leaves }): Change => ({ team, leaves: leaves || (team === red ? sales : office) })) as [
      Change,
      Change,
      Change,
    ];
    const done = async (): Promise<boolean> => (await stage.depth(CHANGES)) === 0 && (await stage.unsettled(CHANGES)) === 0;
    const ask = async (change: Change): Promise<void> => {
      stage.channel.sendToQueue(CHANGES, Buffer.from(JSON.stringify(change)), { persistent: true });
      await stage.channel.waitForConfirms();
    };
    const meanwhile: Sent[] = [];
    for (const change of [first, second]) {
      const before = departments;
      const after = changed(departments, change);
      const flow = await sendAtChanges(stage, () =>
        [`${a}.${urgent}`, `${b}.x`].map((key) => {
          const old = teamsOf(before, COMPANY, COMPANY, key);
          const now = teamsOf(after, COMPANY, COMPANY, key);
          return { exchange: COMPANY, key, body: random.nonce(), wanted: old.filter((team) => now.includes(team)) };
        }),
      );
      await ask(change);
      await stage.until(`the change of ${change.team}`, done, { limitMs: LIMIT_MS });
      meanwhile.push(...(await flow.end()));
      departments = after;
    }
    let died = false;
    stage.atEach(({ method }, line) => {
      if (died || !TAKES_AWAY.has(method)) return;
      died = true;
      stage.sometimes(DIED);
      line.cut();
    });
    await ask(last);
    await stage.until('the last change to begin', () => died, { limitMs: LIMIT_MS });
    await program.kill();
    died = true;
    const starts = ready();
    await stage.program('company', { env: { DEPARTMENTS: JSON.stringify(departments) } });
    await stage.until('the program to read CHANGES again', () => ready() > starts, { limitMs: LIMIT_MS });
    // A real broker cannot always be asked while it clears away what was killed.
    await stage.until('the last change', () => done().catch(() => false), { limitMs: LIMIT_MS });
    departments = changed(departments, last);

    const later = probes();
    await send(stage, later);
    await stage.until('later messages to arrive', () => haveArrived(stage, [...waiting, ...meanwhile, ...later]), {
      limitMs: LIMIT_MS,
    });
    stage.note('waiting', waiting);
    stage.note('meanwhile', meanwhile);
    stage.note('changes', [first, second]);
    stage.note('last change', last);
    stage.note('later', later);
    stage.note('arrived later', await bodies(stage, teams));
    stage.note('changes left', !(await done()));
  },
});

function changed(departments: Departments, { team, leaves }: Change): Departments {
  const department = departments[leaves] as Department;
  return { ...departments, [leaves]: { ...department, teams: department.teams.filter((each) => each !== team) } };
}

/** Who gets a message that is published to this exchange with this key. */
function teamsOf(departments: Departments, company: string, exchange: string, key: string): string[] {
  const passed = new Set<string>();
  const teams = new Set<string>();
  const pass = (at: string): void => {
    if (passed.has(at)) return;
    passed.add(at);
    if (at === company) {
      for (const [name, { hears }] of Object.entries(departments)) if (hears.some((each) => matches(each, key))) pass(name);
      return;
    }
    for (const team of departments[at]?.teams ?? []) teams.add(team);
    if (departments[at]?.announces) pass(company);
  };
  pass(exchange);
  return [...teams];
}

/** Of patterns in which # is the last word, if there is one. */
function matches(pattern: string, key: string): boolean {
  const words = key.split('.');
  const asked = pattern.split('.');
  const open = asked.at(-1) === '#';
  if (open) asked.pop();
  const long = open ? words.length >= asked.length : words.length === asked.length;
  return long && asked.every((each, at) => each === '*' || each === words[at]);
}

/** How often a program has begun to read this queue, seen by the broker's answer. */
function readersOf(stage: Stage, queue: string): () => number {
  const asking = new Set<string>();
  let readers = 0;
  stage.atEach(({ method, args, connection, channel }) => {
    const place = `${connection} ${channel}`;
    if ((method === 'basic.consume' || method === 'basic.get') && args.queue === queue) asking.add(place);
    if (['basic.consume-ok', 'basic.get-ok', 'basic.get-empty'].includes(method) && asking.delete(place)) readers += 1;
  });
  return () => readers;
}

/** Leaves out exchanges that nobody can publish to: the broker would close the grader's channel. */
async function send(stage: Stage, messages: readonly Sent[]): Promise<void> {
  const { exchanges } = await stage.lab.snapshot(stage.vhost);
  const open = new Set(exchanges.filter(({ internal }) => !internal).map(({ name }) => name));
  for (const { exchange, key, body } of messages)
    if (open.has(exchange)) stage.channel.publish(exchange, key, Buffer.from(body), { persistent: true });
  await stage.channel.waitForConfirms();
}

/** From now on, messages whenever the program has changed something; on a channel that may die of it. */
async function sendAtChanges(stage: Stage, make: () => Sent[]): Promise<{ end(): Promise<Sent[]> }> {
  const channel = await stage.open();
  const sent: Sent[] = [];
  let moments = 0;
  let over = false;
  channel.once('close', () => {
    over = true;
  });
  stage.atEach(({ method }) => {
    if (!CHANGED.has(method) || moments === MOMENTS || over) return;
    moments += 1;
    stage.sometimes(MEANWHILE);
    for (const each of make()) {
      sent.push(each);
      channel.publish(each.exchange, each.key, Buffer.from(each.body), { persistent: true });
    }
  });
  return {
    async end() {
      if (!over) await channel.waitForConfirms().catch(() => undefined);
      over = true;
      return sent;
    },
  };
}

/** Whether queues hold as many messages as these must have brought. */
async function haveArrived(stage: Stage, messages: readonly Sent[]): Promise<boolean> {
  const { queues } = await stage.lab.snapshot(stage.vhost);
  const least = new Map<string, number>();
  for (const team of messages.flatMap(({ wanted }) => wanted)) least.set(team, (least.get(team) ?? 0) + 1);
  return [...least].every(([team, count]) => (queues.find(({ name }) => name === team)?.ready ?? 0) >= count);
}

async function bodies(stage: Stage, queues: readonly string[]): Promise<Record<string, string[]>> {
  const taken = await takeAll(stage, queues);
  return Object.fromEntries(
    Object.entries(taken).map(([queue, messages]) => [queue, messages.map(({ content }) => content.toString())]),
  );
}
