import { checks, type Members } from 'warren/grading';

export default checks({
  'one-cluster': (run) =>
    run.came('one cluster of three') ? [] : [{ text: 'not-one', with: { seen: run.note<string[]>('seen').join('; ') } }],
  kinds: (run) => {
    const { SHOP = '', DISC = '', RAM = '' } = run.facts.env;
    const { disc = [], ram = [] } = run.note<Members | null>('members') ?? {};
    const asked = disc.join() === [SHOP, DISC].sort().join() && ram.join() === RAM;
    return asked ? [] : [{ text: 'other-kinds', with: { disc: disc.join(', ') || 'none', ram: ram.join(', ') || 'none' } }];
  },
});
