/**
 * Jobs whose service fails for a while. The program dies when it lets go of a failed job, or while a job waits, and is started
 * anew. Then nothing happens to it any more, and a short wait begins behind a long one.
 */
import { scenario, takeAll, type Program, type Stage, type WireRecord } from 'warren/grading';

export interface Job {
  readonly id: string;
  readonly body: string;
  /** So many calls of the service fail. */
  readonly fails: number;
}

const HANDING = 'a hand-over was lost';
const LETTING = 'an acknowledgement was lost';
const WAITING = 'the program died while a job waited';
const BEHIND = 'a short wait began behind a long one';
const NEVER = 1_000_000;
/** Nothing moves while all that is left waits for its delay; a machine under load lets the longest grow. */
const PATIENCE = { idleMs: 1200, limitMs: 100_000 };
/** Calls for one job beyond which the program only goes round in circles. */
const CIRCLES = 9;
/** A short wait must have ended so long before the long one for their order to say anything; milliseconds. */
const MARGIN_MS = 50;
/** What a broker is given, at most, to take what was sent to it without a confirm; milliseconds. */
const UNCONFIRMED_MS = 150;
/** On a machine under load the short wait may begin too late; so often it is tried. */
const ROUNDS = 6;
/** Who does nothing for so long while it holds a job waits; milliseconds. It is shorter than the longest delay by far. */
const DOES_NOTHING_MS = 50;
/** Once may be chance on a machine under load. */
const KEPT_ENOUGH = 2;

export default scenario({
  sometimes: [HANDING, LETTING, WAITING, BEHIND],
  async play(stage) {
    const { random } = stage;
    // One death a run. Who lets go of a job, and who gives it to another queue first, is cut off in the middle of it.
    const moments = [random.pick([HANDING, LETTING, WAITING])];
    const [WORK = '', SERVICE = '', PARKED = '', RETRY = ''] = random.words(4);
    const delays = [random.int(30, 40), random.int(80, 100), random.int(290, 320)];
    const [shortest = 0, , longest = 0] = delays;
    Object.assign(stage.env, { WORK, SERVICE, PARKED, RETRY, DELAYS: delays.join(',') });
    for (const queue of [WORK, SERVICE, PARKED]) await stage.channel.assertQueue(queue, { durable: true });

    const jobs: Job[] = [];
    const send = (fails: number): Job => {
      const id = random.nonce();
      const job = { id, fails, body: JSON.stringify({ job: id, subject: random.word() }) };
      jobs.push(job);
      stage.channel.sendToQueue(WORK, Buffer.from(job.body), { persistent: true });
      return job;
    };
    const jobIn = (body: string): Job | undefined => jobs.find(({ id }) => body.includes(id));
    const extra: { bait?: Job; long?: Job; short?: Job } = {};
    const done = await service(stage, SERVICE, jobIn, ({ id }, call) => {
      // It comes to the program behind the news that the long one has failed once more.
      if (id === extra.long?.id && call === delays.length) extra.short = send(1);
    });
    const parked: string[] = [];
    await stage.channel.consume(PARKED, (message) => parked.push(message?.content.toString() ?? ''), { noAck: true });
    const watch = new Watch(WORK, SERVICE, jobIn);
    stage.atEach((record) => watch.see(record));
    const circles = ({ id }: Job): boolean => watch.called(id).length > CIRCLES;
    const isOver = ({ id }: Job): boolean => done.has(id) || parked.some((body) => body.includes(id));
    const over = (): boolean => jobs.some(circles) || jobs.every(isOver);

    // The one that never succeeds waits already when the program dies for the first time.
    const poison = send(NEVER);
    for (const fails of [0, 0, ...random.shuffle([1, 1, 2, 3, ...Array.from({ length: random.int(18, 20) }, () => 0)])])
      send(fails);
    await stage.channel.waitForConfirms();

    const waits = (): boolean => {
      const { length } = watch.settled(poison.id);
      return length > 0 && length === watch.called(poison.id).length;
    };
    const isTime: Readonly<Record<string, (record: WireRecord) => boolean>> = {
      [HANDING]: () => waits() && watch.handing.some((id) => id !== poison.id),
      [LETTING]: () => waits() && watch.letting.some((id) => id !== poison.id),
      [WAITING]: (record) => {
        // Another job keeps the program busy meanwhile.
        if (watch.settled(poison.id).length >= 2) extra.bait ??= send(0);
        return extra.bait !== undefined && watch.isCall(record);
      },
    };
    const lives: Program[] = [];
    let dead = 0;
    let deaths = 0;
    let alive = true;
    stage.atEach((record, line) => {
      const [moment] = moments;
      if (!alive || moment === undefined || record.connection <= dead || isTime[moment]?.(record) !== true) return;
      moments.shift();
      stage.sometimes(moment);
      alive = false;
      deaths += 1;
      dead = watch.newest;
      line.cut();
      void lives.at(-1)?.kill();
    });
    const start = async (): Promise<void> => {
      await lives.at(-1)?.kill();
      watch.begin();
      alive = true;
      lives.push(await stage.program(`life-${deaths + 1}`));
    };
    const planned = moments.length;
    await start();
    for (let life = 1; life <= planned; life++) {
      await stage.until('the first jobs done with', () => deaths >= life || over(), PATIENCE);
      if (deaths < life) break;
      await start();
    }

    moments.length = 0;
    const pairs: { long: string; short: string; judged: boolean }[] = [];
    const keptBy: string[] = [];
    send(delays.length);
    for (let round = 1, judged = false; round <= ROUNDS && !judged && keptBy.length < KEPT_ENOUGH; round++) {
      const long = send(NEVER);
      Object.assign(extra, { long, short: undefined });
      // Told, not called: what passes between the service and the broker moves nothing on the program's wire.
      const failed = (): boolean => watch.told(long.id).length >= delays.length || over();
      if (!(await stage.until('a job to fail three times', failed, PATIENCE))) break;
      // Who has given it to a queue may still wait for the confirm: a disk is slow at times.
      const given = (): boolean => watch.given(long.id).length >= delays.length || over();
      const patience = { ...PATIENCE, idleMs: DOES_NOTHING_MS };
      const idle = !(await stage.until('that job to be given to a queue', given, patience));
      if (!(await stage.until('the rest done with', over, PATIENCE)) || extra.short === undefined) break;
      const [told = 0, behind = Infinity] = [watch.told(long.id), watch.given(long.id)].map((at) => at[delays.length - 1]);
      if (idle && behind - told >= longest) keptBy.push(long.id);
      const { id } = extra.short;
      // Where nothing is confirmed nobody knows when the broker had it.
      const [begun = Infinity] = watch.given(id);
      const [confirmed] = watch.confirmed(id);
      const [settled = Infinity] = watch.settled(id);
      const latest = (confirmed === undefined ? settled + UNCONFIRMED_MS : confirmed) + shortest;
      judged = begun > behind && latest + MARGIN_MS < behind + longest;
      pairs.push({ long: long.id, short: id, judged });
      if (judged) stage.sometimes(BEHIND);
    }
    let held: { queue: string; count: number }[] = [];
    const allSettled = async (): Promise<boolean> => {
      const { queues } = await stage.lab.snapshot(stage.vhost);
      held = queues.flatMap(({ name: queue, ready, unacked }) => {
        const count = unacked + (queue === WORK ? ready : 0);
        return count > 0 ? [{ queue, count }] : [];
      });
      return held.length === 0 || jobs.some(circles);
    };
    // A real broker cannot always be asked while it clears away a connection.
    await stage.until('all that was taken settled', () => allSettled().catch(() => false), PATIENCE);
    await lives.at(-1)?.stop();
    const { queues } = await stage.lab.snapshot(stage.vhost);
    const own = queues.map(({ name }) => name).filter((name) => ![PARKED, SERVICE].includes(name));
    // Twice: what has waited moves on meanwhile.
    const taken = [await takeAll(stage, own), await takeAll(stage, own)];
    const left = taken.flatMap((each) => Object.values(each).flat());
    await stage.channel.checkQueue(PARKED);
    stage.note('jobs', jobs);
    stage.note('pairs', pairs);
    stage.note('done', [...done]);
    stage.note('parked', parked);
    const bodies = left.map(({ content }) => content.toString());
    stage.note('left', bodies);
    stage.note('held', held);
    stage.note('kept by the program', keptBy.length < KEPT_ENOUGH ? [] : keptBy);
    stage.note('last life', `life-${deaths + 1}`);
  },
});

/** Answers the calls of a job: so many fail, then they succeed. The set of jobs that have succeeded grows as they do. */
async function service(
  stage: Stage,
  queue: string,
  jobIn: (body: string) => Job | undefined,
  answered: (job: Job, call: number) => void,
): Promise<Set<string>> {
  const done = new Set<string>();
  const calls = new Map<string, number>();
  const answer = (message: { content: Buffer; properties: { replyTo?: unknown; correlationId?: unknown } } | null): void => {
    const job = jobIn(message?.content.toString() ?? '');
    if (message === null || job === undefined) return;
    const call = (calls.get(job.id) ?? 0) + 1;
    calls.set(job.id, call);
    const succeeds = call > job.fails;
    if (succeeds) done.add(job.id);
    const { replyTo, correlationId } = message.properties;
    const reply = Buffer.from(succeeds ? 'done' : 'failed');
    if (replyTo) stage.channel.sendToQueue(String(replyTo), reply, { correlationId: String(correlationId ?? '') });
    answered(job, call);
  };
  await stage.channel.consume(queue, answer, { noAck: true });
  return done;
}

/** What has passed on the wire about each job; times are milliseconds since the run began. */
class Watch {
  /** The connection that was made last. */
  newest = 0;
  /** Jobs that the record seen last gives to another queue. */
  handing: readonly string[] = [];
  /** Jobs that the record seen last lets go of, and that this life gave to another queue before. */
  letting: readonly string[] = [];
  /** Jobs that this life gave to another queue. */
  private readonly handed = new Set<string>();
  private readonly handings = new Map<string, number[]>();
  private readonly calls = new Map<string, number[]>();
  /** The job of the last call with a program and a correlation id. */
  private readonly asked = new Map<string, string>();
  private readonly replies = new Map<string, number[]>();
  private readonly settlements = new Map<string, number[]>();
  private readonly confirms = new Map<string, number[]>();
  /** Deliveries that are not settled, by connection, channel and tag. */
  private readonly open = new Map<string, string>();
  /** Publishes that are not confirmed, in the same way; what is no job is ''. */
  private readonly unconfirmed = new Map<string, string>();
  /** How much was published on each channel in confirm mode. */
  private readonly published = new Map<string, number>();
  private automatic = false;

  constructor(
    private readonly work: string,
    private readonly service: string,
    private readonly jobIn: (body: string) => Job | undefined,
  ) {}

  /** Another life begins. */
  begin(): void {
    this.handed.clear();
    this.open.clear();
  }

  see(record: WireRecord): void {
    const { method, args, program, connection, channel, at, content } = record;
    this.newest = Math.max(this.newest, connection);
    if (args.queue === this.work && args.noAck === true) this.automatic = true;
    const id = content === undefined ? undefined : this.jobIn(content.body.toString())?.id;
    const delivered = method === 'basic.deliver' || method === 'basic.get-ok';
    if (delivered && id !== undefined) {
      if (this.automatic) this.note(this.settlements, id, at);
      else this.open.set(`${connection} ${channel} ${args.deliveryTag}`, id);
    }
    const asked = `${program} ${content?.properties.correlationId}`;
    if (this.isCall(record) && id !== undefined) {
      this.note(this.calls, id, at);
      this.asked.set(asked, id);
    }
    const answered = delivered && id === undefined ? this.asked.get(asked) : undefined;
    if (answered !== undefined) this.note(this.replies, answered, at);
    const way = `${connection} ${channel}`;
    if (method === 'confirm.select') this.published.set(way, 0);
    const before = this.published.get(way);
    if (method === 'basic.publish' && before !== undefined) {
      this.published.set(way, before + 1);
      this.unconfirmed.set(`${way} ${before + 1}`, this.isCall(record) ? '' : (id ?? ''));
    }
    if (record.from === 'broker' && method === 'basic.ack')
      for (const each of covered(this.unconfirmed, record)) this.note(this.confirms, each, at);
    const settled = record.from === 'program' ? covered(this.open, record) : [];
    const thrown = method !== 'basic.ack' && args.requeue !== true ? settled : [];
    this.letting = settled.filter((each) => this.handed.has(each));
    this.handing = method === 'basic.publish' && !this.isCall(record) && id !== undefined ? [id] : thrown;
    for (const each of this.handing) {
      this.handed.add(each);
      this.note(this.handings, each, at);
    }
    for (const each of settled) this.note(this.settlements, each, at);
  }

  isCall({ method, args }: WireRecord): boolean {
    return method === 'basic.publish' && args.exchange === '' && args.routingKey === this.service;
  }

  /** When the service was called for a job. */
  called(id: string): readonly number[] {
    return this.calls.get(id) ?? [];
  }

  /** When the program was told what became of a call for a job. */
  told(id: string): readonly number[] {
    return this.replies.get(id) ?? [];
  }

  /** When a job was given to another queue. */
  given(id: string): readonly number[] {
    return this.handings.get(id) ?? [];
  }

  /** When a delivery of a job was settled. */
  settled(id: string): readonly number[] {
    return this.settlements.get(id) ?? [];
  }

  /** When the broker confirmed that it had taken a job into another queue. */
  confirmed(id: string): readonly number[] {
    return this.confirms.get(id) ?? [];
  }

  private note(where: Map<string, number[]>, id: string, at: number): void {
    where.set(id, [...(where.get(id) ?? []), at]);
  }
}

/** Takes out what a record acknowledges, whichever side it comes from; keys are connection, channel and tag. */
function covered(open: Map<string, string>, { method, args, connection, channel }: WireRecord): string[] {
  if (!['basic.ack', 'basic.nack', 'basic.reject'].includes(method)) return [];
  const last = Number(args.deliveryTag);
  const keys = [...open.keys()].filter((key) => {
    const [itsConnection, itsChannel, tag = NaN] = key.split(' ').map(Number);
    if (itsConnection !== connection || itsChannel !== channel) return false;
    return tag === last || (args.multiple === true && (last === 0 || tag < last));
  });
  const found = keys.map((key) => open.get(key) ?? '');
  for (const key of keys) open.delete(key);
  return found;
}
