import { checks, connectionsUsed } from 'warren/grading';

/** One for the news, one for the questions, and one to spare. */
const CONNECTIONS_MOST = 3;

export default checks({
  'empty-house': (run) => {
    const { HEARD } = run.facts.env;
    const left = run.listing('all gone').queues.some(({ name }) => name !== HEARD);
    return left ? [{ text: 'not-empty' }] : [];
  },
  frugal: (run) => {
    const used = run.note<string[]>('visitors').map((name) => connectionsUsed(run.records, name));
    const many = used.find(({ opened }) => opened > CONNECTIONS_MOST);
    return many?.at == null ? [] : [{ text: 'many-connections', at: many.at }];
  },
});
