import { checks, connectionsUsed, mostUnacked } from 'warren/grading';

/** One for jobs, one for results, and one to spare. */
const CONNECTIONS_MOST = 3;

export default checks({
  bounded: (run) => {
    const hold = Number(run.facts.env.HOLD);
    const greedy = run.note<string[]>('workers').some((name) => mostUnacked(run.records, run.deliveries, name).most > hold);
    return greedy || run.deliveries.some(({ automatic }) => automatic) ? [{ text: 'greedy' }] : [];
  },
  frugal: (run) => {
    const most = run.note<string[]>('workers').map((name) => connectionsUsed(run.records, name));
    const many = most.find(({ opened }) => opened > CONNECTIONS_MOST);
    return many?.at == null ? [] : [{ text: 'many-connections', at: many.at }];
  },
});
