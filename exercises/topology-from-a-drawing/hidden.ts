import { checks } from 'warren/grading';

export default checks({
  repeatable: (run) => {
    if (!run.note<boolean>('second start went well')) return [{ text: 'second-start-fails' }];
    return run.note<boolean>('waited') ? [] : [{ text: 'second-start-loses' }];
  },
});
