import { checks, mostUnacked } from 'warren/grading';

/** One for each of three starts, and as many again for whoever keeps two, or tries once more. */
const CONNECTIONS_MOST = 8;

export default checks({
  'one-at-a-time': (run) => {
    const greedy = run.deliveries.some(({ automatic }) => automatic) || mostUnacked(run.records, run.deliveries).most > 1;
    return greedy ? [{ text: 'greedy' }] : [];
  },
  // Counted when they are begun: the last ones may not be open yet when everything is done.
  frugal: (run) => (run.of('tcp.open').length > CONNECTIONS_MOST ? [{ text: 'many-connections' }] : []),
});
