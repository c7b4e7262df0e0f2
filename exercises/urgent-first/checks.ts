import { checks, lostAfterAck, missing, undrained } from 'warren/grading';

interface Job {
  readonly body: string;
  readonly priority: number | undefined;
  readonly urgency: number;
}

export default checks({
  built: (run) => {
    const { JOBS = '' } = run.facts.env;
    return run.listing('built').queues.some(({ name }) => name === JOBS) ? [] : [{ text: 'absent', with: { name: JOBS } }];
  },
  // That a job which left the queue has no result is said by another check. But who loses nearly all of them has done nothing.
  done: (run) => {
    const jobs = run.note<string[]>('jobs');
    const open = missing(jobs, run.note<string[]>('results'));
    const [left] = undrained(run.listing('end'), [run.facts.env.JOBS ?? '']);
    const few = open.length > jobs.length * 0.9;
    const count = few || left?.exists === false ? open.length : left === undefined ? 0 : left.ready + left.unacked;
    return count === 0 ? [] : [{ text: 'undone', with: { count, of: jobs.length } }];
  },
  order: (run) => {
    const waiting = run.note<Job[]>('waiting');
    const byBody = new Map(waiting.map((job, place) => [job.body, { ...job, place }]));
    const given = run.deliveries
      .filter(({ redelivered }) => !redelivered)
      .flatMap(({ body, record }) => {
        const job = byBody.get(body);
        return job === undefined ? [] : [{ ...job, record }];
      });
    for (const [i, later] of given.entries()) {
      const earlier = given[i - 1];
      if (earlier === undefined) continue;
      const overtook = earlier.urgency < later.urgency;
      if (!overtook && (earlier.urgency > later.urgency || earlier.place < later.place)) continue;
      const text = overtook ? 'less-urgent-first' : 'not-in-turn';
      return [{ text, with: { first: shown(earlier), second: shown(later) }, at: later.record, follow: later.body }];
    }
    return [];
  },
  'nothing-lost': (run) =>
    lostAfterAck(run.deliveries, run.note<string[]>('jobs'), run.note<string[]>('results'))
      .slice(0, 1)
      .map(({ body, record, settled }) => {
        return { text: 'lost', with: { job: body }, at: settled?.record ?? record, follow: body };
      }),
  kept: (run) => {
    const { JOBS = '', DONE = '' } = run.facts.env;
    const queue = run.listing('built').queues.find(({ name }) => name === JOBS);
    if (queue !== undefined && (!queue.durable || queue.autoDelete)) return [{ text: 'passing', with: { name: JOBS } }];
    return run.publishes
      .filter(({ routingKey, persistent }) => routingKey === DONE && !persistent)
      .slice(0, 1)
      .map(({ body, record }) => ({ text: 'transient', with: { job: body }, at: record, follow: body }));
  },
});

function shown({ body, priority }: Job): string {
  return priority === undefined ? `${body} (no priority)` : `${body} (priority ${priority})`;
}
