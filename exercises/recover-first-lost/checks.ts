import { checks } from 'warren/grading';

export default checks({
  'queue-back': (run) => {
    if (run.came('the queue is back')) return [];
    const { LAST = '', LOST = '' } = run.facts.env;
    const running = run.note<string[]>('running');
    if (running.includes(LAST)) return [{ text: 'queue-not-back' }];
    return [{ text: running.includes(LOST) ? 'kept-out' : 'not-running' }];
  },
  'nothing-lost': (run) => {
    const found = run.note<string[] | null>('found');
    if (found === null) return [];
    const left = new Set(found);
    const lost = run.note<string[]>('tickets').filter((ticket) => !left.has(ticket));
    return lost.length === 0 ? [] : [{ text: 'lost', with: { count: lost.length, first: lost[0] ?? '' } }];
  },
  'two-copies': (run) => {
    if (!run.came('the queue is back') || run.came('a copy on both')) return [];
    const queue = run.listing('recovered').queues.find(({ name }) => name === run.facts.env.QUEUE);
    const mirrors = queue?.mirrors?.filter(({ synchronised }) => synchronised).map(({ node }) => node) ?? [];
    return [{ text: 'one-copy', with: { nodes: [queue?.node ?? 'no node', ...mirrors].join(' and ') } }];
  },
});
