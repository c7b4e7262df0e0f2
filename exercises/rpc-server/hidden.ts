import { checks, connectionsUsed, hotRequeues } from 'warren/grading';

/** So often a server may put a request back. */
const OFTEN = 3;
/** One, three more after the cuts, and as many again for whoever keeps two, or tries once more. */
const CONNECTIONS_MOST = 14;

export default checks({
  'goes-on': (run) => {
    const { id } = run.note<{ id: string }>('last');
    const answered = run.note<{ id: string }[]>('replies').some((reply) => reply.id === id);
    const done = run.note<number>('left') === 0 && hotRequeues(run.deliveries, OFTEN).length === 0;
    return answered && done ? [] : [{ text: 'stuck' }];
  },
  frugal: (run) => {
    const { opened, at } = connectionsUsed(run.records);
    return opened > CONNECTIONS_MOST && at !== null ? [{ text: 'many-connections', at }] : [];
  },
});
