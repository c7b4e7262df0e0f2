import { checks } from 'warren/grading';

export default checks({
  'mirror-back': (run) => {
    const queue = run.listing('recovered').queues.find(({ name }) => name === run.facts.env.QUEUE);
    const inSync = queue?.mirrors?.some(({ synchronised }) => synchronised) ?? false;
    return inSync ? [] : [{ text: 'one-copy' }];
  },
});
