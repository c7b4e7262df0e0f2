import { checks, isGone, type RunHistory } from 'warren/grading';

interface Sent {
  readonly body: string;
  readonly from: string;
  readonly to: string;
  readonly mark: string | null;
}

interface Arrived {
  readonly vhost: string;
  readonly body: string;
}

/** The virtual host of each connection. */
function vhostsOf(run: RunHistory): Map<number, string> {
  return new Map(run.of('connection.open').map(({ connection, args }) => [connection, String(args.virtualHost)]));
}

export default checks({
  carried: (run) => {
    const sent = run.note<Sent[]>('sent');
    const arrived = run.note<Arrived[]>('arrived');
    const open = sent.filter(({ body, to }) => !arrived.some((each) => each.body === body && each.vhost === to));
    const [first] = open;
    if (first === undefined) return run.note<boolean>('held') ? [] : [{ text: 'left-over' }];
    const { body, from, to, mark } = first;
    const elsewhere = arrived.some((each) => each.body === body);
    const text = elsewhere ? 'astray' : 'not-carried';
    return [{ text, with: { count: open.length, of: sent.length, body, from, to, mark: mark ?? '-' }, follow: body }];
  },
  apart: (run) => {
    const vhosts = vhostsOf(run);
    const owner = new Map(run.note<Sent[]>('sent').flatMap(({ body, from, to }) => (from === to ? [[body, from]] : [])));
    const leaks = run.publishes.flatMap(({ body, record }) => {
      const from = owner.get(body);
      const to = vhosts.get(record.connection) ?? '';
      return from === undefined || from === to ? [] : [{ text: 'leaked', with: { body, from, to }, at: record, follow: body }];
    });
    return leaks.slice(0, 1);
  },
  'nothing-lost': (run) => {
    const { OUT } = run.facts.env;
    const ours = new Set(run.note<Sent[]>('sent').map(({ body }) => body));
    const arrived = new Set(run.note<Arrived[]>('arrived').map(({ body }) => body));
    const lost = run.deliveries.filter(
      (delivery) => delivery.queue === OUT && ours.has(delivery.body) && isGone(delivery) && !arrived.has(delivery.body),
    );
    return lost.slice(0, 1).map(({ body, program, record }) => ({
      text: 'lost',
      with: { body, program },
      at: record,
      follow: body,
    }));
  },
});
