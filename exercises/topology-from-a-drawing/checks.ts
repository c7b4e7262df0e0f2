import { checks, type Finding, type RunHistory } from 'warren/grading';

interface Probe {
  readonly exchange: string;
  readonly key: string;
  readonly body: string;
  readonly wanted: readonly string[];
}

const EXCHANGES = ['ENTRY', 'ALARM'] as const;
const QUEUES = ['ARCHIVE', 'DESK', 'PHONE', 'BILLING'] as const;

export default checks({
  built: (run) => {
    const { exchanges, queues } = run.listing('built');
    const absent = (names: readonly string[], kind: string, there: readonly { name: string }[]): Finding[] =>
      names
        .filter((name) => !there.some((each) => each.name === run.facts.env[name]))
        .map((name) => ({ text: 'absent', with: { kind, variable: name, name: run.facts.env[name] ?? '' } }));
    return [...absent(EXCHANGES, 'exchange', exchanges), ...absent(QUEUES, 'queue', queues)];
  },
  routes: (run) => {
    const arrived = run.note<Record<string, string[]>>('arrived');
    return run.note<Probe[]>('probes').flatMap(({ exchange, key, body, wanted }): Finding[] =>
      QUEUES.flatMap((variable): Finding[] => {
        const queue = run.facts.env[variable] ?? '';
        const times = (arrived[queue] ?? []).filter((each) => each === body).length;
        const should = wanted.includes(queue) ? 1 : 0;
        if (times === should) return [];
        const text = times === 0 ? 'not-routed' : should === 0 ? 'routed-too' : 'routed-twice';
        const from = EXCHANGES.find((name) => run.facts.env[name] === exchange) ?? '';
        return [{ text, with: { exchange, from, key, queue, variable } }];
      }),
    );
  },
  bounded: (run) => {
    const kept = run.note<string[]>('kept');
    const newest = run.note<string[]>('newest');
    if (kept.join() === newest.join()) return [];
    const { PHONE: queue = '', LIMIT: limit = '' } = run.facts.env;
    const text = kept.length === newest.length ? 'not-newest' : 'not-limited';
    return [{ text, with: { queue, limit, kept: kept.length } }];
  },
  durable: (run) => {
    const { exchanges, queues } = run.listing('built');
    return [...passing(run, EXCHANGES, exchanges), ...passing(run, QUEUES, queues)];
  },
});

interface Declared {
  readonly name: string;
  readonly durable: boolean;
  readonly autoDelete: boolean;
}

function passing(run: RunHistory, names: readonly string[], there: readonly Declared[]): Finding[] {
  return names.flatMap((variable) => {
    const found = there.find(({ name }) => name === run.facts.env[variable]);
    return found?.durable === false || found?.autoDelete === true
      ? [{ text: 'passing', with: { variable, name: found.name } }]
      : [];
  });
}
