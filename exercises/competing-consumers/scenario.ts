/** Three workers share a queue; one of them is killed as it publishes a result, with the job still in its hand. */
import { scenario, takeAll, type Program } from 'warren/grading';

const DIED = 'a worker died with a job in hand';

/** So many jobs wait at first. Enough to give each worker more than it may hold, if it takes what it gets. */
const STOCK = 12;
/** A worker that comes late shall have something to die of; but not for ever. */
const MOST = 45;

/** A slow machine is no fault of the answer's. */
const LIMIT_MS = 40_000;

export default scenario({
  sometimes: [DIED],
  async play(stage) {
    const [JOBS = '', DONE = ''] = stage.random.words(2);
    Object.assign(stage.env, { JOBS, DONE, HOLD: String(stage.random.int(1, 3)) });
    for (const queue of [JOBS, DONE]) await stage.channel.assertQueue(queue, { durable: true });
    const names = ['ann', 'ben', 'cleo'];
    const victim = stage.random.pick(names);
    const workers: Program[] = [];
    const jobs: string[] = [];
    const left = new Set<string>();
    stage.note('jobs', jobs);
    const send = (): void => {
      const job = stage.random.nonce();
      jobs.push(job);
      left.add(job);
      // Long enough to overlap: the others get theirs meanwhile.
      const body = JSON.stringify({ job, ms: stage.random.int(8, 25) });
      stage.channel.sendToQueue(JOBS, Buffer.from(body), { persistent: true });
    };
    // For those who are left.
    let toCome = stage.random.int(3, 6);
    const consuming = new Set<string>();
    let results = 0;
    const dieAt = stage.random.int(2, 3);
    let dead: string | null = null;
    stage.atEach((record, line) => {
      const { method, program, args, content } = record;
      if (program === dead) return;
      if (method === 'basic.consume-ok') consuming.add(program);
      if (method !== 'basic.publish' || args.routingKey !== DONE) return;
      if (program === victim && ++results === dieAt) {
        dead = victim;
        stage.sometimes(DIED);
        line.cut();
        void workers.find(({ name }) => name === victim)?.kill();
        return;
      }
      // A job for each result keeps them all at work until one has died.
      if (left.delete(content?.body.toString() ?? '') && (dead === null ? jobs.length < MOST : toCome-- > 0)) send();
    });
    for (const name of names) workers.push(await stage.program(name));
    await stage.until('all three to consume', () => consuming.size === names.length, { limitMs: LIMIT_MS });
    for (let count = 0; count < STOCK; count++) send();
    await stage.until('a result for every job', () => left.size === 0, { limitMs: LIMIT_MS });
    // Results that nobody needs would come in the same breath.
    const settled = async (): Promise<boolean> => {
      const { queues } = await stage.lab.snapshot(stage.vhost);
      // Whoever deletes the queue has nothing in hand either.
      return !queues.some(({ name, unacked }) => name === JOBS && unacked > 0);
    };
    await stage.until('the last acknowledgement', settled, { limitMs: LIMIT_MS });
    await Promise.all(workers.map((worker) => (worker.name === dead ? undefined : worker.stop())));
    const { [DONE]: arrived = [] } = await takeAll(stage, [DONE]);
    stage.note(
      'arrived',
      arrived.map(({ content }) => content.toString()),
    );
    stage.note('workers', names);
  },
});
