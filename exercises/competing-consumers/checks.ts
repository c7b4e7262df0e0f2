import { checks, lostAfterAck, missing, repeatedEffects } from 'warren/grading';

/** A job is JSON with its name; what is not cannot be one of ours. */
function jobOf(body: string): string {
  return /"job":"(\w+)"/.exec(body)?.[1] ?? body;
}

export default checks({
  done: (run) => {
    const jobs = run.note<string[]>('jobs');
    const open = missing(jobs, run.note<string[]>('arrived'));
    return open.length === 0 ? [] : [{ text: 'undone', with: { count: open.length, of: jobs.length, first: open[0] ?? '' } }];
  },
  shared: (run) =>
    run
      .note<string[]>('workers')
      .filter((name) => !run.deliveries.some(({ program }) => program === name))
      .map((name) => ({ text: 'unused', with: { name } })),
  'nothing-lost': (run) => {
    const given = run.deliveries.map((delivery) => ({ ...delivery, body: jobOf(delivery.body) }));
    return lostAfterAck(given, run.note<string[]>('jobs'), run.note<string[]>('arrived')).map(({ body, program, record }) => ({
      text: 'lost',
      with: { job: body, name: program },
      at: record,
      follow: body,
    }));
  },
  'not-doubled': (run) => {
    // What a worker puts back it has not done: somebody else will.
    const given = run.deliveries.filter(({ settled }) => settled?.how !== 'requeue').map(({ body }) => jobOf(body));
    return repeatedEffects(run.note<string[]>('arrived')).flatMap(({ effect, times }) => {
      const deliveries = given.filter((job) => job === effect).length;
      return times > deliveries ? [{ text: 'doubled', with: { job: effect, times, deliveries } }] : [];
    });
  },
  kept: (run) =>
    run.publishes
      .filter(({ persistent }) => !persistent)
      .slice(0, 1)
      .map(({ body, program, record }) => ({ text: 'transient', with: { job: body, name: program }, at: record, follow: body })),
});
