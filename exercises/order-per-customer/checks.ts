import { checks, missing, type Finding, type RunHistory, type WireRecord } from 'warren/grading';

interface CustomerEvent {
  readonly event: string;
  readonly customer: string;
}

/** What a worker said of an event, in the order in which it reached the broker. */
interface Step extends CustomerEvent {
  readonly what: string;
  readonly program: string;
  readonly record: WireRecord;
  /** Which event of its customer it is, from 0. */
  readonly place: number;
}

function stepsOf(run: RunHistory): Step[] {
  const places = new Map<string, number>();
  const known = new Map<string, CustomerEvent & { place: number }>();
  for (const { event, customer } of run.note<CustomerEvent[]>('events')) {
    const place = places.get(customer) ?? 0;
    places.set(customer, place + 1);
    known.set(event, { event, customer, place });
  }
  return run.publishes.flatMap(({ body, routingKey, record, program }) => {
    const [what = '', event = ''] = body.split(' ');
    const found = known.get(event);
    if (record.cut || routingKey !== run.facts.env.DONE || found === undefined) return [];
    return [{ what, program, record, ...found }];
  });
}

/** The program that was killed, and at which record; null if none was. */
function deathIn(run: RunHistory): { program: string; index: number } | null {
  return run.facts.notes.has('died') ? run.note<{ program: string; index: number }>('died') : null;
}

function first(findings: readonly Finding[]): Finding[] {
  return findings.slice(0, 1);
}

export default checks({
  done: (run) => {
    const events = run.note<CustomerEvent[]>('events').map(({ event }) => event);
    const ended = stepsOf(run).flatMap(({ what, event }) => (what === 'end' ? [event] : []));
    const open = missing(events, ended);
    if (open.length > 0) {
      const dead = deathIn(run)?.program ?? '';
      const begun = stepsOf(run).some(({ event, program }) => event === open[0] && program === dead);
      const [event = ''] = open;
      const text = begun ? 'died-with-it' : 'undone';
      return [{ text, with: { count: open.length, of: events.length, event, dead }, follow: event }];
    }
    return run.came('the last acknowledgement') ? [] : [{ text: 'left-over' }];
  },
  'in-order': (run) => {
    const latest = new Map<string, Step>();
    return first(
      stepsOf(run).flatMap((step): Finding[] => {
        if (step.what !== 'begin') return [];
        const before = latest.get(step.customer);
        if (before === undefined || before.place <= step.place) {
          latest.set(step.customer, step);
          return [];
        }
        const { event, customer, program, record } = step;
        const { event: later, program: other } = before;
        return [{ text: 'overtaken', with: { event, customer, program, later, other }, at: record, follow: event }];
      }),
    );
  },
  'one-at-a-time': (run) => {
    const death = deathIn(run);
    const open = new Map<string, Step[]>();
    return first(
      stepsOf(run).flatMap((step): Finding[] => {
        const { event, customer, program, record, what } = step;
        const isOver = (each: Step): boolean =>
          (each.program === death?.program && record.index > death.index) || (each.event === event && each.program === program);
        const others = (open.get(customer) ?? []).filter((each) => !isOver(each));
        open.set(customer, what === 'begin' ? [...others, step] : others);
        const [other] = others;
        if (what !== 'begin' || other === undefined) return [];
        const { event: unended, program: worker } = other;
        return [{ text: 'together', with: { event, customer, program, unended, worker }, at: record, follow: event }];
      }),
    );
  },
  shared: (run) => {
    const steps = stepsOf(run);
    const idle = run.note<string[]>('workers').filter((name) => !steps.some(({ program }) => program === name));
    return idle.length === 0 ? [] : [{ text: 'idle', with: { workers: idle.join(' and ') } }];
  },
});
