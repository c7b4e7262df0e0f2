import { bindingDifference, checks, type Finding, missing, repeatedEffects, type RunHistory } from 'warren/grading';

interface Sent {
  readonly body: string;
  readonly when: 'waiting' | 'meanwhile' | 'after';
}

function sentIn(run: RunHistory, ...when: Sent['when'][]): string[] {
  return run.note<Sent[]>('sent').flatMap((each) => (when.includes(each.when) ? [each.body] : []));
}

function foundIn(run: RunHistory): string[] {
  return run.note<{ body: string }[]>('found').map(({ body }) => body);
}

/** What is not as it should be about queues and bindings. */
function faultsOf(run: RunHistory): Finding[] {
  const { EXCHANGE = '', KEYS = '', LEVELS = '', NEW = '', OLD = '' } = run.facts.env;
  const listing = run.listing();
  const queue = listing.queues.find(({ name }) => name === NEW);
  if (queue === undefined) return [{ text: 'no-new', with: { queue: NEW } }];
  const given = String(queue.arguments['x-max-priority'] ?? 'none');
  if (given !== LEVELS || !queue.durable) return [{ text: 'other-new', with: { queue: NEW, levels: LEVELS, given } }];
  const asked = KEYS.split(',').map((routingKey) => ({ source: EXCHANGE, destination: NEW, routingKey }));
  const { missing: absent, extra } = bindingDifference(listing, asked);
  const [first] = [...absent, ...extra];
  if (first !== undefined) {
    const { source, destination, routingKey = '' } = first;
    const text = absent.length > 0 ? 'no-binding' : 'extra-binding';
    return [{ text, with: { source, destination, key: routingKey } }];
  }
  return listing.queues.some(({ name }) => name === OLD) ? [{ text: 'old-there', with: { queue: OLD } }] : [];
}

export default checks({
  moved: (run) => {
    if (!run.note<boolean>('over')) return [{ text: 'not-over' }];
    const faults = faultsOf(run);
    if (faults.length > 0) return faults;
    const late = missing(sentIn(run, 'after'), foundIn(run));
    return late.length === 0 ? [] : [{ text: 'closed', with: { count: late.length } }];
  },
  'nothing-lost': (run) => {
    const found = foundIn(run);
    const [waiting] = missing(sentIn(run, 'waiting'), found);
    const [meanwhile] = missing(sentIn(run, 'meanwhile'), found);
    const count = missing(sentIn(run, 'waiting', 'meanwhile'), found).length;
    const body = waiting ?? meanwhile;
    if (body === undefined) return [];
    return [{ text: waiting !== undefined ? 'lost-waiting' : 'lost-meanwhile', with: { count, body }, follow: body }];
  },
  'not-doubled': (run) => {
    const twice = repeatedEffects(foundIn(run));
    const [first] = twice;
    if (first === undefined) return [];
    const { effect: body, times } = first;
    return [{ text: 'doubled', with: { count: twice.length, body, times }, follow: body }];
  },
  'in-order': (run) => {
    const waiting = sentIn(run, 'waiting');
    const arrived = [...new Set(foundIn(run))].filter((body) => waiting.includes(body));
    const places = arrived.map((body) => waiting.indexOf(body));
    const at = places.findIndex((place, i) => i > 0 && place < (places[i - 1] ?? 0));
    if (at === -1) return [];
    return [{ text: 'overtaken', with: { late: arrived[at] ?? '', early: arrived[at - 1] ?? '' }, follow: arrived[at] ?? '' }];
  },
});
