import { checks, repeatedEffects, type Finding, type RunHistory } from 'warren/grading';

interface Sent {
  readonly exchange: string;
  readonly key: string;
  readonly body: string;
  readonly wanted: readonly string[];
}

interface Change {
  readonly team: string;
  readonly leaves: string;
}

type Arrived = Readonly<Record<string, readonly string[]>>;

/** Where messages went another way than they should, for the teams that are asked for. */
function astray(
  run: RunHistory,
  messages: readonly Sent[],
  moment: string,
  teams: readonly string[],
): { sent: Sent; team: string; came: boolean }[] {
  const arrived = run.note<Arrived>(moment);
  return messages.flatMap((sent) =>
    teams.flatMap((team) => {
      const came = arrived[team]?.includes(sent.body) === true;
      return came === sent.wanted.includes(team) ? [] : [{ sent, team, came }];
    }),
  );
}

export default checks({
  built: (run) => {
    if (!run.came('the program to read CHANGES')) return [{ text: 'not-ready' }];
    const { exchanges, queues } = run.listing('built');
    const there = new Set([...exchanges, ...queues].map(({ name }) => name));
    const { COMPANY = '', DEPARTMENTS = '{}' } = run.facts.env;
    const asked = [COMPANY, ...Object.keys(JSON.parse(DEPARTMENTS) as object), ...run.note<string[]>('teams')];
    return asked.filter((name) => !there.has(name)).map((name) => ({ text: 'absent', with: { name } }));
  },
  routes: (run) =>
    astray(run, run.note<Sent[]>('sent'), 'arrived', run.note<string[]>('teams')).map(({ sent, team, came }): Finding => {
      const { exchange, key } = sent;
      const text = came ? 'routed-too' : exchange === run.facts.env.COMPANY ? 'not-from-company' : 'not-from-department';
      return { text, with: { exchange, key, team } };
    }),
  once: (run) => {
    const sent = [...run.note<Sent[]>('sent'), ...run.note<Sent[]>('waiting'), ...run.note<Sent[]>('later')];
    return run.note<string[]>('teams').flatMap((team) => {
      const all = ['arrived', 'arrived later'].flatMap((moment) => run.note<Arrived>(moment)[team] ?? []);
      return repeatedEffects(all).flatMap(({ effect, times }): Finding[] => {
        const message = sent.find(({ body }) => body === effect);
        if (message === undefined) return [];
        return [{ text: 'doubled', with: { team, times, key: message.key, exchange: message.exchange } }];
      });
    });
  },
  leaves: (run) => {
    if (run.note<boolean>('changes left')) return [{ text: 'not-done' }];
    const arrived = run.note<Arrived>('arrived later');
    // Each by its own check: the last change is made by a program that was started again.
    const left = run.note<Change[]>('changes');
    const gone = run
      .note<Sent[]>('waiting')
      .flatMap(({ body, wanted }) =>
        left
          .filter(({ team }) => wanted.includes(team) && arrived[team]?.includes(body) !== true)
          .map(({ team }): Finding => ({ text: 'waiting-lost', with: { team } })),
      );
    const teams = left.map(({ team }) => team);
    const wrong = astray(run, run.note<Sent[]>('later'), 'arrived later', teams).map(({ sent, team, came }): Finding => {
      const department = left.find((each) => each.team === team)?.leaves ?? '';
      return { text: came ? 'still-there' : 'left-too-much', with: { team, department, exchange: sent.exchange, key: sent.key } };
    });
    return [...gone, ...wrong];
  },
});
