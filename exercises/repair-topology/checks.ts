import { checks, type Finding, type RunHistory } from 'warren/grading';

interface Topology {
  readonly exchanges: Readonly<Record<string, string>>;
  readonly queues: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly bindings: readonly { readonly source: string; readonly destination: string; readonly key: string }[];
}

interface Probe {
  readonly exchange: string;
  readonly key: string;
  readonly body: string;
  readonly wanted: readonly string[];
}

type Arrived = Readonly<Record<string, readonly { readonly body: string }[]>>;

const DEAD_LETTERS = 'x-dead-letter-exchange';

function times(run: RunHistory, moment: string, queue: string, body: string): number {
  return (run.note<Arrived>(moment)[queue] ?? []).filter((each) => each.body === body).length;
}

export default checks({
  repaired: (run) => {
    const plan = run.note<Topology>('plan');
    const { exchanges, queues } = run.listing('repaired');
    const ofExchanges = Object.entries(plan.exchanges).flatMap(([name, kind]): Finding[] => {
      const found = exchanges.find((each) => each.name === name);
      if (found === undefined) return [{ text: 'no-exchange', with: { name, kind } }];
      return found.kind === kind ? [] : [{ text: 'other-kind', with: { name, kind, is: found.kind } }];
    });
    const ofQueues = Object.entries(plan.queues).flatMap(([name, wanted]): Finding[] => {
      const found = queues.find((each) => each.name === name);
      if (found === undefined) return [{ text: 'no-queue', with: { name } }];
      const is = String(found.arguments[DEAD_LETTERS] ?? 'none');
      const asked = String(wanted[DEAD_LETTERS] ?? 'none');
      if (is !== asked) return [{ text: 'other-arguments', with: { name, asked, is } }];
      const more = Object.keys(found.arguments).find((key) => key !== DEAD_LETTERS);
      return more === undefined ? [] : [{ text: 'more-arguments', with: { name, more } }];
    });
    return [...ofExchanges, ...ofQueues];
  },
  routes: (run) => {
    const queues = Object.keys(run.note<Topology>('plan').queues);
    return run.note<Probe[]>('probes').flatMap(({ exchange, key, body, wanted }) =>
      queues.flatMap((queue): Finding[] => {
        const came = times(run, 'arrived', queue, body);
        const should = wanted.includes(queue) ? 1 : 0;
        if (came === should) return [];
        return [{ text: came === 0 ? 'not-routed' : 'routed-too', with: { exchange, key, queue } }];
      }),
    );
  },
  'dead-letters': (run) => {
    const { destination = '' } = run.note<Topology>('plan').bindings.find(({ key }) => key === '') ?? {};
    return Object.entries(run.note<Record<string, string>>('rejected')).flatMap(([queue, body]): Finding[] =>
      times(run, 'buried', destination, body) > 0 ? [] : [{ text: 'not-buried', with: { queue, destination } }],
    );
  },
  waiting: (run) => {
    // Given to the program, and not settled when its connection was lost: there may be two of it.
    const open = new Set(run.deliveries.flatMap(({ settled, body }) => (settled === null ? [body] : [])));
    const died = run.note<string>('died');
    return run.note<{ queue: string; body: string }[]>('waiting').flatMap(({ queue, body }): Finding[] => {
      const came = times(run, 'waited', queue, body);
      // Of the queue at whose deletion the program died, another check.
      if (came === 1 || (came === 0 && queue === died) || (came > 1 && open.has(body))) return [];
      return [{ text: came === 0 ? 'lost' : 'doubled', with: { queue, body } }];
    });
  },
  clean: (run) => {
    const plan = run.note<Topology>('plan');
    const { exchanges, queues } = run.listing('repaired');
    const left = [
      ...exchanges.filter(({ name }) => name !== '' && !name.startsWith('amq.') && !Object.hasOwn(plan.exchanges, name)),
      ...queues.filter(({ name }) => !Object.hasOwn(plan.queues, name)),
    ];
    return left.map(({ name }) => ({ text: 'left-over', with: { name } }));
  },
});
