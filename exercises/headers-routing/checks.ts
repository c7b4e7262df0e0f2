import { checks, type Finding, type RunHistory } from 'warren/grading';

interface Document {
  readonly body: string;
  readonly shown: string;
  readonly wanted: readonly string[];
  readonly about: string;
}

const QUEUES = ['PRINT', 'TRIAGE', 'COPIES', 'REST'] as const;

function misrouted(run: RunHistory, about: string): Finding[] {
  const arrived = run.note<Record<string, string[]>>('arrived');
  const documents = run.note<Document[]>('documents').filter((document) => document.about === about);
  return documents.flatMap(({ body, shown, wanted }) =>
    QUEUES.flatMap((variable): Finding[] => {
      const queue = run.facts.env[variable] ?? '';
      const times = (arrived[queue] ?? []).filter((each) => each === body).length;
      const should = wanted.includes(queue) ? 1 : 0;
      if (times === should) return [];
      const text = times === 0 ? 'not-routed' : should === 0 ? 'routed-too' : 'routed-twice';
      return [{ text, with: { headers: shown, variable, queue } }];
    }),
  );
}

export default checks({
  built: (run) => {
    const { exchanges, queues } = run.listing('built');
    const there = (list: readonly { name: string }[], variable: string): boolean =>
      list.some(({ name }) => name === run.facts.env[variable]);
    const absent = [
      ...(there(exchanges, 'DOCUMENTS') ? [] : ['DOCUMENTS']),
      ...QUEUES.filter((variable) => !there(queues, variable)),
    ];
    return absent.map((variable) => ({ text: 'absent', with: { variable, name: run.facts.env[variable] ?? '' } }));
  },
  routes: (run) => misrouted(run, 'routes'),
  types: (run) => misrouted(run, 'types'),
});
