import { checks, isGone, type Finding, type RunHistory } from 'warren/grading';

interface Event {
  readonly key: string;
  readonly body: string;
  readonly wanted: readonly string[];
  readonly odd: boolean;
}

interface Report {
  readonly key: unknown;
  readonly body: unknown;
}

function reportOf(text: string): Report {
  try {
    const { key, body } = JSON.parse(text) as Report;
    return { key, body };
  } catch {
    return { key: null, body: null };
  }
}

export default checks({
  built: (run) => {
    const { exchanges, queues } = run.listing('built');
    const { EVENTS = '', SUBSCRIPTIONS = '{}' } = run.facts.env;
    const wanted = Object.keys(JSON.parse(SUBSCRIPTIONS) as object);
    if (!run.came('the program to be ready')) return [{ text: 'not-ready' }];
    const absent = wanted.filter((queue) => !queues.some(({ name }) => name === queue));
    if (!exchanges.some(({ name }) => name === EVENTS)) absent.unshift(EVENTS);
    return absent.map((name) => ({ text: 'absent', with: { name } }));
  },
  reported: (run) => {
    const reports = run.note<string[]>('reports').map(reportOf);
    const unwanted = run.note<Event[]>('events').filter(({ wanted, odd }) => wanted.length === 0 && !odd);
    const few = reports.length < unwanted.length / 2;
    // An event that was acknowledged and is not reported was taken; that it is lost is said by another check. But who loses
    // most of them reports nothing.
    const lost = new Set(few ? [] : run.deliveries.filter(isGone).map(({ body }) => body));
    for (const { body } of reports) lost.delete(String(body));
    const open = unwanted
      .filter((event) => !lost.has(event.body))
      .filter((event) => !reports.some(({ key, body }) => body === event.body && key === event.key));
    const [first] = open;
    if (first === undefined) return [];
    const text = reports.some(({ body }) => body === first.body) ? 'wrong-key' : 'unreported';
    return [{ text, with: { count: open.length, of: unwanted.length, key: first.key, body: first.body } }];
  },
  routes: (run) => {
    const arrived = run.note<Record<string, string[]>>('arrived');
    const reports = run.note<string[]>('reports').map(reportOf);
    const events = run.note<Event[]>('events').filter(({ odd }) => !odd);
    return events.flatMap(({ key, body, wanted }): Finding[] => {
      if (wanted.length > 0 && reports.some((report) => report.body === body)) return [{ text: 'reported-too', with: { key } }];
      return Object.entries(arrived).flatMap(([queue, bodies]): Finding[] => {
        const times = bodies.filter((each) => each === body).length;
        const should = wanted.includes(queue) ? 1 : 0;
        const text = times === 0 ? 'not-routed' : should === 0 ? 'routed-too' : 'routed-twice';
        return times === should ? [] : [{ text, with: { key, queue } }];
      });
    });
  },
  'nothing-lost': (run) => {
    const reported = new Set(run.note<string[]>('reports').map((text) => reportOf(text).body));
    const unwanted = new Map(run.note<Event[]>('events').map((event) => [event.body, event]));
    const lost = run.deliveries.filter((delivery) => {
      const event = unwanted.get(delivery.body);
      return event?.wanted.length === 0 && isGone(delivery) && !reported.has(delivery.body);
    });
    return lost.slice(0, 1).map(({ body, record }) => {
      const key = unwanted.get(body)?.key ?? '';
      return { text: 'lost', with: { key }, at: record, follow: body };
    });
  },
  acknowledged: (run) => {
    const reported = new Set(run.note<string[]>('reports').map((text) => reportOf(text).body));
    const settled = new Set(run.deliveries.filter(isGone).map(({ body }) => body));
    const unwanted = run.note<Event[]>('events').filter(({ wanted }) => wanted.length === 0);
    const open = unwanted.filter(({ body }) => reported.has(body) && !settled.has(body));
    const [first] = open;
    return first === undefined ? [] : [{ text: 'unacknowledged', with: { count: open.length, key: first.key } }];
  },
  kept: (run) => [...passing(run), ...transient(run)],
});

/** What is declared on an event's way and would not be there after a restart. */
function passing(run: RunHistory): Finding[] {
  const { exchanges, queues } = run.listing('built');
  const bodies = new Set(run.note<Event[]>('events').map(({ body }) => body));
  const taken = run.deliveries.filter(({ body }) => bodies.has(body)).map(({ queue }) => queue);
  const onTheWay = new Set([...Object.keys(run.note<Record<string, string[]>>('arrived')), ...taken]);
  return [
    ...exchanges.filter(({ name, durable }) => name !== '' && !name.startsWith('amq.') && !durable),
    ...queues.filter(({ name, durable, exclusive }) => onTheWay.has(name) && (!durable || exclusive)),
  ].map(({ name }) => ({ text: 'passing', with: { name } }));
}

function transient(run: RunHistory): Finding[] {
  return run.publishes
    .filter(({ routingKey, body, persistent }) => routingKey === run.facts.env.REPORTS && body !== 'ready' && !persistent)
    .slice(0, 1)
    .map(({ body, record }) => ({ text: 'transient', with: { report: body }, at: record, follow: body }));
}
