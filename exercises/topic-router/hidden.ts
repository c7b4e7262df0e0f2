import { checks, isGone } from 'warren/grading';

/** Two for each of two sessions, and as many again for whoever tries once more. */
const CONNECTIONS_MOST = 8;

interface Event {
  readonly key: string;
  readonly body: string;
  readonly wanted: readonly string[];
  readonly odd: boolean;
}

export default checks({
  'odd-keys': (run) => {
    const arrived = run.note<Record<string, string[]>>('arrived');
    const reports = run.note<string[]>('reports');
    // What was lost has not gone astray; another check speaks of it.
    const gone = new Set(run.deliveries.filter(isGone).map(({ body }) => body));
    const wrong = run
      .note<Event[]>('events')
      .filter(({ odd }) => odd)
      .some(({ body, wanted }) => {
        const misrouted = Object.entries(arrived).some(([queue, bodies]) => bodies.includes(body) !== wanted.includes(queue));
        const reported = reports.some((report) => report.includes(body));
        return misrouted || (wanted.length > 0 ? reported : !reported && !gone.has(body));
      });
    return wrong ? [{ text: 'odd' }] : [];
  },
  // Counted when they are begun: the last ones may not be open yet when everything is reported.
  frugal: (run) => (run.of('tcp.open').length > CONNECTIONS_MOST ? [{ text: 'many-connections' }] : []),
});
