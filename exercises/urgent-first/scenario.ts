/**
 * The program declares the queue; jobs of all priorities wait in it; then it works them off, while more arrive, dies as it gives
 * a result, and is started again.
 */
import { scenario, takeAll } from 'warren/grading';

interface Job {
  readonly body: string;
  /** Undefined: the message has none. */
  readonly priority: number | undefined;
  /** What it counts as. */
  readonly urgency: number;
}

const DEATH = 'a worker died as it gave a result';

/** A slow machine is no fault of the answer's. */
const LIMIT_MS = 40_000;

export default scenario({
  sometimes: [DEATH],
  async play(stage) {
    const { random } = stage;
    const [JOBS = '', DONE = ''] = random.words(2);
    const levels = random.int(4, 8);
    Object.assign(stage.env, { JOBS, DONE, LEVELS: String(levels) });
    await stage.channel.assertQueue(DONE, { durable: true });
    const setup = await stage.program('setup');
    await stage.until('the setup', () => setup.fate.state !== 'running', { limitMs: LIMIT_MS });
    await setup.stop();
    const { queues } = await stage.listing('built');
    const there = queues.some(({ name }) => name === JOBS);
    const job = (priority: number | undefined): Job => {
      return { body: random.nonce(), priority, urgency: Math.min(priority ?? 0, levels) };
    };
    const send = async (jobs: readonly Job[]): Promise<void> => {
      for (const { body, priority } of jobs) {
        const options = priority === undefined ? {} : { priority };
        if (there) stage.channel.sendToQueue(JOBS, Buffer.from(body), { ...options, persistent: true });
      }
      await stage.channel.waitForConfirms();
    };

    const some = Array.from({ length: random.int(12, 16) }, () => job(random.int(0, levels)));
    const edges = [job(undefined), job(undefined), job(0), job(levels), job(levels + 2), job(levels), job(levels + 1)];
    const waiting = random.shuffle([...some, ...edges]);
    const more = Array.from({ length: 3 }, () => job(levels));
    const all = [...waiting, ...more].map(({ body }) => body);
    await send(waiting);
    const moreAt = random.int(4, 8);
    const deathAt = random.int(9, 12);
    const open = new Set(all);
    let results = 0;
    stage.atEach(({ method, args, content }, line) => {
      if (method !== 'basic.publish' || args.routingKey !== DONE) return;
      results += 1;
      // A run that goes beyond a limit is ended, and the grader's channel with it.
      if (results === moreAt) send(more).catch(() => undefined);
      if (results === deathAt) {
        stage.sometimes(DEATH);
        line.cut();
      } else {
        open.delete(content?.body.toString() ?? '');
      }
    });
    if (there) {
      const worker = await stage.program('worker');
      await stage.until('the worker to die', () => results >= deathAt, { limitMs: LIMIT_MS });
      await worker.kill();
    }
    if (results >= deathAt) {
      await stage.program('worker');
      const left = async (): Promise<number> => (await stage.depth(JOBS)) + (await stage.unsettled(JOBS));
      await stage.until('every job done', async () => open.size === 0 && (await left()) === 0, { limitMs: LIMIT_MS });
    }
    const taken = await takeAll(stage, [DONE]);
    stage.note('waiting', waiting);
    stage.note('jobs', all);
    stage.note(
      'results',
      (taken[DONE] ?? []).map(({ content }) => content.toString()),
    );
  },
});
