import { checks, isGone, type Delivery, type Publish, type RunHistory } from 'warren/grading';

interface Job {
  readonly id: string;
  readonly body: string;
  readonly fails: number;
}

/** A call of the service, and the delivery for which it was made. */
interface Call {
  readonly publish: Publish;
  readonly failed: boolean;
  readonly delivery: Delivery | undefined;
}

/** What is known of a job when the run is over. */
interface Story {
  readonly job: Job;
  readonly never: boolean;
  readonly calls: readonly Call[];
  readonly deliveries: readonly Delivery[];
  readonly done: boolean;
  readonly parked: boolean;
  /** Still in a queue. */
  readonly left: boolean;
  /** The program died after it had called for this job, before the broker heard that it was settled: it may come twice. */
  readonly interrupted: boolean;
}

/** Timers of two machines do not agree to the millisecond. */
const TOLERANCE_MS = 5;

const delaysOf = (run: RunHistory): number[] => (run.facts.env.DELAYS ?? '').split(',').map(Number);

const isCall = (run: RunHistory, { exchange, routingKey }: Publish): boolean =>
  exchange === '' && routingKey === run.facts.env.SERVICE;

function storiesOf(run: RunHistory): Story[] {
  const done = new Set(run.note<string[]>('done'));
  const parked = new Set(run.note<string[]>('parked'));
  const left = run.note<string[]>('left');
  const last = run.note<string>('last life');
  return run.note<Job[]>('jobs').map((job) => {
    const deliveries = run.deliveries.filter(({ body }) => body.includes(job.id));
    const arrived = run.publishes.filter(
      (publish) => isCall(run, publish) && !publish.record.cut && publish.body.includes(job.id),
    );
    const calls = arrived.map((publish, i): Call => {
      const before = deliveries.filter(
        ({ program, record }) => program === publish.program && record.index < publish.record.index,
      );
      return { publish, failed: i < job.fails, delivery: before.at(-1) };
    });
    const open = calls.some(({ delivery }) => delivery?.settled === null && delivery.program !== last);
    return {
      job,
      never: job.fails > delaysOf(run).length,
      calls,
      deliveries,
      done: done.has(job.id),
      parked: parked.has(job.body),
      left: left.some((body) => body.includes(job.id)),
      interrupted: open,
    };
  });
}

const isOver = ({ never, done, parked }: Story): boolean => (never ? parked : done || parked);

const isLost = (story: Story): boolean => !isOver(story) && !story.left && story.deliveries.some(isGone);

/** A job for which the service was called again although the broker had not given it out again. */
function calledAgain({ calls }: Story): Call | undefined {
  return calls.find((call, i) => {
    const before = calls[i - 1];
    return before?.failed === true && before.publish.program === call.publish.program && before.delivery === call.delivery;
  });
}

export default checks({
  done: (run) => {
    const stories = storiesOf(run);
    const lost = stories.filter(isLost);
    // That one is lost is said by the next check. But who loses most of them does not do the work.
    const few = lost.length > stories.length / 2;
    const open = stories.filter((story) => !isOver(story) && (few || !isLost(story)));
    const first = open.find(({ never }) => !never) ?? open[0];
    if (first !== undefined) {
      const text = first.never ? 'not-parked' : 'undone';
      return [{ text, with: { count: open.length, job: first.job.id, calls: first.calls.length }, follow: first.job.body }];
    }
    const [held] = run.note<{ queue: string; count: number }[]>('held');
    return held === undefined ? [] : [{ text: 'unsettled', with: { queue: held.queue, count: held.count } }];
  },
  'nothing-lost': (run) =>
    storiesOf(run)
      .filter(isLost)
      .flatMap(({ job, deliveries }) => {
        const gone = deliveries.filter(isGone).at(-1);
        if (gone === undefined) return [];
        const at = gone.settled?.record ?? gone.record;
        return [{ text: 'lost', with: { job: job.id, program: gone.program }, at, follow: job.body }];
      }),
  'waits-in-broker': (run) => {
    const stories = storiesOf(run).filter(({ interrupted }) => !interrupted);
    for (const story of stories) {
      const { id: job, body: follow } = story.job;
      const again = calledAgain(story);
      if (again !== undefined) return [{ text: 'kept-by-program', with: { job }, at: again.publish.record, follow }];
      const back = story.calls.flatMap(({ failed, delivery }) => (failed && delivery?.settled ? [delivery.settled] : []));
      const requeue = back.find(({ how }) => how === 'requeue');
      if (requeue !== undefined) return [{ text: 'given-back', with: { job }, at: requeue.record, follow }];
    }
    const [held] = run.note<string[]>('kept by the program');
    const story = stories.find(({ job }) => job.id === held);
    return story === undefined ? [] : [{ text: 'held', with: { job: story.job.id }, follow: story.job.body }];
  },
  'in-time': (run) => {
    const delays = delaysOf(run);
    return storiesOf(run).flatMap(({ job, calls, interrupted }) => {
      if (interrupted) return [];
      return calls.flatMap(({ publish }, i) => {
        const [before, delay] = [calls[i - 1], delays[i - 1]];
        if (before === undefined || delay === undefined || !before.failed) return [];
        const after = publish.record.at - before.publish.record.at;
        if (after >= delay - TOLERANCE_MS) return [];
        const ms = Math.round(after);
        return [{ text: 'early', with: { job: job.id, tries: i, ms, delay }, at: publish.record, follow: job.body }];
      });
    });
  },
  tries: (run) => {
    const most = delaysOf(run).length + 1;
    return storiesOf(run).flatMap(({ job: { id: job, body: follow }, calls, parked, never, interrupted }) => {
      const count = calls.length;
      if (parked && (!never || count < most)) return [{ text: 'gave-up', with: { job, count, most }, follow }];
      const at = calls[most]?.publish.record;
      return at === undefined || interrupted ? [] : [{ text: 'too-often', with: { job, count, most }, at, follow }];
    });
  },
  'moves-on': (run) => {
    const stories = new Map(storiesOf(run).map((story) => [story.job.id, story]));
    const [delay = 0, , longest = 0] = delaysOf(run);
    const tries = delaysOf(run).length + 1;
    return run.note<{ long: string; short: string; judged: boolean }[]>('pairs').flatMap(({ long, short, judged }) => {
      const [before, end] =
        stories
          .get(long)
          ?.calls.slice(tries - 2)
          .map(({ publish }) => publish.record) ?? [];
      const again = stories.get(short)?.calls[1]?.publish.record;
      if (!judged || before === undefined || end === undefined || again === undefined || again.index < end.index) return [];
      // Who does not let the one wait for long enough has not let the other stand behind it.
      if (end.at - before.at < longest - TOLERANCE_MS) return [];
      const follow = stories.get(short)?.job.body ?? '';
      return [{ text: 'stood-behind', with: { short, long, delay, longest }, at: again, follow }];
    });
  },
  kept: (run) => {
    const jobs = run.note<Job[]>('jobs');
    const transient = run.publishes.find((publish) => {
      return !publish.persistent && !isCall(run, publish) && jobs.some(({ id }) => publish.body.includes(id));
    });
    if (transient !== undefined) {
      const job = jobs.find(({ id }) => transient.body.includes(id));
      return [{ text: 'transient', with: { job: job?.id ?? '' }, at: transient.record, follow: transient.body }];
    }
    const { RETRY = '' } = run.facts.env;
    const fleeting = run
      .listing()
      .queues.find(({ name, durable, exclusive }) => name.startsWith(RETRY) && !durable && !exclusive);
    return fleeting === undefined ? [] : [{ text: 'not-durable', with: { queue: fleeting.name } }];
  },
});
