import { checks } from 'warren/grading';

export default checks({
  'mirror-back': (run) =>
    !run.came('both nodes run as one cluster') || run.came('the mirror has all messages') ? [] : [{ text: 'one-copy' }],
});
