import { checks } from 'warren/grading';

export default checks({
  'data-kept': (run) => {
    const found = new Set(run.note<string[] | null>('found'));
    return run.note<string[]>('orders').every((order) => found.has(order)) ? [] : [{ text: 'data-gone' }];
  },
});
