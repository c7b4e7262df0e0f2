import { checks, type Members } from 'warren/grading';

export default checks({
  'no-ghost': (run) => {
    const seen = run.note<Members | null>('members');
    const { BURNT = '' } = run.facts.env;
    return seen === null || ![...seen.disc, ...seen.ram].includes(BURNT) ? [] : [{ text: 'ghost' }];
  },
});
