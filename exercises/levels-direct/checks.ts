import { checks, type Finding } from 'warren/grading';

interface Line {
  readonly exchange: string;
  readonly level: string;
  readonly body: string;
  readonly wanted: readonly string[];
}

type Arrived = Readonly<Record<string, readonly string[]>>;

/** Kinds that others declare the exchanges with, by their variables. */
const KINDS: readonly (readonly [string, string])[] = [
  ['LOGS', 'fanout'],
  ['LEVELS', 'direct'],
];

function times(arrived: Arrived, queue: string, body: string): number {
  return (arrived[queue] ?? []).filter((each) => each === body).length;
}

export default checks({
  built: (run) => {
    const { exchanges, queues } = run.listing('built');
    const there = new Set([...exchanges, ...queues].map(({ name }) => name));
    const { LOGS = '', LEVELS = '', AUDIT = '' } = run.facts.env;
    const asked = [LOGS, LEVELS, AUDIT, ...run.note<string[]>('teams')];
    return asked.filter((name) => !there.has(name)).map((name) => ({ text: 'absent', with: { name } }));
  },
  levels: (run) => {
    const arrived = run.note<Arrived>('arrived');
    return run.note<Line[]>('sent').flatMap(({ exchange, level, body, wanted }): Finding[] =>
      run.note<string[]>('teams').flatMap((queue): Finding[] => {
        const came = times(arrived, queue, body);
        const should = wanted.includes(queue) ? 1 : 0;
        const text = came === 0 ? 'not-routed' : should === 0 ? 'routed-too' : 'routed-twice';
        return came === should ? [] : [{ text, with: { exchange, level, queue } }];
      }),
    );
  },
  audit: (run) => {
    const { LOGS, AUDIT = '' } = run.facts.env;
    const arrived = run.note<Arrived>('arrived');
    return run.note<Line[]>('sent').flatMap(({ exchange, level, body, wanted }): Finding[] => {
      const came = times(arrived, AUDIT, body);
      if (exchange !== LOGS) return came === 0 ? [] : [{ text: 'audited-test', with: { level } }];
      if (came === 1) return [];
      const text = came > 1 ? 'audited-twice' : wanted.length > 0 ? 'not-audited' : 'unknown-not-audited';
      return [{ text, with: { level } }];
    });
  },
  kinds: (run) => {
    const { exchanges, queues } = run.listing('built');
    const wrong = KINDS.flatMap(([variable, kind]): Finding[] => {
      const name = run.facts.env[variable] ?? '';
      const found = exchanges.find((each) => each.name === name);
      return found === undefined || found.kind === kind
        ? []
        : [{ text: 'other-kind', with: { variable, name, kind, is: found.kind } }];
    });
    const asked = new Set([run.facts.env.LOGS, run.facts.env.LEVELS, run.facts.env.AUDIT, ...run.note<string[]>('teams')]);
    const passing = [...exchanges, ...queues].filter(
      ({ name, durable, autoDelete }) => asked.has(name) && (!durable || autoDelete),
    );
    return [...wrong, ...passing.map(({ name }) => ({ text: 'passing', with: { name } }))];
  },
  moved: (run) => {
    const arrived = run.note<Arrived>('arrived later');
    const waited = run.note<Line[]>('waiting').flatMap(({ body, level, wanted }): Finding[] =>
      // What was to wait there and never came is the matter of another check.
      wanted.flatMap((queue): Finding[] => {
        if (times(arrived, queue, body) > 0) return [];
        return [{ text: 'waiting-lost', with: { level, queue } }];
      }),
    );
    const routed = run.note<Line[]>('later').flatMap(({ level, body, wanted }): Finding[] =>
      run.note<string[]>('teams').flatMap((queue): Finding[] => {
        const came = times(arrived, queue, body);
        const should = wanted.includes(queue) ? 1 : 0;
        const text = came === 0 ? 'new-not-routed' : should === 0 ? 'still-routed' : 'twice-after-change';
        return came === should ? [] : [{ text, with: { level, queue } }];
      }),
    );
    return [...waited, ...routed];
  },
});
