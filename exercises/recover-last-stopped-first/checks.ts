import { checks } from 'warren/grading';

export default checks({
  'both-run': (run) => {
    if (run.came('both nodes run as one cluster')) return [];
    const running = run.note<string[]>('running');
    return [{ text: 'not-both', with: { running: running.join(' and ') || 'none' } }];
  },
  'nothing-lost': (run) => {
    const found = run.note<string[] | null>('found');
    if (found === null) return run.note<string[]>('running').length === 0 ? [] : [{ text: 'no-queue' }];
    const left = new Set(found);
    const lost = run.note<string[]>('bills').filter((bill) => !left.has(bill));
    return lost.length === 0 ? [] : [{ text: 'lost', with: { count: lost.length, first: lost[0] ?? '' } }];
  },
});
