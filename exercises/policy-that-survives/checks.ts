import { checks } from 'warren/grading';

interface Lost {
  readonly old: number;
  readonly fresh: number;
}

export default checks({
  'in-force': (run) =>
    run.came('mirrors') ? [] : [{ text: 'no-mirrors', with: { queues: run.note<string[]>('queues').join(' and ') } }],
  'old-survive': (run) => {
    const { old } = run.note<Lost>('lost');
    return old === 0 ? [] : [{ text: 'old-lost', with: { count: old } }];
  },
  'new-survive': (run) => {
    const { fresh } = run.note<Lost>('lost');
    return fresh === 0 ? [] : [{ text: 'new-lost', with: { count: fresh } }];
  },
});
