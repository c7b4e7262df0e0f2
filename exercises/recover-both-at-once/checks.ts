import { checks, type Members } from 'warren/grading';

export default checks({
  'both-run': (run) => {
    if (run.came('both nodes run as one cluster')) return [];
    const { disc = [], ram = [] } = run.note<Members | null>('members') ?? {};
    const known = [...disc, ...ram];
    if (known.length === 1) return [{ text: 'strangers', with: { members: known.join() } }];
    return [{ text: 'not-both', with: { running: run.note<string[]>('running').join(' and ') || 'none' } }];
  },
  'nothing-lost': (run) => {
    const found = run.note<string[] | null>('found');
    if (found === null) return run.note<string[]>('running').length === 0 ? [] : [{ text: 'no-queue' }];
    const left = new Set(found);
    const lost = run.note<string[]>('parcels').filter((parcel) => !left.has(parcel));
    return lost.length === 0 ? [] : [{ text: 'lost', with: { count: lost.length, first: lost[0] ?? '' } }];
  },
});
