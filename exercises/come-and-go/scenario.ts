/** Three visitors hear news and answer questions; one of them is killed as it answers, later the others leave. */
import { scenario, takeAll, type Program, type Stage } from 'warren/grading';

/** A slow machine is no fault of the answer's. */
const LIMIT_MS = 40_000;

const DIED = 'a visitor died with a question in hand';

export default scenario({
  sometimes: [DIED],
  async play(stage) {
    const { random } = stage;
    const [NEWS = '', QUESTIONS = '', HEARD = '', ...names] = random.words(6);
    Object.assign(stage.env, { NEWS, QUESTIONS, HEARD });
    await stage.channel.assertExchange(NEWS, 'fanout', { durable: true });
    await stage.channel.assertQueue(HEARD, { durable: true });
    const told = new Set<string>();
    const questions = Array.from({ length: random.int(9, 12) }, () => random.nonce());
    const left = random.shuffle(names);
    const gone = left.shift() ?? '';
    const visitors: Program[] = [];
    let dead: Promise<void> | null = null;
    const kill = (): void => {
      dead ??= visitors.find(({ name }) => name === gone)?.kill() ?? null;
    };
    stage.atEach(({ program, method, args, content }, line) => {
      if (method !== 'basic.publish' || args.routingKey !== HEARD || (program === gone && dead !== null)) return;
      const key = keyOf(content?.body.toString() ?? '');
      if (program === gone && questions.some((each) => key === `${gone} ${each}`)) {
        stage.sometimes(DIED);
        line.cut();
        kill();
      } else told.add(key);
    });
    for (const name of names) visitors.push(await stage.program(name));
    await stage.until('all visitors to be here', () => names.every((name) => told.has(`${name} here`)), { limitMs: LIMIT_MS });
    await stage.listing('all here');

    const publish = async (count: number): Promise<string[]> => {
      const news = Array.from({ length: count }, () => random.nonce());
      const { exchanges } = await stage.lab.snapshot(stage.vhost);
      // Publishing to what a visitor has deleted would close the channel.
      if (!exchanges.some(({ name }) => name === NEWS)) return news;
      for (const each of news) stage.channel.publish(NEWS, random.word(), Buffer.from(each));
      await stage.channel.waitForConfirms().catch(() => undefined);
      return news;
    };
    const early = await publish(random.int(3, 5));
    const all = (news: readonly string[], who: readonly string[]): boolean =>
      who.every((name) => news.every((each) => told.has(`${name} ${each}`)));
    await stage.until('the news heard by all', () => all(early, names), { limitMs: LIMIT_MS });
    // To a queue that is not there they go nowhere, which is for the checks to see.
    for (const each of questions) stage.channel.sendToQueue(QUESTIONS, Buffer.from(each));
    await stage.channel.waitForConfirms().catch(() => undefined);
    const answered = (): boolean => questions.every((each) => left.some((name) => told.has(`${name} ${each}`)));
    await stage.until('every question answered', answered, { limitMs: LIMIT_MS });
    await stage.until('every question acknowledged', async () => !(await isOpen(stage, QUESTIONS)), { limitMs: LIMIT_MS });

    // Whoever has no question in hand dies, too.
    kill();
    await dead;
    await stage.until('the broker to see that one is gone', async () => !(await visitorsIn(stage)).has(gone), {
      limitMs: LIMIT_MS,
    });
    await stage.listing('one gone');
    const late = await publish(random.int(2, 3));
    await stage.until('the later news heard by the others', () => all(late, left), { limitMs: LIMIT_MS });

    await Promise.all(visitors.map((visitor) => (visitor.name === gone ? undefined : visitor.stop())));
    const nobody = async (): Promise<boolean> => {
      const here = await visitorsIn(stage);
      return !names.some((name) => here.has(name));
    };
    await stage.until('the broker to see that all are gone', nobody, { limitMs: LIMIT_MS });
    await stage.listing('all gone');
    const { [HEARD]: heard = [] } = await takeAll(stage, [HEARD]);
    stage.note(
      'heard',
      heard.map(({ content }) => keyOf(content.toString())),
    );
    stage.note('news', [
      ...early.flatMap((each) => names.map((name) => [name, each])),
      ...late.flatMap((each) => left.map((name) => [name, each])),
    ]);
    stage.note('questions', questions);
    stage.note('visitors', names);
    stage.note('later', { gone, left });
  },
});

/** A report as one text: who, and what. */
function keyOf(report: string): string {
  try {
    const { visitor, body } = JSON.parse(report) as { visitor?: unknown; body?: unknown };
    return `${visitor} ${body}`;
  } catch {
    return report;
  }
}

/** Whether somebody has a message of this queue in hand. */
async function isOpen(stage: Stage, name: string): Promise<boolean> {
  const { queues } = await stage.lab.snapshot(stage.vhost);
  return queues.some((queue) => queue.name === name && queue.unacked > 0);
}

/** Users that have a connection. */
async function visitorsIn(stage: Stage): Promise<ReadonlySet<string>> {
  const { connections } = await stage.lab.snapshot(stage.vhost);
  return new Set(connections.map(({ user }) => user));
}
