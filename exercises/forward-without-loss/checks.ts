import { checks, isGone, lostAfterAck, missing } from 'warren/grading';

export default checks({
  // An order that was acknowledged and is nowhere was taken over, too; that it is lost is said by the next check. But who loses
  // nearly all of them forwards nothing.
  forwards: (run) => {
    const orders = run.note<string[]>('orders');
    const arrived = new Set(run.note<string[]>('arrived'));
    const few = orders.filter((order) => arrived.has(order)).length < orders.length / 10;
    const done = few ? [...arrived] : run.deliveries.filter(isGone).map(({ body }) => body);
    const left = missing(orders, done);
    return left.length === 0 ? [] : [{ text: 'not-forwarded', with: { count: left.length, first: left[0] ?? '' } }];
  },
  'nothing-lost': (run) =>
    lostAfterAck(run.deliveries, run.note<string[]>('orders'), run.note<string[]>('arrived')).map(
      ({ body, record, settled }) => ({
        text: 'lost',
        with: { order: body },
        at: settled?.record ?? record,
        follow: body,
      }),
    ),
  persistent: (run) =>
    run.publishes
      .filter(({ persistent }) => !persistent)
      .slice(0, 1)
      .map(({ body, record }) => ({ text: 'transient', with: { order: body }, at: record, follow: body })),
});
